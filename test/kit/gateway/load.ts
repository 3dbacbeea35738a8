import { setTimeout as sleep } from "node:timers/promises";

export interface Load {
  /** How many there were of each outcome, once all have ended. */
  readonly ended: Promise<Readonly<Record<string, number>>>;
  /** Makes no more calls. */
  readonly stop: () => void;
  readonly made: () => number;
}

/** Makes so many calls a second, whatever becomes of them. */
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
    made: () => calls.length,
  };
};

/** The most requests that arrived within any second. */
export const busiestSecond = (entries: readonly { readonly realAt: number }[]): number => {
  const times = entries.map(({ realAt }) => realAt);
  let first = 0;
  return times.reduce((most, time, index) => {
    while (time - (times[first] ?? time) >= 1000) first += 1;
    return Math.max(most, index - first + 1);
  }, 0);
};
