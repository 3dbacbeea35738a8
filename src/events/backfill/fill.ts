import type { Punch } from "../../contract/attendance.ts";
import type { CallOperation, Output } from "../../contract/operations.ts";
import { isLastPage, MAX_PAGES } from "../../contract/pages.ts";
import { readableOrNull } from "../../contract/unreadable.ts";
import { writeWallClock } from "../../contract/wall-clock.ts";
import { eventsSince } from "../log/arrival.ts";
import { punchKey, punchTime, recoveredPunch } from "../ingress/decode/punch.ts";
import type { EventLog } from "../log/log.ts";

/** The calls of the gateway that a backfill needs. */
export type PunchCall = CallOperation<"GetAttendanceByDate" | "GetTodayAttendance">;

/** Milliseconds since 1970 UTC, both ends included. */
interface FillRange {
  readonly from: number;
  readonly to: number;
}

export interface FillOptions extends FillRange {
  readonly call: PunchCall;
  readonly log: EventLog;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Awaited between two pages, because the gateway has other callers. @default no pause */
  readonly pause?: () => Promise<void>;
}

/** Result of a backfill, in punches. */
export interface FillResult {
  /** Read from the gateway; more than the gap contains. */
  readonly read: number;
  /** Appended, because the log did not have them. */
  readonly recovered: number;
  /** In the log already. */
  readonly known: number;
  /** Rows of the gateway that could not be decoded. */
  readonly unreadable: number;
}

const HOUR_MS = 3_600_000;
/** No device's clock is further from UTC. */
const MAX_ZONE_MS = 14 * HOUR_MS;
/** A week: `MAX_PAGES` would be too few for the punches of a month in a large organization. */
const MAX_RANGE_MS = 7 * 24 * HOUR_MS;
/** How far the clocks of gateway, store and this process may differ. */
const SKEW_MS = 5 * 60_000;
const PAGE_SIZE = 500;

/**
 * Reads the punches of a gap from the gateway, and appends those that no callback has delivered, in the order of each device's
 * clock. The gap contains the punches that were made, or received by the gateway, within it. Safe to repeat. Rejects if the pages do
 * not end.
 */
export const fillGap = async ({
  call,
  log,
  from,
  to,
  now,
  pause = async () => {},
}: FillOptions): Promise<FillResult> => {
  const knownKeys = new Set<string>();
  for await (const { key } of eventsSince(log, from - SKEW_MS)) knownKeys.add(key);
  let result: FillResult = { read: 0, recovered: 0, known: 0, unreadable: 0 };
  for await (const { AttendanceLogs } of pagesOf(call, from - MAX_ZONE_MS, to + MAX_ZONE_MS, pause)) {
    const within = AttendanceLogs.filter((punch) => isWithin(punch, from, to));
    const missing = within.filter((punch) => !knownKeys.has(punchKey(punch)));
    const events = missing.map((punch) => recoveredPunch(punch, new Date(now()).toISOString()));
    const appended = events.length === 0 ? [] : await log.append(events);
    const recovered = appended.filter(({ duplicate }) => !duplicate).length;
    result = {
      read: result.read + AttendanceLogs.length,
      recovered: result.recovered + recovered,
      known: result.known + within.length - recovered,
      unreadable: result.unreadable + AttendanceLogs.rejected,
    };
  }
  return result;
};

/** When the gateway received a punch, in milliseconds since 1970 UTC, whatever the device's clock says; null if it does not say so. */
export const receiptOf = ({ ReceivedTime }: Punch): number | null => {
  const readable = readableOrNull(ReceivedTime);
  return readable === null ? null : Date.parse(readable);
};

/**
 * When a punch was made, as precisely as is known. It was not made after it was received, whatever the device's clock says:
 * punches of a clock that is ahead were delivered before a gap that seems to contain them, and the log may have forgotten
 * their keys since.
 */
const punchInstant = (punch: Punch): number | null => {
  const made = punchTime(punch);
  const received = receiptOf(punch);
  return made === null || received === null ? (made ?? received) : Math.min(made, received);
};

/** A punch that says neither when it was made nor when it was received may lie anywhere in the range that was read. */
const isWithin = (punch: Punch, from: number, to: number): boolean => {
  const instants = [punchInstant(punch), receiptOf(punch)];
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 || known.some((instant) => instant >= from && instant <= to);
};

/** Reads page after page, one at a time, in the order of the devices' clocks. Throws if the pages do not end. */
async function* pagesOf(
  call: PunchCall,
  first: number,
  last: number,
  pause: () => Promise<void>,
): AsyncGenerator<Output<"GetAttendanceByDate">> {
  for (let start = first; start <= last; start += MAX_RANGE_MS) {
    const end = Math.min(start + MAX_RANGE_MS - 1000, last);
    const range = {
      FromDate: writeWallClock(start),
      ToDate: writeWallClock(end),
      Sort: "Asc",
      Limit: PAGE_SIZE,
    } as const;
    const visited = new Set<string>();
    for (let OffSet = ""; ; ) {
      if (start > first || OffSet !== "") await pause();
      const page = await call("GetAttendanceByDate", OffSet === "" ? range : { ...range, OffSet });
      yield page;
      if (isLastPage(page, page.AttendanceLogs.length, visited)) break;
      if (visited.size > MAX_PAGES.all) throw new Error("The pages of GetAttendanceByDate do not end.");
      OffSet = page.OffSet ?? "";
      visited.add(OffSet);
    }
  }
}
