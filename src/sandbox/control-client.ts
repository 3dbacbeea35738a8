import type { z } from "zod";
import type { ClockChange, DeviceChange } from "./controls.ts";
import type { PunchInput } from "./devices.ts";
import type { Fault, FaultInput } from "./http/faults.ts";
import type { LedgerEntry, LedgerFilter } from "./http/ledger.ts";
import type { SimPunch } from "./state.ts";

/** The clock of a sandbox. */
export interface ClockState {
  /** In milliseconds since 1970 UTC. */
  readonly now: number;
  /** The same, RFC 3339. */
  readonly iso: string;
  readonly frozen: boolean;
  /** The multiple of real time at which it runs. */
  readonly speed: number;
}

/** A part of the ledger. */
export interface LedgerPage {
  /** Pass it as `since` to read what comes later. */
  readonly marker: number;
  readonly entries: readonly LedgerEntry[];
}

/** The control plane rejected a request. The message says why. */
export class SandboxControlError extends Error {
  override readonly name = "SandboxControlError";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Controls a sandbox of another process. Each function rejects with a SandboxControlError if the sandbox refuses. */
export interface SandboxControl {
  readonly clock: () => Promise<ClockState>;
  /** Freezes the clock, moves it ahead or lets it run. */
  readonly changeClock: (change: z.input<typeof ClockChange>) => Promise<ClockState>;
  /** Takes a device on or off line, or changes how it behaves. */
  readonly changeDevice: (serialNumber: string, change: DeviceChange) => Promise<void>;
  /** Records punches, as if somebody stood at the device, and returns them as stored. */
  readonly punch: (...inputs: readonly PunchInput[]) => Promise<readonly SimPunch[]>;
  /** Makes the gateway fail by these rules, and returns their ids. */
  readonly addFaults: (...rules: readonly FaultInput[]) => Promise<readonly string[]>;
  readonly faults: () => Promise<readonly Fault[]>;
  /** Removes the rule with this id, or all rules. */
  readonly clearFaults: (id?: string) => Promise<void>;
  /** The requests that the gateway received, in order and without secrets. */
  readonly ledger: (filter?: LedgerFilter) => Promise<LedgerPage>;
  /** The whole world as JSON, for `restore`. */
  readonly state: () => Promise<unknown>;
  readonly restore: (state: unknown) => Promise<void>;
}

/** Creates a client of the control plane of a sandbox; `url` is that of the sandbox, such as `http://127.0.0.1:4010`. */
export const createSandboxControl = (url: string): SandboxControl => {
  const base = `${url.replace(/\/+$/, "")}/_sandbox`;
  const send = async <Result>(method: string, path: string, body?: unknown): Promise<Result> => {
    const response = await fetch(`${base}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { readonly error?: string };
    if (!response.ok) throw new SandboxControlError(answer.error ?? response.statusText, response.status);
    return answer as Result;
  };
  return {
    clock: () => send("GET", "clock"),
    changeClock: (change) => send("POST", "clock", change),
    changeDevice: async (serialNumber, change) => {
      await send("POST", `devices/${encodeURIComponent(serialNumber)}`, change);
    },
    punch: async (...inputs) =>
      (await send<{ readonly punches: readonly SimPunch[] }>("POST", "punches", inputs)).punches,
    addFaults: async (...rules) => (await send<{ readonly ids: readonly string[] }>("POST", "faults", rules)).ids,
    faults: async () => (await send<{ readonly faults: readonly Fault[] }>("GET", "faults")).faults,
    clearFaults: async (id = "") => {
      await send("DELETE", id === "" ? "faults" : `faults/${encodeURIComponent(id)}`);
    },
    ledger({ operation, since } = {}) {
      const query = new URLSearchParams({
        ...(operation === undefined ? {} : { operation }),
        ...(since === undefined ? {} : { since: String(since) }),
      });
      return send("GET", `ledger?${query}`);
    },
    state: () => send("GET", "state"),
    restore: async (state) => {
      await send("PUT", "state", state);
    },
  };
};
