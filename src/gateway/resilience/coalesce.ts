import { cancelled } from "./errors.ts";
import { type Attempt, isRead, type Layer, type RequestTrace, type Send } from "./chain.ts";

export interface CoalesceOptions {
  /** A read joins another one only while that has nearly as much time left as itself: it may have so much less. */
  readonly joinMs: number;
}

export interface Coalescer {
  readonly layer: Layer;
  /** From now on no read is answered by one that began before. */
  readonly renew: () => void;
}

interface Flight {
  readonly deadline: number;
  readonly answer: Promise<unknown>;
  readonly traces: RequestTrace[];
  readonly waiters: Set<Attempt>;
  readonly cancel: () => void;
}

/**
 * One request for all equal reads that are under way at once, of whichever callers have the same authority. Each of them may
 * go away by itself; the request is cancelled when all have. A write that ends renews.
 */
export const createCoalescer = ({ joinMs }: CoalesceOptions): Coalescer => {
  let flights = new Map<string, Flight>();

  const renew = () => {
    flights = new Map();
  };

  const begin = (next: Send, attempt: Attempt, key: string): Flight => {
    const current = flights;
    const controller = new AbortController();
    const traces: RequestTrace[] = [];
    const waiters = new Set<Attempt>();
    const leave = () => {
      if (current.get(key) === flight) current.delete(key);
    };
    const onRequest = (trace: RequestTrace) => {
      traces.push(trace);
      for (const waiter of waiters) waiter.onRequest?.(trace);
    };
    const flight: Flight = {
      deadline: attempt.deadline,
      traces,
      waiters,
      answer: next({ ...attempt, signal: controller.signal, onRequest }).finally(leave),
      cancel() {
        leave();
        controller.abort();
      },
    };
    flight.answer.catch(() => {});
    current.set(key, flight);
    return flight;
  };

  const layer: Layer = (next) => async (attempt) => {
    if (!isRead(attempt)) return next(attempt).finally(renew);
    if (attempt.cacheScope === undefined) return next(attempt);
    const key = JSON.stringify([attempt.cacheScope, attempt.priority, attempt.request.path]);
    const known = flights.get(key);
    if (known !== undefined && known.deadline + joinMs >= attempt.deadline) {
      for (const trace of known.traces) attempt.onRequest?.(trace);
      return follow(known, attempt);
    }
    return follow(begin(next, attempt, key), attempt);
  };

  return { layer, renew };
};

const follow = (flight: Flight, attempt: Attempt): Promise<unknown> => {
  const { signal } = attempt;
  // Equal attempts of two callers are two waiters.
  const waiter = { ...attempt };
  flight.waiters.add(waiter);
  return new Promise((resolve, reject) => {
    const leave = () => {
      flight.waiters.delete(waiter);
      reject(cancelled(attempt));
      if (flight.waiters.size === 0) flight.cancel();
    };
    if (signal?.aborted === true) return leave();
    signal?.addEventListener("abort", leave, { once: true });
    flight.answer.then(resolve, reject).finally(() => {
      flight.waiters.delete(waiter);
      signal?.removeEventListener("abort", leave);
    });
  });
};
