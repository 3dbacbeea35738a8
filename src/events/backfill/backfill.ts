import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../runtime/logger.ts";
import { lastArrival, lastArrivalBefore } from "../log/arrival.ts";
import { toInstant } from "../ingress/decode/time.ts";
import { fillGap, type FillResult, receivedTimeOf, type PunchCall } from "./fill.ts";
import type { EventLog } from "../log/log.ts";

export interface BackfillOptions {
  readonly call: PunchCall;
  readonly log: EventLog;
  readonly logger: Logger;
  /** Milliseconds since 1970 UTC, by the clock that the gateway goes by. */
  readonly now: () => number;
  /** After so long without an event the gateway is asked whether there should have been any. */
  readonly silenceMs?: number;
  /** No further back than this. */
  readonly longestHoleMs?: number;
  /** How often it is looked whether there is something to heal. */
  readonly everyMs?: number;
  /** Between two pages. */
  readonly pauseMs?: number;
}

export interface Backfill {
  /** Looks for a hole and heals it; null where there is none to be healed now. Never rejects; a second call waits for the first. */
  readonly check: () => Promise<FillResult | null>;
  /** Checks now, and from time to time. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

type Reason = "start" | "log was unavailable" | "silence";

interface Suspicion {
  readonly reason: Reason;
  /** Since when events may be missing. */
  readonly since: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** By how much the clocks of gateway and process may differ, and how long an event is under way. */
const MARGIN_MS = 5 * MINUTE_MS;
const LATEST = 100;

/**
 * Heals holes in the log: at the start, after the log could not be reached, and when callbacks have gone quiet. To be made
 * before the first callback can come: what came earlier than it was made is the near edge of the hole at the start.
 */
export const createBackfill = (options: BackfillOptions): Backfill => {
  const { call, log, logger, now, silenceMs = 10 * MINUTE_MS, longestHoleMs = 31 * DAY_MS } = options;
  const { everyMs = 30_000, pauseMs = 250 } = options;
  const startedAt = now();
  const stopping = new AbortController();
  let running: Promise<FillResult | null> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let fresh = true;
  let troubledSince: number | null = null;
  let lookedAt = startedAt;
  let failures = 0;
  let notBefore = 0;

  const wentQuiet = async (last: number): Promise<boolean> => {
    if (now() - Math.max(last, lookedAt) < silenceMs) return false;
    const { AttendanceLogs } = await call("GetTodayAttendance", { Sort: "Desc", Limit: LATEST });
    lookedAt = now();
    return AttendanceLogs.some((punch) => (receivedTimeOf(punch) ?? 0) > last);
  };

  const suspicion = async (): Promise<Suspicion | null> => {
    if (fresh) {
      const since = await lastArrivalBefore(log, startedAt, longestHoleMs);
      if (since !== null) return { reason: "start", since };
      fresh = false;
    }
    if (troubledSince !== null) return { reason: "log was unavailable", since: troubledSince };
    const since = (await lastArrival(log)) ?? startedAt;
    return (await wentQuiet(since)) ? { reason: "silence", since } : null;
  };

  const look = async (): Promise<FillResult | null> => {
    if (log.problem() !== null) {
      troubledSince ??= now();
      return null;
    }
    if (stopping.signal.aborted || now() < notBefore) return null;
    const found = await suspicion();
    if (found === null) return null;
    const moment = now();
    const hole = { from: Math.max(found.since - MARGIN_MS, moment - longestHoleMs), to: moment + MARGIN_MS };
    const pause = () => delay(pauseMs, undefined, { signal: stopping.signal });
    const healed = await fillGap({ call, log, ...hole, now, pause });
    if (found.reason === "start") fresh = false;
    else if (found.reason === "log was unavailable") troubledSince = null;
    failures = 0;
    const facts = { reason: found.reason, from: toInstant(hole.from), to: toInstant(hole.to), ...healed };
    if (healed.recovered > 0) logger.warn(facts, "events were missing and are recovered");
    else logger.info(facts, "no events were missing");
    return healed;
  };

  const fail = (error: unknown): null => {
    if (stopping.signal.aborted) return null;
    failures += 1;
    notBefore = now() + Math.min(everyMs * 2 ** failures, silenceMs);
    logger.warn({ err: error, failures }, "healing failed, and is tried again");
    return null;
  };

  const check = (): Promise<FillResult | null> => {
    running ??= look()
      .catch(fail)
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  return {
    check,
    start() {
      void check();
      timer = setInterval(() => void check(), everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
};
