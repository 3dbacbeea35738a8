import { type Attempt, isRead } from "../chain.ts";

export interface StallDetectorOptions {
  /** So many requests that get no answer prove something. */
  readonly minimum: number;
  /** Of those that name one device no more than this many count. */
  readonly ofOneDevice: number;
  /** For so long, at least. */
  readonly leastMs: number;
  readonly now: () => number;
}

/** Finds out that nothing is answered any more, long before the first request runs out of time. */
export interface StallDetector {
  /** A request is sent; to be called with `answered` or not when it ends. */
  readonly begin: (attempt: Attempt) => (answered: boolean) => void;
  /** Whether requests wait and none was answered for far longer than answers take. */
  readonly isStalled: () => boolean;
}

/** Times an answer takes usually. */
const FAR_LONGER = 20;
/** Taken for usual as long as there was no answer, in milliseconds. */
const UNKNOWN_MS = 1_000;
const SMOOTHING = 0.05;
/** After a stall of this process answers lie in the sockets, unread: it looks twice. */
const CONFIRM_MS = 100;

export const createStallDetector = ({ minimum, ofOneDevice, leastMs, now }: StallDetectorOptions): StallDetector => {
  const inFlight = new Set<{ readonly device: string | null; readonly began: number }>();
  let usualMs: number | null = null;
  let answeredAt = now();
  let suspectedAt: number | null = null;

  const answer = () => {
    answeredAt = now();
    suspectedAt = null;
  };

  return {
    begin(attempt) {
      // Exports and commands take their time.
      if (attempt.priority === "bulk" || attempt.serverWaitMs > 0 || !isRead(attempt)) {
        return (answered) => {
          if (answered) answer();
        };
      }
      const request = { device: attempt.request.device, began: now() };
      inFlight.add(request);
      return (answered) => {
        inFlight.delete(request);
        if (!answered) return;
        answer();
        const took = now() - request.began;
        usualMs = usualMs === null ? took : usualMs + SMOOTHING * (took - usualMs);
      };
    },
    isStalled() {
      const silentMs = Math.max(leastMs, FAR_LONGER * (usualMs ?? UNKNOWN_MS));
      if (inFlight.size < minimum || now() - answeredAt < silentMs) return false;
      const byDevice = new Map<string | null, number>();
      for (const { device, began } of inFlight) {
        if (now() - began >= silentMs) byDevice.set(device, (byDevice.get(device) ?? 0) + 1);
      }
      const counted = [...byDevice].map(([device, count]) => (device === null ? count : Math.min(count, ofOneDevice)));
      if (counted.reduce((sum, count) => sum + count, 0) < minimum) return false;
      suspectedAt ??= now();
      return now() - suspectedAt >= CONFIRM_MS;
    },
  };
};
