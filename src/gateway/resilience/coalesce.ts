import { InFlight } from "../../runtime/in-flight.ts";
import { cancelled } from "./errors.ts";
import { type Attempt, isRead, type Layer, type RequestTrace, type Send } from "./chain.ts";

export interface CoalesceOptions {
  /** A read joins a flight only if the deadline of the flight is at most this much earlier than its own, in milliseconds. */
  readonly maxDeadlineGapMs: number;
}

/** Sends equal reads that are in flight at once as one request. */
export interface Coalescer {
  readonly layer: Layer;
  /** The key of equal reads; null for an attempt that shares with nobody. */
  readonly keyOf: (attempt: Attempt) => string | null;
  /** Returns the flight that an attempt may join. */
  readonly find: (key: string, attempt: Attempt) => Flight | undefined;
  /** Lets equal reads join a flight until the result is called. */
  readonly add: (key: string, flight: Flight) => () => void;
  /** Keeps reads made from now on from joining a flight that began before. */
  readonly renew: () => void;
  /** Grows with each renewal. */
  readonly generation: () => number;
}

/** A read under way that equal reads may join. */
export interface Flight {
  readonly deadline: number;
  /** Adds a caller. Its `onRequest` is called for all requests of the flight, including earlier ones. */
  readonly join: (attempt: Attempt) => Promise<unknown>;
}

/**
 * Sends one request for all equal reads of the same cache scope that are in flight at once. Each caller may go away by itself;
 * the request is cancelled when all have gone. The end of a write renews.
 */
export const createCoalescer = ({ maxDeadlineGapMs }: CoalesceOptions): Coalescer => {
  let flights = new InFlight<Flight>();
  let generation = 0;

  const renew = () => {
    flights = new InFlight();
    generation += 1;
  };

  // A path has no spaces.
  const keyOf = (attempt: Attempt) =>
    attempt.cacheScope === undefined || !isRead(attempt)
      ? null
      : `${attempt.priority} ${attempt.request.path} ${attempt.cacheScope}`;

  const find = (key: string, attempt: Attempt) => {
    const flight = flights.get(key);
    return flight !== undefined && flight.deadline + maxDeadlineGapMs >= attempt.deadline ? flight : undefined;
  };

  const add = (key: string, flight: Flight) => flights.add(key, flight);

  const layer: Layer = (next) => async (attempt) => {
    if (!isRead(attempt)) return next(attempt).finally(renew);
    const key = keyOf(attempt);
    if (key === null) return next(attempt);
    const joined = find(key, attempt);
    if (joined !== undefined) return joined.join(attempt);
    const flight = start(next, attempt, () => remove());
    const remove = add(key, flight);
    return flight.join(attempt);
  };

  return { layer, keyOf, find, add, renew, generation: () => generation };
};

const start = (next: Send, attempt: Attempt, onEnd: () => void): Flight => {
  const controller = new AbortController();
  const traces: RequestTrace[] = [];
  const waiters = new Set<Attempt>();
  const onRequest = (trace: RequestTrace) => {
    traces.push(trace);
    for (const waiter of waiters) waiter.onRequest?.(trace);
  };
  const answer = next({ ...attempt, signal: controller.signal, onRequest }).finally(onEnd);
  answer.catch(() => {});

  const join = (joining: Attempt): Promise<unknown> => {
    const { signal } = joining;
    // Equal attempts of two callers are two waiters.
    const waiter = { ...joining };
    for (const trace of traces) waiter.onRequest?.(trace);
    waiters.add(waiter);
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (waiters.size === 1) {
          onEnd();
          controller.abort();
        }
        waiters.delete(waiter);
        reject(cancelled(joining));
      };
      if (signal?.aborted === true) return leave();
      signal?.addEventListener("abort", leave, { once: true });
      answer.then(resolve, reject).finally(() => {
        waiters.delete(waiter);
        signal?.removeEventListener("abort", leave);
      });
    });
  };
  return { deadline: attempt.deadline, join };
};
