/*
 * Loaded into the built program before it starts: answers its parent with what the process holds after a collection. Without
 * `--expose-gc` there is nothing to answer.
 */
const SOCKETS = new Set(["TCPSocketWrap", "PipeWrap"]);

/** What a program holds. */
export interface Held {
  /** The heap in use after a collection, and what JavaScript holds outside of it. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Open resources of the event loop, without timers: sockets, servers, files, pipes. */
  readonly handles: number;
  readonly sockets: number;
  readonly timers: number;
  /** Listeners of the process, and how often Node has warned of too many listeners of anything. */
  readonly listeners: number;
  readonly warnings: number;
}

let warnings = 0;
process.on("warning", ({ name }) => {
  if (name === "MaxListenersExceededWarning") warnings += 1;
});

const held = (): Held => {
  for (let times = 0; times < 4; times += 1) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const isTimer = (name: string) => name === "Timeout" || name === "Immediate";
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    handles: resources.filter((name) => !isTimer(name)).length,
    sockets: resources.filter((name) => SOCKETS.has(name)).length,
    timers: resources.filter(isTimer).length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    warnings,
  };
};

process.on("message", () => process.send?.(held()));
