import type { SimPunch } from "../state.ts";
import { DAY, formatWall, MINUTE, parseOffset, parseWall, SECOND } from "../time.ts";

export interface DayInput {
  readonly FromDate: string;
  readonly ToDate: string;
  readonly DayStart: string;
}

/** One working day as far as the range covers it, in wall clock. */
export interface WorkingDay {
  readonly date: string;
  readonly first: string;
  readonly last: string;
}

const dateOf = (wall: number): string => formatWall(wall).slice(0, 10);

/** The working days of a range. Bare dates name working days; a wall clock is a wall clock. */
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

/** A punch with the instant it was made at. */
export interface Stamp {
  readonly punch: SimPunch;
  readonly at: number;
}

/** One employee's punches of a day, by instant: an hour that comes twice must not turn them round. */
export const stamped = (punches: readonly SimPunch[]): readonly Stamp[] =>
  punches
    .map((punch) => ({ punch, at: parseWall(punch.AttendanceLog) - parseOffset(punch.UtcOffset) * MINUTE }))
    .toSorted((a, b) => a.at - b.at);

/** Without those that follow the one before, dropped or not, too closely. */
export const withoutEchoes = (stamps: readonly Stamp[], minRepeatSeconds: number): readonly Stamp[] =>
  stamps.filter(({ at }, index) => {
    const before = stamps[index - 1];
    return before === undefined || at - before.at >= minRepeatSeconds * SECOND;
  });

/** What a day comes to under a strategy. */
export interface DayResult {
  readonly firstIn: SimPunch | null;
  readonly lastOut: SimPunch | null;
  readonly workedMs: number;
  readonly breakMs: number;
  readonly complete: boolean;
}

const firstLast = (stamps: readonly Stamp[]): DayResult => {
  const first = stamps[0];
  const last = stamps.length > 1 ? stamps.at(-1) : undefined;
  return {
    firstIn: first?.punch ?? null,
    lastOut: last?.punch ?? null,
    workedMs: first === undefined || last === undefined ? 0 : last.at - first.at,
    breakMs: 0,
    complete: last !== undefined,
  };
};

interface Move extends Stamp {
  readonly isEntry: boolean;
}

/** Entries and exits in turn: an entry that another follows has no exit, and the reverse. */
const paired = (moves: readonly Move[]): DayResult => {
  let open: Move | undefined;
  let closed: Move | undefined;
  let workedMs = 0;
  let breakMs = 0;
  let complete = moves.length > 0;
  for (const move of moves) {
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
    firstIn: moves.find(({ isEntry }) => isEntry)?.punch ?? null,
    lastOut: moves.findLast(({ isEntry }) => !isEntry)?.punch ?? null,
    workedMs,
    breakMs,
    complete: complete && open === undefined,
  };
};

/** The three strategies of GetAttendanceSummary. */
export const STRATEGIES: Readonly<
  Record<"FirstLast" | "Actual" | "Alternate", (stamps: readonly Stamp[]) => DayResult>
> = {
  FirstLast: firstLast,
  Actual: (stamps) =>
    paired(
      stamps
        .filter(({ punch }) => punch.Direction !== "None")
        .map((stamp) => ({ ...stamp, isEntry: stamp.punch.Direction.endsWith("In") })),
    ),
  Alternate: (stamps) => paired(stamps.map((stamp, index) => ({ ...stamp, isEntry: index % 2 === 0 }))),
};
