import { cancelled } from "./errors.ts";
import { type Attempt, isRead, type Layer, type RequestTrace, type Send } from "./chain.ts";

export interface CoalesceOptions {
  /** A read joins a flight only if the deadline of the flight is at most this much earlier than its own, in milliseconds. */
  readonly maxDeadlineGapMs: number;
}

export interface Coalescer {
  readonly layer: Layer;
  /** Keeps reads made from now on from joining a flight that began before. */
  readonly renew: () => void;
  /** Grows with each renewal. */
  readonly generation: () => number;
}

interface Flight {
  readonly deadline: number;
  readonly answer: Promise<unknown>;
  readonly traces: RequestTrace[];
  readonly waiters: Set<Attempt>;
  readonly cancel: () => void;
}

/**
 * Sends one request for all equal reads of the same cache scope that are in flight at once. Each caller may go away by itself;
 * the request is cancelled when all have gone. The end of a write renews.
 */
export const createCoalescer = ({ maxDeadlineGapMs }: CoalesceOptions): Coalescer => {
  let flights = new Map<string, Flight>();
  let generation = 0;

  const renew = () => {
    flights = new Map();
    generation += 1;
  };

  const start = (next: Send, attempt: Attempt, key: string): Flight => {
    const current = flights;
    const controller = new AbortController();
    const traces: RequestTrace[] = [];
    const waiters = new Set<Attempt>();
    const remove = () => {
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
      answer: next({ ...attempt, signal: controller.signal, onRequest }).finally(remove),
      cancel() {
        remove();
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
    const flight = flights.get(key);
    if (flight !== undefined && flight.deadline + maxDeadlineGapMs >= attempt.deadline) {
      for (const trace of flight.traces) attempt.onRequest?.(trace);
      return join(flight, attempt);
    }
    return join(start(next, attempt, key), attempt);
  };

  return { layer, renew, generation: () => generation };
};

const join = (flight: Flight, attempt: Attempt): Promise<unknown> => {
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
