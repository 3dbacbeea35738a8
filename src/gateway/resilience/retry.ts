import { OPERATIONS } from "../../contract/operations.ts";
import { GatewayError, type GatewayErrorCode } from "../errors.ts";
import type { Layer } from "./send.ts";

export interface RetryOptions {
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const PASSING: ReadonlySet<GatewayErrorCode> = new Set([
  "UPSTREAM_RATE_LIMITED",
  "UPSTREAM_UNAVAILABLE",
  "UPSTREAM_INVALID_RESPONSE",
]);

/**
 * Sends reads again after a passing failure, with full jitter, never before Retry-After and never beyond the caller's
 * deadline. Whatever is no read goes through once: a generic retry opens a door twice.
 */
export const retry =
  ({ attempts, baseDelayMs, random, now, sleep }: RetryOptions): Layer =>
  (next) =>
  async (attempt) => {
    if (OPERATIONS[attempt.request.operation].safety !== "read") return next(attempt);
    for (let failures = 0; ; ) {
      try {
        return await next(attempt);
      } catch (error) {
        failures += 1;
        if (!(error instanceof GatewayError) || !PASSING.has(error.code) || failures >= attempts) throw error;
        const atLeast = (error.facts.retryAfterSeconds ?? 0) * 1000;
        const delay = atLeast + random() * baseDelayMs * 2 ** failures;
        if (attempt.signal?.aborted === true || now() + delay >= attempt.deadline) throw error;
        await sleep(delay, attempt.signal);
      }
    }
  };
