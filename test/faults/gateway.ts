import { fork } from "node:child_process";
import { once } from "node:events";

/** How the gateway of a fault run starts. */
export interface FeedOptions {
  readonly seed: number;
  /** The clock's speed as a multiple of real time. It applies to retries. */
  readonly speed: number;
  /** The sandbox's time at the start, in milliseconds since 1970 UTC. */
  readonly start: number;
  /** The total number of punches on all devices. */
  readonly events: number;
  readonly devices: number;
  /** Punches per second; null for as many as the receiver acknowledges. */
  readonly perSecond: number | null;
}

export interface FeedReady {
  readonly url: string;
  readonly token: string;
  /** The serial numbers of all devices. */
  readonly serials: readonly string[];
}

/** The progress of one device's events. */
interface DeviceProgress {
  readonly DeviceSN: string;
  /** Punches created, with the numbers from 1 as employee codes. */
  readonly punches: number;
  /** Other events: the gateway reports when it cannot deliver. */
  readonly others: number;
  /** Acknowledged deliveries of both kinds. */
  readonly acknowledged: number;
  /** Deliveries that were not acknowledged and were repeated. */
  readonly failed: number;
  readonly waiting: number;
}

export type FeedProgress = readonly DeviceProgress[];

/** The sandbox in its own process, where people punch. */
export interface FaultGateway extends FeedReady {
  readonly begin: () => void;
  readonly progress: () => FeedProgress;
  readonly acknowledged: () => number;
  /** Whether all events were created and acknowledged. */
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
