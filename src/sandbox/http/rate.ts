/** A rate limit. */
export interface Rate {
  /** Requests per second on average. */
  readonly perSecond: number;
  /** Requests that a token may make at once. */
  readonly burst: number;
  /**
   * The current real time in milliseconds. Callers wait in real time, so the bucket refills in real time, independently of
   * the sandbox's clock.
   * @default Date.now
   */
  readonly now?: () => number;
}

/** Limits the requests of each token. */
export interface RateLimit {
  /** Takes one request of this token, or returns after how many seconds the next one is allowed. */
  readonly take: (token: string) => { readonly allowed: boolean; readonly retryAfterSeconds: number };
  /** The rate limit headers of a reply. */
  readonly headers: (token: string | undefined) => Record<string, string>;
}

interface Bucket {
  left: number;
  at: number;
}

const UNLIMITED = 2 ** 31 - 1;

const headersOf = (limit: number, remaining: number, reset: number): Record<string, string> => ({
  "X-RateLimit-Limit": String(limit),
  "X-RateLimit-Remaining": String(remaining),
  "X-RateLimit-Reset": String(reset),
});

/** Creates one token bucket per token; `false` disables the limit. */
export const createRateLimit = (rate: Rate | false): RateLimit => {
  if (rate === false) {
    return {
      take: () => ({ allowed: true, retryAfterSeconds: 0 }),
      headers: () => headersOf(UNLIMITED, UNLIMITED, Math.floor(Date.now() / 1000)),
    };
  }
  const { perSecond, burst, now = Date.now } = rate;
  const buckets = new Map<string, Bucket>();
  const refill = (token: string): Bucket => {
    const at = now();
    const bucket = buckets.get(token) ?? { left: burst, at };
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    buckets.set(token, bucket);
    return bucket;
  };
  return {
    take(token) {
      const bucket = refill(token);
      if (bucket.left >= 1) {
        bucket.left -= 1;
        return { allowed: true, retryAfterSeconds: 0 };
      }
      return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((1 - bucket.left) / perSecond)) };
    },
    headers(token) {
      const left = token === undefined ? burst : refill(token).left;
      const full = now() / 1000 + (burst - left) / perSecond;
      return headersOf(burst, Math.floor(left), Math.ceil(full));
    },
  };
};
