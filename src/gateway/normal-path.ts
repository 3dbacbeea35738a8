import type { Dispatch } from "./dispatch.ts";
import { GatewayError } from "./errors.ts";
import type { AbortHooks } from "./resilience/abort-hooks.ts";
import type { Breaker } from "./resilience/breaker/breaker.ts";
import type { Bulkhead } from "./resilience/bulkhead.ts";
import { type Attempt, isRead, type RequestTrace, type Send } from "./resilience/chain.ts";
import type { Coalescer, Flight } from "./resilience/coalesce.ts";
import { GRACE_MS } from "./resilience/deadline.ts";
import { cancelled, deadlineExceeded } from "./resilience/errors.ts";
import type { RateLimiter } from "./resilience/rate/rate-limiter.ts";
import { isTransient } from "./resilience/retry.ts";
import type { RetryBudget } from "./resilience/retry-budget.ts";
import type { Alarm, TimerWheel } from "./resilience/timer-wheel.ts";
import { tokenFor, type Tokens, type TokenSource } from "./tokens.ts";
import type { EndRequest, HttpHeaders } from "./transport.ts";

export interface NormalPathOptions {
  readonly tokens: TokenSource;
  readonly coalescer: Coalescer;
  readonly budget: RetryBudget;
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  readonly rateLimiter: RateLimiter;
  readonly dispatch: Dispatch;
  /** All layers, for an attempt that cannot go at once. */
  readonly layers: Send;
  /** Goes on with retries after a first attempt with these tokens failed with an error. */
  readonly resume: (attempt: Attempt, error: Error, tokens: Tokens) => Promise<unknown>;
  readonly wheel: TimerWheel;
  readonly hooks: AbortHooks;
  readonly now: () => number;
}

/**
 * Does in one function what the layers do for a call that goes at once and is answered: one promise for each caller, one hook on its
 * signal, one alarm. A call that has to wait, or that a circuit may reject, goes to the layers; one whose first attempt failed in a way
 * that they handle goes on there.
 */
export const createNormalPath = (options: NormalPathOptions): Send => {
  const { tokens, coalescer, breaker, bulkhead, rateLimiter, layers, now } = options;
  return (attempt) => {
    if (attempt.signal?.aborted === true || attempt.deadline <= now()) return layers(attempt);
    const key = coalescer.keyOf(attempt);
    const joined = key === null ? undefined : coalescer.find(key, attempt);
    if (joined !== undefined) return joined instanceof NormalFlight ? joined.join(attempt) : layers(attempt);
    const current = tokens();
    if (current instanceof Promise || !breaker.isClosedFor(attempt)) return layers(attempt);
    const leave = bulkhead.tryEnter(attempt);
    if (leave === null) return layers(attempt);
    const sent = { ...attempt, token: tokenFor(current, attempt.request), signal: undefined };
    const observe = rateLimiter.tryTake(sent);
    if (observe === null) {
      leave();
      return layers(attempt);
    }
    const flight = new NormalFlight(options, sent, current, { leave, observe });
    const answer = flight.join(attempt);
    flight.start(key);
    return answer;
  };
};

/** What an attempt took on its way, to be returned at its end. */
interface Taken {
  readonly leave: NonNullable<ReturnType<Bulkhead["tryEnter"]>>;
  readonly observe: NonNullable<ReturnType<RateLimiter["tryTake"]>>;
}

interface Caller {
  readonly attempt: Attempt;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  removeHook: (() => void) | undefined;
  alarm: Alarm | undefined;
}

/** One request, and the callers that wait for its answer. */
class NormalFlight implements Flight {
  readonly deadline: number;
  readonly #options: NormalPathOptions;
  readonly #attempt: Attempt;
  readonly #tokens: Tokens;
  readonly #taken: Taken;
  readonly #callers = new Set<Caller>();
  readonly #traces: RequestTrace[] = [];
  readonly #isRead: boolean;
  /** Cancels what goes on in the layers; undefined while this request is the only one. */
  #resumed: AbortController | undefined;
  #isCancelled = false;
  #endRequest: EndRequest | undefined;
  #remove: (() => void) | undefined;

