import { GatewayError } from "../../errors.ts";
import type { HttpHeaders } from "../../transport.ts";
import type { RateObservation } from "./bucket-state.ts";

export interface Ended {
  /** Of the answer; null where there was none. */
  readonly headers: HttpHeaders | null;
  readonly error: unknown;
}

/** A gateway that refuses without saying for how long is left alone for so long. */
const LEAST_SECONDS = 1;
const LONGEST_MS = 86_400_000;
/** Before it is measured, a bucket is taken to fill up in two seconds. */
const PRIOR_SECONDS = 0.5;
const FORGETTING = 0.1;
/** Clocks that differ by more are not compared: the gateway's own is taken, which tells whole seconds. */
const SKEW_MS = 2_000;

interface Told {
  readonly limit: number;
  readonly remaining: number;
  /** Until the bucket is full, in seconds. */
  readonly fullIn: number;
}

/**
 * Reads what answers tell of the bucket of one token. How fast it fills is told only through whole seconds and whole tokens, so
 * it is the slope through many answers; those of an emptier bucket tell more.
 */
export const createRateObserver = (wallClock: () => number): ((ended: Ended) => RateObservation) => {
  const timeOf = createGatewayClock(wallClock);
  let tokens: number | null = null;
  let seconds = PRIOR_SECONDS;

  const perMs = ({ limit, remaining, fullIn }: Told): number => {
    tokens ??= (limit / 2) * PRIOR_SECONDS;
    if (remaining < limit && fullIn > 0) {
      // Each is rounded up to the next whole one.
      const missing = Math.max(1, limit - remaining - 0.5);
      const weight = (missing / limit) ** 2;
      tokens = tokens * (1 - FORGETTING * weight) + weight * missing;
      seconds = seconds * (1 - FORGETTING * weight) + weight * Math.max(fullIn / 4, fullIn - 0.5);
    }
    return tokens / seconds / 1000;
  };

  return ({ headers, error }) => {
    const told = headers === null ? null : readTold(headers, timeOf(headers));
    const isRefused =
      error instanceof GatewayError &&
      error.code === "UPSTREAM_RATE_LIMITED" &&
      error.facts.status !== "operationInProgress" &&
      // Calls are left: it refuses this operation, not this token.
      (told === null || told.remaining === 0);
    return {
      told: told === null ? null : { limit: told.limit, remaining: told.remaining, perMs: perMs(told) },
      refusedMs: isRefused ? Math.min(LONGEST_MS, (error.facts.retryAfterSeconds ?? LEAST_SECONDS) * 1000) : null,
    };
  };
};

const readTold = (headers: HttpHeaders, time: number): Told | null => {
  const limit = parseWholeNumber(headers["x-ratelimit-limit"]);
  const remaining = parseWholeNumber(headers["x-ratelimit-remaining"]);
  const reset = parseWholeNumber(headers["x-ratelimit-reset"]);
  if (limit === null || remaining === null || limit < 1 || remaining > limit) return null;
  const fullIn = reset === null ? limit - remaining : reset - time / 1000;
  return { limit, remaining: fullIn <= 0 ? limit : remaining, fullIn };
};

/** What time it is at the gateway, in milliseconds since 1970 UTC; its date changes once a second only. */
const createGatewayClock = (wallClock: () => number): ((headers: HttpHeaders) => number) => {
  let seen: string | undefined;
  let skewMs = 0;
  return ({ date }) => {
    const text = first(date);
    if (text !== seen) {
      seen = text;
      const skew = Date.parse(text ?? "") + 500 - wallClock();
      skewMs = Math.abs(skew) > SKEW_MS ? skew : 0;
    }
    return wallClock() + skewMs;
  };
};

/** A header that came twice counts as it came first. */
const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

export const parseWholeNumber = (value: string | string[] | undefined): number | null => {
  const text = first(value) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
};
