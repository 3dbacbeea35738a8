import type { GatewayError } from "../errors.ts";
import { cancelled } from "./errors.ts";
import type { Attempt } from "./chain.ts";

interface Waiter {
  readonly attempt: Attempt;
  readonly until: number;
  readonly settle: (error?: GatewayError) => void;
}

/** Calls that wait for their turn, in the order in which they came. Who goes away, or waits beyond the deadline, is out. */
export interface Queue {
  readonly size: () => number;
  /** Resolves when it is the call's turn; rejects with what `late` makes when it was not by then. */
  readonly wait: (attempt: Attempt, until: number, late: () => GatewayError) => Promise<void>;
  /** Lets the first one go; false where nobody waits. */
  readonly release: () => boolean;
  /** Ends the wait of those for whom there is an error, given the place they have and until when they wait. */
  readonly refuse: (errorOf: (attempt: Attempt, place: number, until: number) => GatewayError | null) => void;
}

export const createQueue = (now: () => number): Queue => {
  const waiters = new Set<Waiter>();
  return {
    size: () => waiters.size,
    wait: (attempt, until, late) =>
      new Promise((resolve, reject) => {
        const { signal } = attempt;
        if (signal?.aborted === true) return reject(cancelled(attempt));
        const settle = (error?: GatewayError) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", leave);
          waiters.delete(waiter);
          if (error === undefined) resolve();
          else reject(error);
        };
        const waiter = { attempt, until, settle };
        const leave = () => settle(cancelled(attempt));
        const timer = setTimeout(() => settle(late()), Math.max(0, until - now()));
        signal?.addEventListener("abort", leave, { once: true });
        waiters.add(waiter);
      }),
    release() {
      for (const { settle } of waiters) {
        settle();
        return true;
      }
      return false;
    },
    refuse(errorOf) {
      let place = 0;
      for (const { attempt, until, settle } of waiters) {
        const error = errorOf(attempt, place, until);
        if (error === null) place += 1;
        else settle(error);
      }
    },
  };
};
