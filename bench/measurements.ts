import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The resource usage of a process so far. */
export interface Usage {
  /** User and system time of all threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** The peak since its start, as reported by the kernel. */
  readonly peakRssBytes: number;
}

/** What a child reports to its parent when it listens. */
export interface Ready {
  readonly url: string;
  /** The account's token, if the child is a gateway. */
  readonly token?: string;
}

const usage = (): Usage => {
  const { user, system } = process.cpuUsage();
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss(), peakRssBytes };
};

/** The bytes in use after garbage collection. */
const heldBytes = (): number => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let times = 0; times < 4; times += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Reports to the parent that this process listens, answers its queries, and exits when the parent does. */
export const serveMeasurements = (ready: Ready): void => {
  process.on("message", (query) => process.send?.(query === "heldBytes" ? heldBytes() : usage()));
  process.once("disconnect", () => process.exit(0));
  process.send?.(ready);
};
