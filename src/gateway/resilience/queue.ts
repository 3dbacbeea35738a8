import type { GatewayError } from "../errors.ts";
import { type Attempt, isRead } from "./chain.ts";
import { cancelled } from "./errors.ts";

/** Milliseconds of a read's time that are reserved for the answer, at most a quarter of it. A read that still waits then is not sent. */
const ANSWER_MS = 250;

interface Waiter {
  readonly attempt: Attempt;
  readonly latest: number;
  readonly settle: (error?: GatewayError) => void;
}

/**
 * Calls that wait for their turn, first in, first out. A call leaves the queue when it is cancelled, and when it is too late for it:
 * a command at its deadline, a read when no time for an answer is left.
 */
export interface Queue {
  readonly size: () => number;
  /** Resolves when it is the call's turn; rejects with the error of `onLate` when it is too late for the call. */
  readonly wait: (attempt: Attempt, onLate: () => GatewayError) => Promise<void>;
  /** Lets the first call go; returns false if the queue is empty. */
  readonly release: () => boolean;
  /** Rejects the calls for which `errorOf` returns an error, given their position in the queue and the latest moment of their turn. */
  readonly reject: (errorOf: (attempt: Attempt, position: number, latest: number) => GatewayError | null) => void;
}

/** Creates a queue. `onWait` is called with the milliseconds that a call has waited when it leaves, for whatever reason. */
export const createQueue = (now: () => number, onWait: (milliseconds: number) => void = () => {}): Queue => {
  const waiters = new Set<Waiter>();
  return {
    size: () => waiters.size,
    wait: (attempt, onLate) =>
      new Promise((resolve, reject) => {
        const { signal } = attempt;
        if (signal?.aborted === true) return reject(cancelled(attempt));
        const since = now();
        const settle = (error?: GatewayError) => {
          onWait(now() - since);
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          waiters.delete(waiter);
          if (error === undefined) resolve();
          else reject(error);
        };
        const leftMs = attempt.deadline - since;
        const waitMs = isRead(attempt) ? leftMs - Math.min(ANSWER_MS, leftMs / 4) : leftMs;
        const waiter = { attempt, latest: since + waitMs, settle };
        const onAbort = () => settle(cancelled(attempt));
        const timer = setTimeout(() => settle(onLate()), Math.max(0, waitMs));
        signal?.addEventListener("abort", onAbort, { once: true });
        waiters.add(waiter);
      }),
    release() {
      for (const { settle } of waiters) {
        settle();
        return true;
      }
      return false;
    },
    reject(errorOf) {
      let position = 0;
      for (const { attempt, latest, settle } of waiters) {
        const error = errorOf(attempt, position, latest);
        if (error === null) position += 1;
        else settle(error);
      }
    },
  };
};
