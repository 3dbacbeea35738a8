/** How often something may be done, by each of many. */
export interface CallerRates {
  /** 0 when it may be done so many times now, and then it counts; else after how many seconds it may. More than ever may count as the most. */
  readonly take: (name: string, times: number) => number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

const MINUTE_MS = 60_000;
const MAX_BUCKETS = 10_000;

/** As often as this within a minute, at once or spread over it. `now` is in milliseconds and does not go back. */
export const createCallerRates = (perMinute: number, now: () => number): CallerRates => {
  const buckets = new Map<string, Bucket>();
  const tokensOf = ({ tokens, at }: Bucket) => Math.min(perMinute, tokens + ((now() - at) * perMinute) / MINUTE_MS);
  const forgetFull = () => {
    for (const [name, bucket] of buckets) if (tokensOf(bucket) >= perMinute) buckets.delete(name);
  };
  return {
    take(name, wanted) {
      const times = Math.min(wanted, perMinute);
      const bucket = buckets.get(name);
      const tokens = bucket === undefined ? perMinute : tokensOf(bucket);
      if (tokens < times) return Math.ceil(((times - tokens) * 60) / perMinute);
      if (buckets.size >= MAX_BUCKETS) forgetFull();
      buckets.set(name, { tokens: tokens - times, at: now() });
      return 0;
    },
  };
};
