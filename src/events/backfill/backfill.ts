import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../runtime/logger.ts";
import { writeInstant } from "../../contract/wall-clock.ts";
import { fillGap, type FillResult, type PunchCall } from "./fill.ts";
import { GapDetector } from "./gap-detector.ts";
import type { EventLog } from "../log/log.ts";

export interface BackfillOptions {
  readonly call: PunchCall;
  readonly log: EventLog;
  readonly logger: Logger;
  /** Milliseconds since 1970 UTC, by the clock of the gateway. */
  readonly now: () => number;
  /** After this time without an event the gateway is asked whether there should have been one. @default 10 minutes */
  readonly silenceMs?: number;
  /** Gaps are filled no further back than this. @default 31 days */
  readonly maxGapMs?: number;
  /** How often to check for a gap. @default 30_000 */
  readonly intervalMs?: number;
  /** The pause between two pages. @default 250 */
  readonly pauseMs?: number;
}

export interface Backfill {
  /**
   * Looks for a gap and fills it; null if there is no gap to fill now. Never rejects. A call while a check runs returns the
   * promise of that check.
   */
  readonly check: () => Promise<FillResult | null>;
  /** Checks now, and periodically. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How far the clocks of gateway and process may differ, and how long an event may be in transit. */
const MARGIN_MS = 5 * MINUTE_MS;

/**
 * Fills gaps in the log with punches that are read from the gateway: at the start, after the log was unavailable, and when
 * callbacks have fallen silent. Create it before callbacks are accepted: its creation time marks the end of the initial gap.
 */
export const createBackfill = (options: BackfillOptions): Backfill => {
  const { call, log, logger, now, silenceMs = 10 * MINUTE_MS, maxGapMs = 31 * DAY_MS } = options;
  const { intervalMs = 30_000, pauseMs = 250 } = options;
  const detector = new GapDetector({ call, log, now, silenceMs, maxGapMs });
  const stopping = new AbortController();
  let running: Promise<FillResult | null> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;

  /** Whether the last failure is so recent that nothing is tried. That it is to come says a clock that was set back meanwhile. */
  const isPaused = (): boolean => {
    const age = now() - failedAt;
    return age >= 0 && age < Math.min(intervalMs * 2 ** failures, silenceMs);
  };

  const detectAndFill = async (): Promise<FillResult | null> => {
    if (log.problem() !== null) {
      detector.markLogUnavailable();
      return null;
    }
    if (stopping.signal.aborted || isPaused()) return null;
    const gap = await detector.detect();
    if (gap === null) return null;
    const detectedAt = now();
    const range = { from: Math.max(gap.since - MARGIN_MS, detectedAt - maxGapMs), to: detectedAt + MARGIN_MS };
    const pause = () => delay(pauseMs, undefined, { signal: stopping.signal });
    const result = await fillGap({ call, log, ...range, now, pause });
    detector.markFilled(gap);
    failures = 0;
    const facts = { reason: gap.reason, from: writeInstant(range.from), to: writeInstant(range.to), ...result };
    if (result.recovered > 0) logger.warn(facts, "recovered missing events from the gateway");
    else if (result.unreadable > 0) logger.warn(facts, "the gateway reported punches that cannot be read");
    else logger.info(facts, "no events were missing");
    return result;
  };

  const retryLater = (error: unknown): null => {
    if (stopping.signal.aborted) return null;
    failures += 1;
    failedAt = now();
    logger.warn({ err: error, failures }, "the backfill failed and will be tried again");
    return null;
  };

  const check = (): Promise<FillResult | null> => {
    running ??= detectAndFill()
      .catch(retryLater)
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  return {
    check,
    start() {
      void check();
      timer = setInterval(() => void check(), intervalMs).unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
};
