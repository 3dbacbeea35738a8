import { cancelled, tooLate } from "./refusal.ts";
import { isRead, type Layer } from "./send.ts";

export interface DeadlineOptions {
  readonly now: () => number;
}

/** The layers below know better what was lacking, and are let to say it first. */
const GRACE_MS = 50;

/**
 * Ends a read at its deadline, or when its caller goes away, whatever the layers below are doing, and tells them to stop. A
 * write is let run its course: half sent, it cannot be taken back.
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

    const below = new AbortController();
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
      };
      const end = (error: Error) => {
        settle();
        reject(error);
        below.abort();
      };
      const leave = () => end(cancelled(attempt));
      const timer = setTimeout(() => end(tooLate(attempt)), left + GRACE_MS);
      signal?.addEventListener("abort", leave, { once: true });
      next({ ...attempt, signal: below.signal })
        .then(resolve, reject)
        .finally(settle);
    });
  };
