import { type OperationName, OPERATIONS } from "../../../src/contract/operations.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { until } from "../until.ts";
import { withSandbox } from "./with-sandbox.ts";

export const START = Date.parse("2026-06-21T03:32:15Z");

/** An online terminal with one door, one without doors, one that is offline with a door. */
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

export interface Answered {
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

/** A gateway whose clock stands still; every device needs two seconds for a command. */
export const startFrozen = (): Promise<Sandbox> => withSandbox({ start: START, frozen: true, acknowledgeMs: 2000 });

/** Calls an operation over HTTP. */
export const callOver =
  (sandbox: Sandbox) =>
  async (name: OperationName, members: Readonly<Record<string, unknown>>, token?: string): Promise<Answered> => {
    const headers = { "auth-token": token ?? sandbox.token, "content-type": "application/json" };
    const query = new URLSearchParams(members as Record<string, string>);
    const response =
      OPERATIONS[name].method === "GET"
        ? await fetch(`${sandbox.url}/v3/${name}?${query.toString()}`, { headers })
        : await fetch(`${sandbox.url}/v3/${name}`, { method: "POST", headers, body: JSON.stringify(members) });
    return { http: response.status, body: (await response.json()) as Answered["body"] };
  };

/** Sends a command that waits for its device, advances the clock by `ms`, and returns the answer. */
export const commandOver =
  (sandbox: Sandbox) =>
  async (name: OperationName, members: Readonly<Record<string, unknown>>, ms = 2000): Promise<Answered> => {
    const { world } = sandbox.gateway;
    const before = world.commands.size;
    const answered = callOver(sandbox)(name, members);
    await Promise.race([answered, until(() => world.commands.size > before)]);
    sandbox.clock.advance(ms);
    return answered;
  };

export const doorOf = (sandbox: Sandbox, DeviceSN: string) => {
  const door = sandbox.gateway.world.devices.get(DeviceSN)?.doors[0];
  if (door === undefined) throw new Error(`${DeviceSN} has no door.`);
  return door;
};
