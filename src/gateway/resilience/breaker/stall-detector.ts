import { type Attempt, isRead } from "../chain.ts";

export interface StallDetectorOptions {
  /** Fewer requests without an answer than this prove nothing. */
  readonly minRequests: number;
  /** At most this many of the requests that name one device count. */
  readonly maxPerDevice: number;
  /** The shortest time without an answer that counts as a stall. */
  readonly minStallMs: number;
  readonly now: () => number;
}

/** Detects that nothing is answered any more, long before the first request times out. */
export interface StallDetector {
  /** Records that a request is sent; call the result when it ends, with whether it was answered. */
  readonly begin: (attempt: Attempt) => (answered: boolean) => void;
  /** Whether requests wait, and none was answered for far longer than answers usually take. */
  readonly isStalled: () => boolean;
}

/** How many times the usual duration of an answer the time without one must be. */
const STALL_FACTOR = 20;
/** The assumed duration of an answer before the first one, in milliseconds. */
const INITIAL_USUAL_MS = 1_000;
const SMOOTHING = 0.05;
/** After a pause of this process, answers lie unread in the sockets, so a stall is confirmed by a second look. */
const CONFIRM_MS = 100;

/** Creates a detector. A stall lasts at least `minStallMs` and 20 times the usual duration of an answer; a second look confirms it. */
export const createStallDetector = (options: StallDetectorOptions): StallDetector => {
  const { minRequests, maxPerDevice, minStallMs, now } = options;
  const inFlight = new Set<{ readonly device: string | null; readonly begunAt: number }>();
  let usualMs: number | null = null;
  let answeredAt = now();
  let suspectedAt: number | null = null;

  const countAnswer = () => {
    answeredAt = now();
    suspectedAt = null;
  };

  return {
    begin(attempt) {
      // Exports and commands may take long.
      if (attempt.priority === "bulk" || attempt.serverWaitMs > 0 || !isRead(attempt)) {
        return (answered) => {
          if (answered) countAnswer();
        };
      }
      const request = { device: attempt.request.device, begunAt: now() };
      inFlight.add(request);
      return (answered) => {
        inFlight.delete(request);
        if (!answered) return;
        countAnswer();
        const tookMs = now() - request.begunAt;
        usualMs = usualMs === null ? tookMs : usualMs + SMOOTHING * (tookMs - usualMs);
      };
    },
    isStalled() {
      const stallMs = Math.max(minStallMs, STALL_FACTOR * (usualMs ?? INITIAL_USUAL_MS));
      if (inFlight.size < minRequests || now() - answeredAt < stallMs) return false;
      const byDevice = new Map<string | null, number>();
      for (const { device, begunAt } of inFlight) {
        if (now() - begunAt >= stallMs) byDevice.set(device, (byDevice.get(device) ?? 0) + 1);
      }
      const counts = [...byDevice].map(([device, count]) => (device === null ? count : Math.min(count, maxPerDevice)));
      if (counts.reduce((sum, count) => sum + count, 0) < minRequests) return false;
      suspectedAt ??= now();
      return now() - suspectedAt >= CONFIRM_MS;
    },
  };
};
