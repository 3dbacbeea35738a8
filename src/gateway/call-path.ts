import { setTimeout as delay } from "node:timers/promises";
import { createDispatch, type DispatchOptions } from "./dispatch.ts";
import { createHealthObserver, type GatewayHealth } from "./health.ts";
import { createNormalPath } from "./normal-path.ts";
import type { GatewayLoad, GatewayObserver } from "./observer.ts";
import { createAbortHooks } from "./resilience/abort-hooks.ts";
import { createBreaker } from "./resilience/breaker/breaker.ts";
import { createBulkhead } from "./resilience/bulkhead.ts";
import { type Attempt, chain, type Send } from "./resilience/chain.ts";
import { createCoalescer } from "./resilience/coalesce.ts";
import { deadline } from "./resilience/deadline.ts";
import { createRateLimiter } from "./resilience/rate/rate-limiter.ts";
import type { TokenBucket } from "./resilience/rate/token-bucket.ts";
import { createRetryBudget } from "./resilience/retry-budget.ts";
import { retry } from "./resilience/retry.ts";
import { createTimerWheel } from "./resilience/timer-wheel.ts";
import { authorize, type Tokens, type TokenSource } from "./tokens.ts";

export interface CallPathOptions
  extends Pick<DispatchOptions, "transport" | "origin" | "propagates" | "prefix" | "attemptMs" | "scrub"> {
  readonly tokens: Tokens | TokenSource;
  readonly bucketOf: (token: string) => TokenBucket;
  readonly observer: GatewayObserver;
  /** Whether calls that go at once take one function in place of the layers. */
  readonly fused: boolean;
  readonly random: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** What a call passes on its way to the gateway. */
export interface CallPath {
  readonly ask: Send;
  /** Resolves with a Download; neither shared nor sent again. */
  readonly stream: Send;
  readonly health: () => GatewayHealth;
  readonly load: () => GatewayLoad;
  /** Keeps reads made from now on from sharing a request made before. */
  readonly renew: () => void;
  /** Grows with each renewal. */
  readonly generation: () => number;
}

/** Builds the layers of resilience, and the one function that stands for them while nothing has to wait. */
export const createCallPath = (options: CallPathOptions): CallPath => {
  const { transport, origin, propagates, prefix, tokens, bucketOf, observer, attemptMs, fused, random, scrub, now } =
    options;
  const breaker = createBreaker({
    windowMs: 1_000,
    minCalls: 10,
    failureRatio: 0.5,
    minOutageMs: 250,
    maxConsecutiveFailures: 5,
    probeIntervalMs: 1_000,
    minAttemptMs: 1_000,
    now,
  });
  const { onRequest, onUnreachable, onWait } = observer;
  const { observe, health } = createHealthObserver(breaker.isUnavailable);
  const coalescer = createCoalescer({ maxDeadlineGapMs: attemptMs });
  const bulkhead = createBulkhead({
    maxPerDevice: 8,
    maxOthers: 64,
    maxWaiting: 2_000,
    isOpen: breaker.isOpen,
    now,
    onWait: onWait && ((ms) => onWait("bulkhead", ms)),
  });
  const rateLimiter = createRateLimiter({
    bucketOf,
    isOpen: breaker.isOpen,
    now,
    wallClock: Date.now,
    random,
    onWait: onWait && ((ms) => onWait("rate", ms)),
  });
  breaker.onOpen(() => {
    bulkhead.releaseAll();
    rateLimiter.recheck();
  });
  const dispatch = createDispatch({
    transport,
    origin,
    propagates,
    prefix,
    attemptMs,
    now,
    observe,
    scrub,
    onRequest,
    onUnreachable,
  });

  const source: TokenSource = typeof tokens === "function" ? tokens : () => tokens;
  const checks = [breaker.failFast, bulkhead.layer, rateLimiter.layer, breaker.track];
  const perAttempt = [authorize(source), ...checks];
  const budget = createRetryBudget({ ratio: 0.1, reserve: 20 });
  const retries = retry({ maxAttempts: 3, baseDelayMs: 100, budget, random, now, sleep });
  const layers = chain([deadline({ now }), coalescer.layer, retries, ...perAttempt], dispatch.ask);
  const stream = chain(perAttempt, dispatch.stream);
  const again = chain(checks, dispatch.ask);
  // The normal path has made the first attempt. `retry` and `authorize` have to see its failure as if they had made it, so the first call
  // of both is answered from it.
  const resume = (attempt: Attempt, error: Error, used: Tokens): Promise<unknown> => {
    let isReplayed = false;
    const replayTokens: TokenSource = (refused) => (refused === undefined && !isReplayed ? used : source(refused));
    const replayFailure: Send = (next) => {
      if (isReplayed) return again(next);
      isReplayed = true;
      return Promise.reject(error);
    };
    return chain([retries, authorize(replayTokens)], replayFailure)(attempt);
  };
  const [wheel, hooks] = [createTimerWheel(now), createAbortHooks()];
  const parts = {
    tokens: source,
    coalescer,
    budget,
    breaker,
    bulkhead,
    rateLimiter,
    dispatch,
    layers,
    resume,
    wheel,
    hooks,
    now,
  };
  const ask = fused ? createNormalPath(parts) : layers;

  return {
    ask,
    stream,
    health,
    load: () => ({
      isOpen: breaker.isOpen(),
      openDevices: breaker.openDevices(),
      tokens: rateLimiter.tokens(),
      waiting: { bulkhead: bulkhead.waiting(), rate: rateLimiter.waiting() },
    }),
    renew: coalescer.renew,
    generation: coalescer.generation,
  };
};

const sleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
};
