import { GatewayError } from "../../errors.ts";
import type { HttpHeaders } from "../../transport.ts";

/** What the end of a call shows about the bucket. */
export interface RateObservation {
  /** The limit that the gateway advertised in headers; null if it did not. */
  readonly advertised: { readonly limit: number; readonly remaining: number; readonly perMs: number } | null;
  /** How long the gateway accepts no further call, in milliseconds; null if it did not refuse the call. */
  readonly retryAfterMs: number | null;
}

export interface EndedCall {
  /** Headers of the answer; null if there was no answer. */
  readonly headers: HttpHeaders | null;
  readonly error: unknown;
}

/** How long a gateway that refuses without Retry-After is left alone. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;
const MAX_RETRY_AFTER_MS = 86_400_000;
/** Before it is measured, a bucket is assumed to fill up in two seconds. */
const PRIOR_SECONDS = 0.5;
const DECAY = 0.1;
/** If the clocks differ by more than this, the gateway's own clock is used, although it shows whole seconds only. */
const MAX_SKEW_MS = 2_000;
/** A reset more than this many seconds away, in the past or future, is ignored. */
const MAX_RESET_SECONDS = 3_600;

interface AdvertisedLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the bucket is full. */
  readonly fullInSeconds: number;
}

/**
 * Creates a reader of what answers show about the bucket of one AuthToken. The gateway reports how fast the bucket fills only in
 * whole seconds and whole tokens, so the rate is the slope through many answers; those of an emptier bucket weigh more.
 */
export const createRateObserver = (wallClock: () => number): ((call: EndedCall) => RateObservation) => {
  const gatewayTime = createGatewayClock(wallClock);
  let tokens: number | null = null;
  let seconds = PRIOR_SECONDS;

  const perMsFrom = ({ limit, remaining, fullInSeconds }: AdvertisedLimit): number => {
    tokens ??= (limit / 2) * PRIOR_SECONDS;
    if (remaining < limit && fullInSeconds > 0) {
      // Both are rounded up to the next whole number.
      const missing = Math.max(1, limit - remaining - 0.5);
      const weight = (missing / limit) ** 2;
      tokens = tokens * (1 - DECAY * weight) + weight * missing;
      seconds = seconds * (1 - DECAY * weight) + weight * Math.max(fullInSeconds / 4, fullInSeconds - 0.5);
    }
    return tokens / seconds / 1000;
  };

  return ({ headers, error }) => {
    const limit = headers === null ? null : readAdvertisedLimit(headers, gatewayTime(headers));
    const isRefused =
      error instanceof GatewayError &&
      error.code === "UPSTREAM_RATE_LIMITED" &&
      error.facts.status !== "operationInProgress" &&
      // If calls are left, the gateway refuses this operation and not this AuthToken.
      (limit === null || limit.remaining === 0);
    const retryAfterSeconds = isRefused ? (error.facts.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS) : null;
    return {
      advertised: limit === null ? null : { limit: limit.limit, remaining: limit.remaining, perMs: perMsFrom(limit) },
      retryAfterMs: retryAfterSeconds === null ? null : Math.min(MAX_RETRY_AFTER_MS, retryAfterSeconds * 1000),
    };
  };
};

const readAdvertisedLimit = (headers: HttpHeaders, time: number): AdvertisedLimit | null => {
  const limit = parseWholeNumber(headers["x-ratelimit-limit"]);
  const remaining = parseWholeNumber(headers["x-ratelimit-remaining"]);
  const reset = parseWholeNumber(headers["x-ratelimit-reset"]);
  if (limit === null || remaining === null || limit < 1 || remaining > limit) return null;
  const fullInSeconds = (reset === null ? undefined : secondsUntil(reset, time / 1000)) ?? limit - remaining;
  return { limit, remaining: fullInSeconds <= 0 ? limit : remaining, fullInSeconds };
};

/** Reads a reset: in seconds since 1970, as the contract says, in milliseconds or from now on; undefined if none of them can be meant. */
const secondsUntil = (reset: number, now: number): number | undefined =>
  [reset - now, reset / 1000 - now, reset].find((seconds) => Math.abs(seconds) <= MAX_RESET_SECONDS);

/** Returns the time at the gateway, in milliseconds since 1970 UTC; its Date header changes only once a second. */
const createGatewayClock = (wallClock: () => number): ((headers: HttpHeaders) => number) => {
  let lastDate: string | undefined;
  let skewMs = 0;
  return ({ date: header }) => {
    const date = firstValue(header);
    if (date !== lastDate) {
      lastDate = date;
      const skew = Date.parse(date ?? "") + 500 - wallClock();
      skewMs = Math.abs(skew) > MAX_SKEW_MS ? skew : 0;
    }
    return wallClock() + skewMs;
  };
};

/** Of a header that is sent twice, the first value counts. */
const firstValue = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** Reads a header as an integer of at most 15 digits; null if it is missing or something else. */
export const parseWholeNumber = (value: string | string[] | undefined): number | null => {
  const text = firstValue(value) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
};
