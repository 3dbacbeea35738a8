import type { Punch } from "../../contract/attendance.ts";
import type { Input, Output } from "../../contract/operations.ts";
import { eventsSince } from "../log/arrival.ts";
import { punchEvent, punchKey, punchTime } from "../ingress/decode/punch.ts";
import type { EventLog } from "../log/log.ts";

/** What healing asks of the gateway. */
export type PunchCall = <Name extends "GetAttendanceByDate" | "GetTodayAttendance">(
  name: Name,
  input: Input<Name>,
) => Promise<Output<Name>>;

/** Milliseconds since 1970 UTC, both ends included. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface FillOptions extends Gap {
  readonly call: PunchCall;
  readonly log: EventLog;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Awaited between two pages: the gateway has other callers. */
  readonly pause?: () => Promise<void>;
}

/** What came of it, in punches. */
export interface FillResult {
  /** Read from the gateway; more than lay in the hole. */
  readonly read: number;
  /** Appended, because nothing had told them. */
  readonly recovered: number;
  /** In the log already. */
  readonly known: number;
  /** Rows of the gateway that could not be read. */
  readonly unreadable: number;
}

const HOUR_MS = 3_600_000;
/** No device's clock is further from UTC. */
const ZONES_MS = 14 * HOUR_MS;
/** A day less than the gateway allows. */
const WINDOW_MS = 30 * 24 * HOUR_MS;
/** By how much the clocks of gateway, store and this process may differ. */
const SKEW_MS = 5 * 60_000;
const PAGE = 500;

/**
 * Reads the punches of a hole from the gateway, and appends those that no callback has told, in the order of each device's
 * clock. In the hole is what was made or received by the gateway within it. Safe to repeat.
 */
export const fillGap = async ({
  call,
  log,
  from,
  to,
  now,
  pause = async () => {},
}: FillOptions): Promise<FillResult> => {
  const told = new Set<string>();
  for await (const { key } of eventsSince(log, from - SKEW_MS)) told.add(key);
  let healed: FillResult = { read: 0, recovered: 0, known: 0, unreadable: 0 };
  for await (const { AttendanceLogs } of pagesOf(call, from - ZONES_MS, to + ZONES_MS, pause)) {
    const within = AttendanceLogs.filter((punch) => liesIn(punch, from, to));
    const missing = within.filter((punch) => !told.has(punchKey(punch)));
    const events = missing.map((punch) => punchEvent(punch, new Date(now()).toISOString(), true));
    const appended = events.length === 0 ? [] : await log.append(events);
    const recovered = appended.filter(({ duplicate }) => !duplicate).length;
    healed = {
      read: healed.read + AttendanceLogs.length,
      recovered: healed.recovered + recovered,
      known: healed.known + within.length - recovered,
      unreadable: healed.unreadable + AttendanceLogs.rejected,
    };
  }
  return healed;
};

/**
 * When a punch was made, as well as can be told. It was not made after it was received, whatever the device's clock says:
 * punches of a clock that is ahead were told before a hole that seems to hold them, and their keys may be forgotten since.
 */
export const receivedTimeOf = (punch: Punch): number | null => {
  const made = punchTime(punch);
  const received = punch.ReceivedTime === null ? null : Date.parse(punch.ReceivedTime);
  return made === null || received === null ? (made ?? received) : Math.min(made, received);
};

/** A punch that says neither when it was made nor when it was received may lie anywhere in the range that was read. */
const liesIn = (punch: Punch, from: number, to: number): boolean => {
  const moments = [receivedTimeOf(punch), punch.ReceivedTime === null ? null : Date.parse(punch.ReceivedTime)];
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 || known.some((moment) => moment >= from && moment <= to);
};

const toWall = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");

/** Page after page, one at a time, in the order of the devices' clocks. */
async function* pagesOf(
  call: PunchCall,
  first: number,
  last: number,
  pause: () => Promise<void>,
): AsyncGenerator<Output<"GetAttendanceByDate">> {
  for (let start = first; start <= last; start += WINDOW_MS) {
    const end = Math.min(start + WINDOW_MS - 1000, last);
    const range = { FromDate: toWall(start), ToDate: toWall(end), Sort: "Asc", Limit: PAGE } as const;
    const seen = new Set<string>();
    for (let OffSet = ""; ; ) {
      if (start > first || OffSet !== "") await pause();
      const page = await call("GetAttendanceByDate", OffSet === "" ? range : { ...range, OffSet });
      yield page;
      OffSet = page.OffSet ?? "";
      if (OffSet === "" || page.ReturnRowCount === 0 || seen.has(OffSet)) break;
      seen.add(OffSet);
    }
  }
}
