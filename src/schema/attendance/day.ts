import type { GraphQLResolveInfo } from "graphql";
import { atOffset, dayAfter, type WallClock } from "../../contract/clock-text.ts";
import { UNREADABLE } from "../../contract/unreadable.ts";
import type { SummaryStrategy } from "../../contract/vocabulary.ts";
import { type Day, type DayQuery, readDays } from "../../loaders/day.ts";
import { badUserInput, withCallerErrors } from "../kernel/arguments.ts";
import { type Connection, connectionOf, pageSize, parseKeyCursor, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { requireReadable } from "../kernel/facts.ts";
import { isPassed, selectedInRows } from "../kernel/selection.ts";
import type { DaySource, MarkSource } from "./refs.ts";

interface DayArguments {
  readonly from: string;
  readonly to: string;
  readonly strategy: (typeof SummaryStrategy.values)[number];
  readonly dayStart: string;
  readonly minRepeatSeconds: number;
  readonly includeAbsent: boolean;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** The fields of a day that only GetAttendanceSummary returns. */
const SUMMARY_FIELDS = ["status", "workedMinutes", "breakMinutes", "hours"];
/** The arguments that only GetAttendanceSummary respects. A caller who passes one gets it respected, whatever is selected. */
const SUMMARY_ARGUMENTS = ["strategy", "minRepeatSeconds", "includeAbsent"];

/**
 * Chooses the cheaper operation that answers a selection: GetFirstInLastOut returns the first entry and the last exit, and
 * everything else takes GetAttendanceSummary.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the period is empty.
 */
export const dayQuery = (args: DayArguments, info: GraphQLResolveInfo): DayQuery => {
  if (args.to < args.from) throw badUserInput("to", `\`to\` must not be earlier than \`from\`; received ${args.to}.`);
  const range = { FromDate: args.from, ToDate: args.to, DayStart: args.dayStart };
  const selected = selectedInRows(info);
  const needsSummary = isPassed(info, SUMMARY_ARGUMENTS) || SUMMARY_FIELDS.some((name) => selected.has(name));
  if (!needsSummary) return { hours: false, ...range };
  return {
    hours: true,
    ...range,
    Strategy: args.strategy,
    MinRepeatSeconds: args.minRepeatSeconds,
    IncludeAbsent: args.includeAbsent,
  };
};

/** A page of the days of all users, or of the users with these codes. */
export const accountDays = (
  query: DayQuery,
  codes: readonly string[] | undefined,
  args: DayArguments,
  context: Context,
): Promise<Connection<DaySource>> => {
  const filter = codes === undefined ? {} : { EmployeeCode: [...codes] };
  return readConnection(args, async (paging) => {
    const { days, ...page } = await withCallerErrors(args, () =>
      readDays(context.loaders.callOnce, { ...query, ...filter, ...paging }),
    );
    return { ...page, rows: days.map(computedBy(query)) };
  });
};

const computedBy = (query: DayQuery) => {
  const rules = query.hours ? [query.Strategy, query.MinRepeatSeconds] : [];
  const computedWith = [query.DayStart, ...rules].join("/");
  return (day: Day): DaySource => ({ ...day, computedWith, dayStart: query.DayStart ?? "00:00" });
};

/** A page of the days of one user, read together with those of others where that is cheaper. The cursor of a day is its date. */
export const userDays = async (
  EmployeeCode: string,
  query: DayQuery,
  args: DayArguments,
  { loaders }: Context,
): Promise<Connection<DaySource>> => {
  const size = pageSize(args.first);
  const afterDate = parseKeyCursor(args.after);
  const FromDate = afterDate === undefined ? query.FromDate : dayAfter(afterDate);
  if (FromDate > query.ToDate) return connectionOf<DaySource>([], dateOf, { hasNextPage: false, totalCount: null });
  // Of a single day nobody can see in which order the gateway lists them.
  const key = { EmployeeCode, query: { ...query, FromDate, Limit: Math.max(size, 2) } };
  const { days, total, more } = await withCallerErrors(args, () => loaders.userDays.load(key));
  return connectionOf(days.slice(0, size).map(computedBy(query)), dateOf, {
    hasNextPage: more || days.length > size,
    totalCount: afterDate === undefined ? total : null,
  });
};

const dateOf = (day: Day): string => day.Date;

/** The worked time of a day in hours; null if the gateway reports neither hours nor minutes. */
export const hoursOf = ({ Hours, WorkedMinutes }: Day): number | null =>
  Hours ?? (WorkedMinutes == null ? null : Math.round((WorkedMinutes * 100) / 60) / 100);

const TIME_LENGTH = "09:00:00".length;

/** The time on the clock with its day. A time alone before the beginning of the working day is on the day after. */
const dated = ({ wall, offset }: WallClock, { Date, dayStart }: DaySource): WallClock => ({
  wall: wall.length > TIME_LENGTH ? wall : `${wall < dayStart ? dayAfter(Date) : Date} ${wall}`,
  offset,
});

/** The same on the device's clock, whose offset the day says. A time that has a zone is the instant that it says. */
const onClock = (clock: WallClock, { UtcOffset }: DaySource): WallClock =>
  (UtcOffset === null ? null : atOffset(clock, UtcOffset)) ?? clock;

/**
 * The first entry of a day; null if it has none.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway reports one that cannot be read.
 */
export const firstIn = (day: DaySource): MarkSource | null => {
  const clock = requireReadable(day.FirstIn, "firstIn");
  if (clock === null) return null;
  return { ...onClock(dated(clock, day), day), DeviceSN: day.FirstInDeviceSN };
};

/**
 * The last exit of a day; null if it has none. The gateway reports the offset of the first punch only. It applies to the last
 * punch on the same device and date. A night shift may end after a clock change, and another device may be in another time
 * zone: then the offset that the time itself has decides, or else the time zone of the device.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway reports one that cannot be read.
 */
export const lastOut = (day: DaySource): MarkSource | null => {
  const { FirstIn, FirstInDeviceSN, LastOutDeviceSN } = day;
  const clock = requireReadable(day.LastOut, "lastOut");
  if (clock === null) return null;
  const reported = dated(clock, day);
  const last = onClock(reported, day);
  const first = FirstIn === null || FirstIn === UNREADABLE ? null : onClock(dated(FirstIn, day), day);
  const isSameOffset =
    LastOutDeviceSN === null ||
    (FirstInDeviceSN === LastOutDeviceSN && first?.wall.slice(0, 10) === last.wall.slice(0, 10));
  return { ...(isSameOffset ? last : reported), DeviceSN: LastOutDeviceSN };
};
