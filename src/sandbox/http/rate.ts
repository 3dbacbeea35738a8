export interface Rate {
  /** Requests a second, on average. */
  readonly perSecond: number;
  /** Requests a token may make at once. */
  readonly burst: number;
  /** Real milliseconds; callers wait in real time, so the bucket fills in real time, however the sandbox's clock stands. */
  readonly now?: () => number;
}

export interface RateLimit {
  /** Takes one request of this token; how long until the next one where none is left. */
  readonly take: (token: string) => { readonly allowed: boolean; readonly retryAfterSeconds: number };
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

/** A bucket per token; `false` lets everything through. */
export const createRateLimit = (rate: Rate | false): RateLimit => {
  if (rate === false) {
    return {
      take: () => ({ allowed: true, retryAfterSeconds: 0 }),
      headers: () => headersOf(UNLIMITED, UNLIMITED, Math.floor(Date.now() / 1000)),
    };
  }
  const { perSecond, burst, now = Date.now } = rate;
  const buckets = new Map<string, Bucket>();
  const filled = (token: string): Bucket => {
    const at = now();
    const bucket = buckets.get(token) ?? { left: burst, at };
    bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    buckets.set(token, bucket);
    return bucket;
  };
  return {
    take(token) {
      const bucket = filled(token);
      if (bucket.left >= 1) {
        bucket.left -= 1;
        return { allowed: true, retryAfterSeconds: 0 };
      }
      return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((1 - bucket.left) / perSecond)) };
    },
    headers(token) {
      const left = token === undefined ? burst : filled(token).left;
      const full = now() / 1000 + (burst - left) / perSecond;
      return headersOf(burst, Math.floor(left), Math.ceil(full));
    },
  };
};
