import { fork } from "node:child_process";
import { once } from "node:events";

/** How the gateway of a fault run starts. */
export interface FeedOptions {
  readonly seed: number;
  /** How many times faster than real time its retries come. */
  readonly speed: number;
  /** Its now at the start, in milliseconds since 1970 UTC. */
  readonly start: number;
  /** How many punches there will be, on all devices together. */
  readonly events: number;
  readonly devices: number;
  /** How many of them a second; null: as many as the receiver acknowledges. */
  readonly perSecond: number | null;
}

export interface FeedReady {
  readonly url: string;
  readonly token: string;
  /** Of all its devices. */
  readonly serials: readonly string[];
}

/** How far the news of one device have got. */
interface DeviceProgress {
  readonly DeviceSN: string;
  /** Punches made; each with the next number for its employee code, from 1. */
  readonly punches: number;
  /** Other events that came of it: the gateway tells when it could not deliver. */
  readonly others: number;
  /** Deliveries acknowledged, of both. */
  readonly acknowledged: number;
  /** Deliveries not acknowledged, and made again. */
  readonly failed: number;
  readonly waiting: number;
}

export type FeedProgress = readonly DeviceProgress[];

/** The sandbox in a process of its own, which sees its people punch. */
export interface FaultGateway extends FeedReady {
  readonly begin: () => void;
  readonly progress: () => FeedProgress;
  readonly acknowledged: () => number;
  /** Everything was made, and everything made is acknowledged. */
  readonly isDone: () => boolean;
  readonly stop: () => Promise<void>;
}

export const startGateway = async (options: FeedOptions): Promise<FaultGateway> => {
  const file = new URL("./sandbox.process.ts", import.meta.url);
  const child = fork(file, [JSON.stringify(options)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [ready] = (await once(child, "message")) as [FeedReady];
  let progress: FeedProgress = [];
  child.on("message", (message) => {
    progress = message as FeedProgress;
  });
  const sum = (pick: (device: DeviceProgress) => number) => progress.reduce((all, device) => all + pick(device), 0);
  return {
    ...ready,
    begin: () => void child.send("begin"),
    progress: () => progress,
    acknowledged: () => sum((device) => device.acknowledged),
    isDone: () => sum((device) => device.punches) === options.events && sum((device) => device.waiting) === 0,
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
};
