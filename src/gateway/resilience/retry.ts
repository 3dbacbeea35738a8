import { GatewayError, type GatewayErrorCode } from "../errors.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { type Attempt, isRead, type Layer } from "./chain.ts";

export interface RetryOptions {
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly budget: RetryBudget;
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const PASSING: ReadonlySet<GatewayErrorCode> = new Set([
  "UPSTREAM_RATE_LIMITED",
  "UPSTREAM_UNAVAILABLE",
  "UPSTREAM_INVALID_RESPONSE",
]);

const isPassing = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && PASSING.has(error.code) && error.facts.unsent !== true;

const isGone = ({ signal }: Attempt): boolean => signal?.aborted === true;

/**
 * Sends reads again after a passing failure, with full jitter, never before Retry-After, never beyond the caller's deadline
 * and never beyond the budget. Whatever is no read goes through once: a generic retry opens a door twice.
 */
export const retry =
  ({ attempts, baseDelayMs, budget, random, now, sleep }: RetryOptions): Layer =>
  (next) =>
  async (attempt) => {
    if (!isRead(attempt)) return next(attempt);
    for (let failures = 0; ; ) {
      try {
        const answer = await next(attempt);
        if (failures === 0) budget.deposit();
        return answer;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (failures === 0) budget.deposit();
        failures += 1;
        if (failures >= attempts || isGone(attempt)) throw error;
        const atLeast = (error.facts.retryAfterSeconds ?? 0) * 1000;
        const delay = atLeast + random() * baseDelayMs * 2 ** failures;
        if (now() + delay >= attempt.deadline || !budget.withdraw()) throw error;
        await sleep(delay, attempt.signal);
        if (isGone(attempt)) throw error;
      }
    }
  };
