import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process has used up so far. */
export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** The most it ever held, as the kernel saw it. */
  readonly peakRssBytes: number;
}

/** What a child tells its parent once it listens. */
export interface Ready {
  readonly url: string;
  /** Of the gateway's account, where the child is a gateway. */
  readonly token?: string;
}

const usage = (): Usage => {
  const { user, system } = process.cpuUsage();
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss(), peakRssBytes };
};

/** In bytes, what is left in memory after everything that nobody needs was thrown away. */
const held = (): number => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let times = 0; times < 4; times += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Tells the parent that this process listens, answers each of its messages with what it asks for, and ends with it. */
export const beMeasured = (ready: Ready): void => {
  process.on("message", (question) => process.send?.(question === "held" ? held() : usage()));
  process.once("disconnect", () => process.exit(0));
  process.send?.(ready);
};