  constructor(options: NormalPathOptions, attempt: Attempt, tokens: Tokens, taken: Taken) {
    this.deadline = attempt.deadline;
    this.#options = options;
    this.#tokens = tokens;
    this.#taken = taken;
    this.#isRead = isRead(attempt);
    this.#attempt = { ...attempt, onRequest: (trace) => this.#report(trace) };
  }

  start(key: string | null): void {
    const { breaker, coalescer, dispatch, wheel, now } = this.#options;
    if (key !== null) this.#remove = coalescer.add(key, this);
    const end = breaker.begin(this.#attempt);
    let headers: HttpHeaders | null = null;
    const onHeaders = (received: HttpHeaders) => {
      headers = received;
    };
    let alarm: Alarm | undefined;
    let isDone = false;
    const endRequest = dispatch.send({ ...this.#attempt, onHeaders }, (error, output) => {
      isDone = true;
      if (alarm !== undefined) wheel.remove(alarm);
      end(error);
      this.#taken.observe({ headers, error });
      this.#taken.leave();
      this.#end(error, output);
    });
    // A pool that is destroyed ends the request before `send` returns.
    if (isDone) return;
    this.#endRequest = endRequest;
    alarm = wheel.add(now() + dispatch.timeoutOf(this.#attempt), () => endRequest("timeout"));
  }

  join(attempt: Attempt): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const caller: Caller = { attempt, resolve, reject, removeHook: undefined, alarm: undefined };
      const { signal } = attempt;
      if (signal?.aborted === true) return reject(cancelled(attempt));
      if (signal !== undefined) caller.removeHook = this.#options.hooks.add(signal, () => this.#cancel(caller));
      for (const trace of this.#traces) attempt.onRequest?.(trace);
      // The limit of the request itself is the deadline of its first caller.
      if (this.#callers.size > 0 || this.#resumed !== undefined) this.#limit(caller);
      this.#callers.add(caller);
    });
  }

  #report(trace: RequestTrace): void {
    this.#traces.push(trace);
    for (const { attempt } of this.#callers) attempt.onRequest?.(trace);
  }

  /** Rejects a caller of a read at its deadline, whatever happens meanwhile. */
  #limit(caller: Caller): void {
    const { attempt } = caller;
    caller.alarm = this.#options.wheel.add(attempt.deadline + GRACE_MS, () => {
      this.#release(caller);
      caller.reject(deadlineExceeded(attempt));
    });
  }

  /** Removes a caller. The last one cancels the flight, and its `onRequest` is still called. */
  #cancel(caller: Caller): void {
    if (this.#callers.size === 1) {
      this.#isCancelled = true;
      this.#remove?.();
      this.#endRequest?.("aborted");
      this.#resumed?.abort();
    }
    this.#release(caller);
    caller.reject(cancelled(caller.attempt));
  }

  #release(caller: Caller): void {
    this.#callers.delete(caller);
    caller.removeHook?.();
    if (caller.alarm !== undefined) this.#options.wheel.remove(caller.alarm);
  }

  #end(error: Error | undefined, output: unknown): void {
    if (error === undefined) {
      if (this.#isRead) this.#options.budget.deposit();
      this.#settle(undefined, output);
    } else if (isRefused(error) || (this.#isRead && isTransient(error))) {
      this.#resume(error);
    } else {
      this.#settle(error, undefined);
    }
  }

  #resume(cause: Error): void {
    this.#resumed = new AbortController();
    if (this.#isCancelled) this.#resumed.abort();
    if (this.#isRead) for (const caller of this.#callers) if (caller.alarm === undefined) this.#limit(caller);
    const attempt = { ...this.#attempt, signal: this.#isRead ? this.#resumed.signal : undefined };
    this.#options.resume(attempt, cause, this.#tokens).then(
      (output) => this.#settle(undefined, output),
      (failure: Error) => this.#settle(failure, undefined),
    );
  }

  #settle(error: Error | undefined, output: unknown): void {
    if (!this.#isRead) this.#options.coalescer.renew();
    this.#remove?.();
    for (const caller of this.#callers) {
      this.#release(caller);
      if (error === undefined) caller.resolve(output);
      else caller.reject(error);
    }
  }
}

/** The token was refused; its source may have another one. */
const isRefused = (error: Error): boolean => error instanceof GatewayError && error.code === "UPSTREAM_UNAUTHENTICATED";
