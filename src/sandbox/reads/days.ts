import type { SimPunch } from "../state.ts";
import { DAY, formatWall, MINUTE, parseOffset, parseWall, SECOND } from "../time.ts";

/** The range of a request and the time at which its working days start. */
export interface DayInput {
  readonly FromDate: string;
  readonly ToDate: string;
  readonly DayStart: string;
}

/** The part of a working day that the range covers, in wall-clock time. */
export interface WorkingDay {
  readonly date: string;
  readonly first: string;
  readonly last: string;
}

const dateOf = (wall: number): string => formatWall(wall).slice(0, 10);

/** Returns the working days of a range. Bare dates name working days; a wall-clock time is used as is. */
export const workingDays = ({ FromDate, ToDate, DayStart }: DayInput): readonly WorkingDay[] => {
  const start = parseWall(`1970-01-01 ${DayStart}:00`);
  const first = parseWall(FromDate) + (FromDate.length === 10 ? start : 0);
  const last = ToDate.length === 10 ? parseWall(ToDate) + start + DAY - SECOND : parseWall(ToDate);
  const days: WorkingDay[] = [];
  for (let date = parseWall(dateOf(first - start)); date + start <= last; date += DAY) {
    days.push({
      date: dateOf(date),
      first: formatWall(Math.max(first, date + start)),
      last: formatWall(Math.min(last, date + start + DAY - SECOND)),
    });
  }
  return days;
};

/** A punch with its instant. */
export interface TimedPunch {
  readonly punch: SimPunch;
  readonly at: number;
}

/** Sorts one employee's punches of a day by instant: an hour that occurs twice must not reverse them. */
export const byInstant = (punches: readonly SimPunch[]): readonly TimedPunch[] =>
  punches
    .map((punch) => ({ punch, at: parseWall(punch.AttendanceLog) - parseOffset(punch.UtcOffset) * MINUTE }))
    .toSorted((a, b) => a.at - b.at);

/** Removes punches that follow the previous one too closely, whether or not that one was removed. */
export const withoutRepeats = (punches: readonly TimedPunch[], minRepeatSeconds: number): readonly TimedPunch[] =>
  punches.filter(({ at }, index) => {
    const before = punches[index - 1];
    return before === undefined || at - before.at >= minRepeatSeconds * SECOND;
  });

/** The result of a day under a strategy. */
export interface DayResult {
  readonly firstIn: SimPunch | null;
  readonly lastOut: SimPunch | null;
  readonly workedMs: number;
  readonly breakMs: number;
  readonly complete: boolean;
}

const firstLast = (punches: readonly TimedPunch[]): DayResult => {
  const first = punches[0];
  const last = punches.length > 1 ? punches.at(-1) : undefined;
  return {
    firstIn: first?.punch ?? null,
    lastOut: last?.punch ?? null,
    workedMs: first === undefined || last === undefined ? 0 : last.at - first.at,
    breakMs: 0,
    complete: last !== undefined,
  };
};

interface PunchMove extends TimedPunch {
  readonly isEntry: boolean;
}

/** Pairs entries and exits: an entry followed by another entry has no exit, and vice versa. */
const paired = (punchMoves: readonly PunchMove[]): DayResult => {
  let open: PunchMove | undefined;
  let closed: PunchMove | undefined;
  let workedMs = 0;
  let breakMs = 0;
  let complete = punchMoves.length > 0;
  for (const move of punchMoves) {
    if (move.isEntry) {
      if (open !== undefined) complete = false;
      open = move;
      continue;
    }
    if (open === undefined) {
      complete = false;
      continue;
    }
    if (closed !== undefined) breakMs += open.at - closed.at;
    workedMs += move.at - open.at;
    closed = move;
    open = undefined;
  }
  return {
    firstIn: punchMoves.find(({ isEntry }) => isEntry)?.punch ?? null,
    lastOut: punchMoves.findLast(({ isEntry }) => !isEntry)?.punch ?? null,
    workedMs,
    breakMs,
    complete: complete && open === undefined,
  };
};

/** The three strategies of GetAttendanceSummary. */
export const STRATEGIES: Readonly<
  Record<"FirstLast" | "Actual" | "Alternate", (punches: readonly TimedPunch[]) => DayResult>
> = {
  FirstLast: firstLast,
  Actual: (punches) =>
    paired(
      punches
        .filter(({ punch }) => punch.Direction !== "None")
        .map((timed) => ({ ...timed, isEntry: timed.punch.Direction.endsWith("In") })),
    ),
  Alternate: (punches) => paired(punches.map((timed, index) => ({ ...timed, isEntry: index % 2 === 0 }))),
};
