import { cancelled, deadlineExceeded } from "./errors.ts";
import { isRead, type Layer } from "./chain.ts";

export interface DeadlineOptions {
  readonly now: () => number;
}

/** The layers below observe the deadline too and know the cause better, so they have time to report it first. */
export const GRACE_MS = 50;

/**
 * Ends a read at its deadline, or when its caller goes away, whatever the layers below are doing. A write is not interrupted:
 * half sent, it cannot be taken back.
 */
export const deadline =
  ({ now }: DeadlineOptions): Layer =>
  (next) =>
  async (attempt) => {
    const { signal } = attempt;
    if (signal?.aborted === true) throw cancelled(attempt);
    const remainingMs = attempt.deadline - now();
    if (remainingMs <= 0) throw deadlineExceeded(attempt);
    if (!isRead(attempt)) return next(attempt);

    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => reject(cancelled(attempt));
      const timer = setTimeout(() => reject(deadlineExceeded(attempt)), remainingMs + GRACE_MS);
      signal?.addEventListener("abort", onAbort, { once: true });
      void next(attempt).then(resolve, reject).finally(settle);
    });
  };
