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

/** Tells the parent that this process listens, answers each of its messages with the usage so far, and ends with it. */
export const beMeasured = (ready: Ready): void => {
  process.on("message", () => process.send?.(usage()));
  process.once("disconnect", () => process.exit(0));
  process.send?.(ready);
};
