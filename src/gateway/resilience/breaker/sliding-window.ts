export interface SlidingWindowOptions {
  readonly windowMs: number;
  /** Fewer calls than this prove nothing. */
  readonly minCalls: number;
  /** Failures among the calls, from 0 to 1, that are too many. */
  readonly failureRatio: number;
  /** Failures that last for a shorter time than this are left to retries. */
  readonly minOutageMs: number;
  readonly now: () => number;
}

/** Counts the calls and failures of the last `windowMs`. */
export interface SlidingWindow {
  readonly count: (answered: boolean) => void;
  readonly isFailing: () => boolean;
  readonly clear: () => void;
}

interface Bucket {
  readonly step: number;
  readonly startedAt: number;
  answered: number;
  failed: number;
}

const STEPS = 10;

/**
 * Creates a window that moves in ten steps. `minCalls` consecutive failures prove an outage too, however long they took: a slow
 * failure leaves the window before there are enough of them.
 */
export const createSlidingWindow = (options: SlidingWindowOptions): SlidingWindow => {
  const { windowMs, minCalls, failureRatio, minOutageMs, now } = options;
  let buckets: Bucket[] = [];
  let consecutiveFailures = 0;
  let failingSince = 0;
  return {
    count(answered) {
      const step = Math.floor((now() / windowMs) * STEPS);
      buckets = buckets.filter((bucket) => bucket.step > step - STEPS);
      let bucket = buckets.at(-1);
      if (bucket?.step !== step) {
        bucket = { step, startedAt: now(), answered: 0, failed: 0 };
        buckets.push(bucket);
      }
      if (answered) bucket.answered += 1;
      else bucket.failed += 1;
      if (!answered && consecutiveFailures === 0) failingSince = now();
      consecutiveFailures = answered ? 0 : consecutiveFailures + 1;
    },
    isFailing() {
      const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
      const calls = buckets.reduce((sum, bucket) => sum + bucket.answered, failed);
      const firstFailureAt = buckets.find((bucket) => bucket.failed > 0)?.startedAt ?? now();
      return (
        (calls >= minCalls && failed / calls >= failureRatio && now() - firstFailureAt >= minOutageMs) ||
        (consecutiveFailures >= minCalls && now() - failingSince >= minOutageMs)
      );
    },
    clear() {
      buckets = [];
      consecutiveFailures = 0;
    },
  };
};
