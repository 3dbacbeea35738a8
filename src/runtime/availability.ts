import { withTimeout } from "./timeout.ts";

/** The longest time that work waits for a store that it can do without: a person may be waiting. */
const TIMEOUT_MS = 250;
const RETRY_INTERVAL_MS = 1_000;

/** Whether a store is available that work can do without. */
export interface Availability {
  /** Whether the last attempt succeeded; true before the first. */
  readonly isAvailable: () => boolean;
  /** Whether the store should be used: it is available, or the last attempt was a second ago. */
  readonly isDue: () => boolean;
  /** Uses the store. Resolves with null if that fails or takes more than a quarter of a second, and never rejects. */
  readonly attempt: <Value extends object>(use: () => Promise<Value>) => Promise<Value | null>;
}

export interface AvailabilityOptions {
  /** Called with true when the store becomes unavailable, and with false when it is available again. */
  readonly onUnavailable: (unavailable: boolean) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Creates the record of a store that is available until an attempt fails. */
export const createAvailability = ({ onUnavailable, now }: AvailabilityOptions): Availability => {
  let isAvailable = true;
  let triedAt = Number.NEGATIVE_INFINITY;

  const setAvailable = (available: boolean) => {
    if (available === isAvailable) return;
    isAvailable = available;
    onUnavailable(!available);
  };

  return {
    isAvailable: () => isAvailable,
    isDue: () => isAvailable || now() - triedAt >= RETRY_INTERVAL_MS,
    async attempt(use) {
      triedAt = now();
      try {
        const value = await withTimeout(TIMEOUT_MS, use());
        setAvailable(true);
        return value;
      } catch {
        setAvailable(false);
        return null;
      }
    },
  };
};
