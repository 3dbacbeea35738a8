import { startChild } from "../../bench/child.ts";
import type { DeviceChange } from "../../src/sandbox/controls.ts";
import type { PunchWish } from "../../src/sandbox/devices.ts";
import type { FaultInput } from "../../src/sandbox/http/faults.ts";
import type { LedgerEntry } from "../../src/sandbox/http/ledger.ts";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";

/** The sandbox in a process of its own, and what one can see of it and do to it from outside. */
export interface RemoteSandbox {
  readonly url: string;
  readonly token: string;
  readonly misbehave: (fault: FaultInput) => Promise<void>;
  readonly heal: () => Promise<void>;
  readonly change: (DeviceSN: string, change: DeviceChange) => Promise<void>;
  readonly punch: (...wishes: readonly PunchWish[]) => Promise<void>;
  /** The number of all requests so far, to be given as `since` later. */
  readonly marker: () => Promise<number>;
  readonly entries: (since: number, operation?: string) => Promise<readonly LedgerEntry[]>;
  readonly stop: () => Promise<void>;
}

interface Told {
  readonly marker: number;
  readonly entries: readonly LedgerEntry[];
}

export const startRemoteSandbox = async (options: SandboxOptions): Promise<RemoteSandbox> => {
  const { url, token = "", stop } = await startChild("sandbox", { argument: { live: false, rate: false, ...options } });
  const tell = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`The sandbox answered ${method} ${path} with ${response.status}: ${answer}`);
    return JSON.parse(answer);
  };
  const read = async (since: number, operation?: string) =>
    (await tell("GET", `ledger?since=${since}${operation === undefined ? "" : `&operation=${operation}`}`)) as Told;
  return {
    url,
    token,
    misbehave: async (fault) => void (await tell("POST", "faults", fault)),
    heal: async () => void (await tell("DELETE", "faults")),
    change: async (DeviceSN, change) => void (await tell("POST", `devices/${DeviceSN}`, change)),
    punch: async (...wishes) => void (await tell("POST", "punches", wishes)),
    marker: async () => (await read(Number.MAX_SAFE_INTEGER)).marker,
    entries: async (since, operation) => (await read(since, operation)).entries,
    stop,
  };
};
