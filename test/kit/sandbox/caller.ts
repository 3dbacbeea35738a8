import { type OperationName, OPERATIONS } from "../../../src/contract/operations.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { until } from "../until.ts";
import { withSandbox } from "./with-sandbox.ts";

export const START = Date.parse("2026-06-21T03:32:15Z");

/** An online terminal with one door, one without doors, an offline one with a door, and one in Berlin. */
export const GATE = "SN7A2300583";
export const SIDE = "SN7A2300584";
export const DOCK = "SN7C0400312";
export const BERLIN = "SN7B1100202";

interface Result {
  readonly DeviceSN: string;
  readonly CommandID: string;
  readonly CommandStatus: string;
  readonly StatusCode: number;
  readonly QueuePosition: number | null;
  readonly Message: string | null;
  readonly Result?: Readonly<Record<string, unknown>>;
}

export interface OperationAnswer {
  readonly http: number;
  readonly body: Readonly<Record<string, unknown>> & {
    readonly StatusCode: number;
    readonly CommandID: string;
    readonly MigrationID: string;
    readonly Results: readonly [Result, ...Result[]];
    readonly Command: Readonly<Record<string, unknown>>;
    readonly Commands: readonly Readonly<Record<string, unknown>>[];
    readonly Migrations: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Starts a gateway whose clock stands still. Every device takes two seconds to acknowledge a command. */
export const startFrozen = (): Promise<Sandbox> => withSandbox({ start: START, frozen: true, acknowledgeMs: 2000 });

/** Returns a function that calls an operation over HTTP. */
export const callOver =
  (sandbox: Sandbox) =>
  async (name: OperationName, members: Readonly<Record<string, unknown>>, token?: string): Promise<OperationAnswer> => {
    const headers = { "auth-token": token ?? sandbox.token, "content-type": "application/json" };
    const query = new URLSearchParams(members as Record<string, string>);
    const response =
      OPERATIONS[name].method === "GET"
        ? await fetch(`${sandbox.url}/v3/${name}?${query.toString()}`, { headers })
        : await fetch(`${sandbox.url}/v3/${name}`, { method: "POST", headers, body: JSON.stringify(members) });
    return { http: response.status, body: (await response.json()) as OperationAnswer["body"] };
  };

/** Returns a function that sends a command, advances the clock by `ms`, and returns the answer. */
export const commandOver =
  (sandbox: Sandbox) =>
  async (name: OperationName, members: Readonly<Record<string, unknown>>, ms = 2000): Promise<OperationAnswer> => {
    const { world } = sandbox.gateway;
    const before = world.commands.size;
    const pending = callOver(sandbox)(name, members);
    await Promise.race([pending, until(() => world.commands.size > before)]);
    sandbox.clock.advance(ms);
    return pending;
  };

export const doorOf = (sandbox: Sandbox, DeviceSN: string) => {
  const door = sandbox.gateway.world.devices.get(DeviceSN)?.doors[0];
  if (door === undefined) throw new Error(`${DeviceSN} has no door.`);
  return door;
};
