import type { GatewayError } from "../errors.ts";
import { cancelled } from "./errors.ts";
import type { Attempt } from "./chain.ts";

interface Waiter {
  readonly attempt: Attempt;
  readonly deadline: number;
  readonly settle: (error?: GatewayError) => void;
}

/** Calls that wait for their turn, first in, first out. A call that is cancelled, or waits beyond its deadline, leaves the queue. */
export interface Queue {
  readonly size: () => number;
  /** Resolves when it is the call's turn; rejects with the error of `onDeadline` if that is not before `deadline`. */
  readonly wait: (attempt: Attempt, deadline: number, onDeadline: () => GatewayError) => Promise<void>;
  /** Lets the first call go; returns false if the queue is empty. */
  readonly release: () => boolean;
  /** Rejects the calls for which `errorOf` returns an error, given their position in the queue and their deadline. */
  readonly reject: (errorOf: (attempt: Attempt, position: number, deadline: number) => GatewayError | null) => void;
}

/** Creates a queue. `onWait` is called with the milliseconds that a call has waited when it leaves, for whatever reason. */
export const createQueue = (now: () => number, onWait: (milliseconds: number) => void = () => {}): Queue => {
  const waiters = new Set<Waiter>();
  return {
    size: () => waiters.size,
    wait: (attempt, deadline, onDeadline) =>
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
        const waiter = { attempt, deadline, settle };
        const onAbort = () => settle(cancelled(attempt));
        const timer = setTimeout(() => settle(onDeadline()), Math.max(0, deadline - now()));
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
      for (const { attempt, deadline, settle } of waiters) {
        const error = errorOf(attempt, position, deadline);
        if (error === null) position += 1;
        else settle(error);
      }
    },
  };
};
