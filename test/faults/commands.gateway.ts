import { fork } from "node:child_process";
import { once } from "node:events";

/** How the gateway of a command run starts. */
export interface GatewayOptions {
  readonly seed: number;
  /** The clock's speed as a multiple of real time. It applies to devices and command expiry. */
  readonly speed: number;
}

export interface GatewayReady {
  readonly url: string;
  readonly token: string;
  /** The possible targets of commands: doors and enrolled employees. */
  readonly devices: readonly {
    readonly DeviceSN: string;
    readonly doors: readonly number[];
    readonly employees: readonly string[];
  }[];
}

/** A command in the sandbox's world. */
export interface WorldCommand {
  readonly CommandID: string;
  readonly OperationID: string;
  readonly DeviceSN: string;
  readonly CommandStatus: string;
}

/** A request for a command that the gateway received. */
export interface ReceivedRequest {
  readonly operation: string;
  readonly operationId: string | null;
  /** It was executed, or its sender cannot know that it was not. */
  readonly mayHaveWorked: boolean;
}

/** What the gateway received and did. */
export interface GatewayReport {
  readonly commands: readonly WorldCommand[];
  /** The command ID of every remote door opening. */
  readonly openings: readonly string[];
  readonly requestsSent: readonly ReceivedRequest[];
  /** The number of requests by fault. */
  readonly faults: readonly (readonly [fault: string, requests: number])[];
  readonly requests: number;
  /** How often a device went offline. */
  readonly outages: number;
}

export type GatewayInstruction = "startFaults" | "stopFaults" | "report";

/** The sandbox in its own process, which injects faults from `startFaults` to `stopFaults`. */
export interface CommandGateway extends GatewayReady {
  readonly instruct: (instruction: "startFaults" | "stopFaults") => void;
  readonly report: () => Promise<GatewayReport>;
  readonly stop: () => Promise<void>;
}

export const startCommandGateway = async (options: GatewayOptions): Promise<CommandGateway> => {
  const file = new URL("./commands.process.ts", import.meta.url);
  const child = fork(file, [JSON.stringify(options)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [ready] = (await once(child, "message")) as [GatewayReady];
  const instruct = (instruction: GatewayInstruction) => void child.send(instruction);
  return {
    ...ready,
    instruct,
    async report() {
      instruct("report");
      const [report] = (await once(child, "message")) as [GatewayReport];
      return report;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
};
