import { cancelled, tooLate } from "./errors.ts";
import { isRead, type Layer } from "./chain.ts";

export interface DeadlineOptions {
  readonly now: () => number;
}

/** The layers below keep to the deadline themselves and know better what was lacking: they are let to say it first. */
const GRACE_MS = 50;

/**
 * Ends a read at its deadline, or when its caller goes away, whatever the layers below are doing. A write is let run its
 * course: half sent, it cannot be taken back.
 */
export const deadline =
  ({ now }: DeadlineOptions): Layer =>
  (next) =>
  async (attempt) => {
    const { signal } = attempt;
    if (signal?.aborted === true) throw cancelled(attempt);
    const left = attempt.deadline - now();
    if (left <= 0) throw tooLate(attempt);
    if (!isRead(attempt)) return next(attempt);

    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
      };
      const leave = () => reject(cancelled(attempt));
      const timer = setTimeout(() => reject(tooLate(attempt)), left + GRACE_MS);
      signal?.addEventListener("abort", leave, { once: true });
      void next(attempt).then(resolve, reject).finally(settle);
    });
  };
