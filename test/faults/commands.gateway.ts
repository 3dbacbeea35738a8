import { fork } from "node:child_process";
import { once } from "node:events";

/** How the gateway of a command run starts. */
export interface GatewayOptions {
  readonly seed: number;
  /** How many times faster than real time its devices are, and its commands expire. */
  readonly speed: number;
}

export interface GatewayReady {
  readonly url: string;
  readonly token: string;
  /** Everything that can be ordered: doors, and who is enrolled where. */
  readonly devices: readonly {
    readonly DeviceSN: string;
    readonly doors: readonly number[];
    readonly employees: readonly string[];
  }[];
}

/** A command as the world has it. */
export interface WorldCommand {
  readonly CommandID: string;
  readonly OperationID: string;
  readonly DeviceSN: string;
  readonly CommandStatus: string;
}

/** A request for a command that the gateway received. */
export interface Sent {
  readonly operation: string;
  readonly operationId: string | null;
  /** It was carried out, or whoever sent it cannot know that it was not. */
  readonly mayHaveWorked: boolean;
}

/** What the gateway has seen, and what it did. */
export interface Report {
  readonly commands: readonly WorldCommand[];
  /** The command of every opening of a door from afar. */
  readonly openings: readonly string[];
  readonly sent: readonly Sent[];
  /** Requests by the fault that they met. */
  readonly faults: readonly (readonly [fault: string, requests: number])[];
  readonly requests: number;
  /** How often a device went off line. */
  readonly outages: number;
}

export type Order = "strike" | "heal" | "report";

/** The sandbox in a process of its own, which misbehaves from `strike` to `heal`. */
export interface CommandGateway extends GatewayReady {
  readonly tell: (order: "strike" | "heal") => void;
  readonly report: () => Promise<Report>;
  readonly stop: () => Promise<void>;
}

export const startCommandGateway = async (options: GatewayOptions): Promise<CommandGateway> => {
  const file = new URL("./commands.process.ts", import.meta.url);
  const child = fork(file, [JSON.stringify(options)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [ready] = (await once(child, "message")) as [GatewayReady];
  const tell = (order: Order) => void child.send(order);
  return {
    ...ready,
    tell,
    async report() {
      tell("report");
      const [report] = (await once(child, "message")) as [Report];
      return report;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
};
