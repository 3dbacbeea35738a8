import { GatewayError, type GatewayErrorCode } from "../errors.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { type Attempt, isRead, type Layer } from "./chain.ts";

export interface RetryOptions {
  /** Attempts at one read, the first one included. */
  readonly maxAttempts: number;
  /** The first pause is random, up to twice as long; each further one up to twice as long again. */
  readonly baseDelayMs: number;
  readonly budget: RetryBudget;
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const TRANSIENT_CODES: ReadonlySet<GatewayErrorCode> = new Set([
  "UPSTREAM_RATE_LIMITED",
  "UPSTREAM_UNAVAILABLE",
  "UPSTREAM_INVALID_RESPONSE",
]);

/** Whether a read that failed so may be sent again. */
export const isTransient = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && TRANSIENT_CODES.has(error.code) && error.facts.unsent !== true;

const isCancelled = ({ signal }: Attempt): boolean => signal?.aborted === true;

/**
 * Retries reads after a transient failure, with full jitter, never before Retry-After, never beyond the caller's deadline and
 * never beyond the budget. A write is sent once: a generic retry opens a door twice.
 */
export const retry =
  ({ maxAttempts: attempts, baseDelayMs, budget, random, now, sleep }: RetryOptions): Layer =>
  (next) =>
  async (attempt) => {
    if (!isRead(attempt)) return next(attempt);
    for (let failures = 0; ; ) {
      try {
        const answer = await next(failures === 0 ? attempt : { ...attempt, resends: failures });
        if (failures === 0) budget.deposit();
        return answer;
      } catch (error) {
        if (!isTransient(error)) throw error;
        if (failures === 0) budget.deposit();
        failures += 1;
        if (failures >= attempts || isCancelled(attempt)) throw error;
        const minDelayMs = (error.facts.retryAfterSeconds ?? 0) * 1000;
        const delayMs = minDelayMs + random() * baseDelayMs * 2 ** failures;
        if (now() + delayMs >= attempt.deadline || !budget.withdraw()) throw error;
        await sleep(delayMs, attempt.signal);
        if (isCancelled(attempt)) throw error;
      }
    }
  };
