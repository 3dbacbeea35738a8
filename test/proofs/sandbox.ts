import { startChild } from "../../bench/child.ts";
import type { DeviceChange } from "../../src/sandbox/controls.ts";
import type { PunchInput } from "../../src/sandbox/devices.ts";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import type { LedgerEntry } from "../../src/sandbox/http/ledger.ts";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";

/** The sandbox in its own process, with its control plane. */
export interface RemoteSandbox {
  readonly url: string;
  readonly token: string;
  readonly addFault: (fault: FaultInput) => Promise<void>;
  readonly clearFaults: () => Promise<void>;
  readonly change: (DeviceSN: string, change: DeviceChange) => Promise<void>;
  readonly punch: (...punches: readonly PunchInput[]) => Promise<void>;
  /** Returns the number of requests so far, for a later `since`. */
  readonly marker: () => Promise<number>;
  readonly entries: (since: number, operation?: string) => Promise<readonly LedgerEntry[]>;
  readonly stop: () => Promise<void>;
}

interface LedgerPage {
  readonly marker: number;
  readonly entries: readonly LedgerEntry[];
}

/** Starts the sandbox in a child process. */
export const startRemoteSandbox = async (options: SandboxOptions): Promise<RemoteSandbox> => {
  const { url, token = "", stop } = await startChild("sandbox", { argument: { live: false, rate: false, ...options } });
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`The sandbox answered ${method} ${path} with ${response.status}: ${answer}`);
    return JSON.parse(answer);
  };
  const read = async (since: number, operation?: string) =>
    (await control(
      "GET",
      `ledger?since=${since}${operation === undefined ? "" : `&operation=${operation}`}`,
    )) as LedgerPage;
  return {
    url,
    token,
    addFault: async (fault) => void (await control("POST", "faults", fault)),
    clearFaults: async () => void (await control("DELETE", "faults")),
    change: async (DeviceSN, change) => void (await control("POST", `devices/${DeviceSN}`, change)),
    punch: async (...punches) => void (await control("POST", "punches", punches)),
    marker: async () => (await read(Number.MAX_SAFE_INTEGER)).marker,
    entries: async (since, operation) => (await read(since, operation)).entries,
    stop,
  };
};
