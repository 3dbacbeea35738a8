import { setTimeout as sleep } from "node:timers/promises";

export interface Load {
  /** Resolves with the number of calls by outcome, when all have ended. */
  readonly ended: Promise<Readonly<Record<string, number>>>;
  /** Stops making calls. */
  readonly stop: () => void;
  /** Calls made so far. */
  readonly count: () => number;
}

/** Makes `perSecond` calls a second, whatever their outcome. */
export const startLoad = (perSecond: number, call: (count: number) => Promise<string>): Load => {
  const calls: Promise<string>[] = [];
  const stopping = new AbortController();
  const run = async () => {
    const began = performance.now();
    while (!stopping.signal.aborted) {
      const due = ((performance.now() - began) / 1000) * perSecond;
      while (calls.length < due) calls.push(call(calls.length));
      await sleep(2);
    }
    const outcomes = await Promise.all(calls);
    return Object.fromEntries([...Map.groupBy(outcomes, (name) => name)].map(([name, all]) => [name, all.length]));
  };
  return {
    ended: run(),
    stop: () => stopping.abort(),
    count: () => calls.length,
  };
};

/** The largest number of requests that arrived within one second. */
export const busiestSecond = (entries: readonly { readonly realAt: number }[]): number => {
  const times = entries.map(({ realAt }) => realAt);
  let first = 0;
  return times.reduce((max, time, index) => {
    while (time - (times[first] ?? time) >= 1000) first += 1;
    return Math.max(max, index - first + 1);
  }, 0);
};
