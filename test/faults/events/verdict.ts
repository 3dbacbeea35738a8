import type { Ledger } from "./ledger.ts";
import type { Gap, Hole, ReaderRecord } from "./record.ts";

/** A time in which Redis may have lost events, or in which a gap may be reported although nothing is lost. */
export interface Loss {
  /** Times of `performance.now()`. */
  readonly from: number;
  readonly until: number;
  /** How long before `from` an event can have been acknowledged that is lost; null if only a gap may be reported. */
  readonly reachMs: number | null;
}

export interface ReaderVerdict {
  readonly reader: string;
  readonly received: number;
  /** Acknowledged events that the reader did not get, without a gap that says so. */
  readonly lost: number;
  /** Acknowledged events that the reader did not get, behind a gap. */
  readonly missing: number;
  readonly doubled: number;
  /** Events that came again, as docs/events.md says: Redis lost them before they were acknowledged, or they are behind a gap. */
  readonly again: number;
  readonly outOfOrder: number;
  /** Events whose `previousCursor` is wrong, and events that nobody sent. */
  readonly wrong: number;
  readonly gapsReported: number;
  /** The minimum number of gaps that explains what is missing. */
  readonly gapsDue: number;
  /** Gaps that are neither due nor explained by a restart or a change of the log. */
  readonly gapsWithoutReason: number;
}

/** How many gaps one loss may cause: each of three instances may begin a new epoch, and an event may stand for one that came late. */
const GAPS_PER_LOSS = 4;

export interface Evidence {
  readonly ledger: Ledger;
  readonly losses: readonly Loss[];
  /** Whether gaps without a reason are counted. Where the log is short, a cursor may be behind it although nothing is missing. */
  readonly needsReasons: boolean;
  /** For a reader that reads the log from its beginning, without a cursor. */
  readonly log?: {
    /** A reader that was there all the time: its gaps say what the log lost. */
    readonly witness: ReaderRecord;
    /** Whether the log retains every event of the run. */
    readonly isWhole: boolean;
  };
}

/** Whether an event may be lost behind a gap that was reported before its place. It is so if the log begins a new epoch. */
const isLostIn = (losses: readonly Loss[], acknowledgedAt: number, gapTimes: readonly number[]): boolean =>
  losses.some(
    ({ from, until, reachMs }) =>
      reachMs !== null &&
      from - reachMs <= acknowledgedAt &&
      acknowledgedAt <= until &&
      gapTimes.some((at) => at >= from && at >= acknowledgedAt),
  );

/**
 * Whether a gap stands for an event. It does not if the event was sent first after the one that follows the gap was acknowledged: then it
 * stands behind the gap. When it was acknowledged says nothing, because it may have been in the log for a long time by then.
 */
const standsFor = (gap: Gap | null, sentAt: number, { devices }: Ledger): boolean => {
  if (gap === null) return false;
  const nextAt = gap.next === null ? gap.at : devices[gap.next.device]?.acknowledgedAt[gap.next.number];
  return nextAt === undefined || sentAt < nextAt;
};

/** The minimum number of places such that each hole has one of them: places after the last event before it. */
const placesFor = (holes: readonly Hole[]): readonly number[] => {
  const places: number[] = [];
  for (const { after, before } of holes.toSorted((a, b) => a.before - b.before))
    if ((places.at(-1) ?? 0) <= after) places.push(before);
  return places;
};

/** Counts gaps for which there is no loss before them; one loss explains a few. */
const countWithoutReason = (times: readonly number[], losses: readonly Loss[]): number => {
  const reasons = losses
    .flatMap(({ from }) => Array.from({ length: GAPS_PER_LOSS }, () => from))
    .toSorted((a, b) => a - b);
  let used = 0;
  let unexplained = 0;
  for (const at of times.toSorted((a, b) => a - b)) {
    if ((reasons[used] ?? Number.POSITIVE_INFINITY) <= at) used += 1;
    else unexplained += 1;
  }
  return unexplained;
};

/** Compares what a reader received with what was acknowledged. */
export const judgeReader = (record: ReaderRecord, evidence: Evidence): ReaderVerdict => {
  const { ledger, losses, needsReasons, log } = evidence;
  let [lost, missing, doubled, again] = [0, 0, 0, 0];
  const holes: Hole[] = [];
  const gapTimes = (log?.witness ?? record).gaps.map(({ at }) => at);
  for (const hole of record.holes) {
    if (log?.isWhole === false && hole.after === 0) continue;
    let isHole = false;
    const { acknowledgedAt = [], firstSentAt = [] } = ledger.devices[hole.device] ?? {};
    for (let number = hole.from; number <= hole.to; number += 1) {
      const at = acknowledgedAt[number];
      if (at === undefined || !record.selects(hole.device, number) || record.has(hole.device, number)) continue;
      isHole = true;
      if (standsFor(hole.gap, firstSentAt[number] ?? at, ledger) || isLostIn(losses, at, gapTimes)) missing += 1;
      else lost += 1;
    }
    if (isHole) holes.push(hole);
  }
  for (const { device, number, isBehindGap } of record.repeats) {
    const { attempts = [], firstSentAt = [], acknowledgedAt = [] } = ledger.devices[device] ?? {};
    const [sentAt = 0, doneAt = Number.POSITIVE_INFINITY] = [firstSentAt[number], acknowledgedAt[number]];
    const isSentAgain =
      (attempts[number] ?? 0) > 1 &&
      losses.some(({ from, until, reachMs }) => reachMs !== null && from <= doneAt && until >= sentAt);
    if (isBehindGap || isSentAgain) again += 1;
    else doubled += 1;
  }
  const isInHole = (place: number) => holes.some(({ after, before }) => after < place && place <= before);
  const others = record.gaps.filter(({ place }) => !isInHole(place)).map(({ at }) => at);
  return {
    reader: record.name,
    received: record.received,
    lost,
    missing,
    doubled,
    again,
    outOfOrder: record.outOfOrder,
    wrong: record.broken + record.foreign,
    gapsReported: record.gaps.length,
    gapsDue: placesFor(holes).length,
    gapsWithoutReason: needsReasons ? countWithoutReason(others, losses) : 0,
  };
};

export const isKept = ({ lost, doubled, outOfOrder, wrong, gapsWithoutReason }: ReaderVerdict): boolean =>
  lost + doubled + outOfOrder + wrong + gapsWithoutReason === 0;
