import { lastArrival, lastArrivalBefore } from "../log/arrival.ts";
import type { EventLog } from "../log/log.ts";
import { punchTime } from "../ingress/decode/punch.ts";
import { type PunchCall, receiptOf } from "./fill.ts";

export interface GapDetectorOptions {
  readonly call: PunchCall;
  readonly log: EventLog;
  /** Milliseconds since 1970 UTC, by the clock of the gateway. */
  readonly now: () => number;
  readonly silenceMs: number;
  readonly maxGapMs: number;
}

/** A time in which events may be missing from the log, until now. */
export interface SuspectedGap {
  readonly reason: "start" | "log was unavailable" | "silence";
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
}

const LATEST_PUNCHES = 100;

/**
 * Suspects gaps for three reasons, in this order: the time before the process started, until it was filled; a time in which the
 * log was unavailable, until it was filled; and a silence in which the gateway received punches.
 *
 * Create it before callbacks are accepted: its creation time marks the end of the initial gap.
 */
export class GapDetector {
  readonly #options: GapDetectorOptions;
  readonly #startedAt: number;
  #isInitialGapOpen = true;
  /** When the log was first seen unavailable; null if that time is filled. */
  #unavailableSince: number | null = null;
  /** When the gateway was last asked about a silence. */
  #askedAt: number;

  constructor(options: GapDetectorOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#askedAt = this.#startedAt;
  }

  /** Notes that the log is unavailable now. */
  markLogUnavailable(): void {
    this.#unavailableSince ??= this.#options.now();
  }

  /** Returns the next gap to fill; null if no gap is suspected. */
  async detect(): Promise<SuspectedGap | null> {
    const { log, maxGapMs } = this.#options;
    if (this.#isInitialGapOpen) {
      const since = await lastArrivalBefore(log, this.#startedAt, maxGapMs);
      if (since !== null) return { reason: "start", since };
      this.#isInitialGapOpen = false;
    }
    if (this.#unavailableSince !== null) return { reason: "log was unavailable", since: this.#unavailableSince };
    const since = (await lastArrival(log)) ?? this.#startedAt;
    const begin = await this.#beginOfNewerThan(since);
    return begin === null ? null : { reason: "silence", since: begin };
  }

  /** Notes that a gap is filled. */
  markFilled({ reason }: SuspectedGap): void {
    if (reason === "start") this.#isInitialGapOpen = false;
    else if (reason === "log was unavailable") this.#unavailableSince = null;
  }

  /**
   * Null unless events have been silent for long and the gateway has received punches meanwhile. Otherwise the gap begins with the last
   * event, or when the first of these punches was made, if that was earlier: a clock may be slow, and a terminal may have been offline.
   */
  async #beginOfNewerThan(last: number): Promise<number | null> {
    const { call, now, silenceMs } = this.#options;
    if (now() - Math.max(last, this.#askedAt) < silenceMs) return null;
    const { AttendanceLogs } = await call("GetTodayAttendance", { Sort: "Desc", Limit: LATEST_PUNCHES });
    this.#askedAt = now();
    const newer = AttendanceLogs.filter((punch) => (receiptOf(punch) ?? punchTime(punch) ?? 0) > last);
    return newer.length === 0 ? null : Math.min(last, ...newer.map((punch) => punchTime(punch) ?? last));
  }
}
