/** Token buckets of callers: each holds what a caller may do within a minute, and refills evenly. */
export interface CallerBuckets {
  /**
   * Takes tokens of a caller and resolves with 0, or takes none and resolves with the number of seconds to wait. A request for more
   * tokens than a bucket can hold needs a full bucket and takes the rest in advance: the next request waits for them, too.
   */
  readonly take: (kind: string, caller: string, tokens: number, perMinute: number) => Promise<number>;
}

interface Bucket {
  readonly tokens: number;
  /** When it had them, on the clock of `now`. */
  readonly at: number;
  readonly perMinute: number;
}

const MINUTE_MS = 60_000;
const MAX_BUCKETS = 10_000;

/** The buckets of one process, by keys. */
export interface LocalBuckets {
  /** Takes tokens and returns 0, or takes none and returns the seconds to wait. */
  readonly take: (key: string, tokens: number, perMinute: number) => number;
  /** Replaces what a bucket holds. */
  readonly adopt: (key: string, tokens: number, perMinute: number) => void;
}

/** Creates buckets in memory. `now` is a monotonic clock in milliseconds. */
export const createLocalBuckets = (now: () => number): LocalBuckets => {
  const buckets = new Map<string, Bucket>();
  const tokensOf = ({ tokens, at, perMinute }: Bucket, most = perMinute) =>
    Math.min(most, tokens + ((now() - at) * perMinute) / MINUTE_MS);
  const adopt: LocalBuckets["adopt"] = (key, tokens, perMinute) => {
    if (buckets.size >= MAX_BUCKETS) {
      for (const [each, bucket] of buckets) if (tokensOf(bucket) >= bucket.perMinute) buckets.delete(each);
    }
    buckets.set(key, { tokens, at: now(), perMinute });
  };
  return {
    adopt,
    take(key, requested, perMinute) {
      const needed = Math.min(requested, perMinute);
      const bucket = buckets.get(key);
      const available = bucket === undefined ? perMinute : tokensOf(bucket, perMinute);
      if (available < needed) return Math.ceil(((needed - available) * 60) / perMinute);
      adopt(key, available - requested, perMinute);
      return 0;
    },
  };
};

/** Creates buckets that only this process uses. */
export const createOwnBuckets = (now: () => number): CallerBuckets => {
  const local = createLocalBuckets(now);
  return { take: async (kind, caller, tokens, perMinute) => local.take(`${kind} ${caller}`, tokens, perMinute) };
};
