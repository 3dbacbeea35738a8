import type { GraphQLResolveInfo } from "graphql";
import type { SummaryStrategy } from "../../contract/vocabulary.ts";
import { type Day, type DayQuery, readDays } from "../../loaders/day.ts";
import { badUserInput, withCallerErrors } from "../kernel/arguments.ts";
import { type Connection, connectionOf, pageSize, parseKeyCursor, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { ROWS, selectedBelow } from "../kernel/selection.ts";
import type { MarkSource } from "./refs.ts";

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

const HOURS = ["status", "workedMinutes", "breakMinutes", "hours"];
const DEFAULT_REPEAT = 60;

/** GetFirstInLastOut tells first and last; whatever else is selected or asked takes GetAttendanceSummary. */
export const dayQuery = (args: DayArguments, info: GraphQLResolveInfo): DayQuery => {
  if (args.to < args.from) throw badUserInput("to", "It has to be no earlier than from.");
  const range = { FromDate: args.from, ToDate: args.to, DayStart: args.dayStart };
  const selected = selectedBelow(info, ROWS);
  const plain = args.strategy === "FirstLast" && !args.includeAbsent && args.minRepeatSeconds === DEFAULT_REPEAT;
  if (plain && !HOURS.some((name) => selected.has(name))) return { hours: false, ...range };
  return {
    hours: true,
    ...range,
    Strategy: args.strategy,
    MinRepeatSeconds: args.minRepeatSeconds,
    IncludeAbsent: args.includeAbsent,
  };
};

/** Days of everyone, or of the named. */
export const accountDays = (
  query: DayQuery,
  codes: readonly string[] | undefined,
  args: DayArguments,
  context: Context,
): Promise<Connection<Day>> => {
  const named = codes === undefined ? {} : { EmployeeCode: [...codes] };
  return readConnection(args, context, async (paging) => {
    const { days, rejected, ...page } = await withCallerErrors(args, () =>
      readDays(context.loaders.page, { ...query, ...named, ...paging }),
    );
    return { ...page, rows: Object.assign([...days], { rejected }) };
  });
};

const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** Days of one person, in one call with those of others where that is cheaper. A day has its date for a cursor. */
export const userDays = async (
  EmployeeCode: string,
  query: DayQuery,
  args: DayArguments,
  { loaders }: Context,
): Promise<Connection<Day>> => {
  const size = pageSize(args.first);
  const behind = parseKeyCursor(args.after);
  const FromDate = behind === undefined ? query.FromDate : nextDay(behind);
  if (FromDate > query.ToDate) return connectionOf<Day>([], dateOf, { hasNextPage: false, totalCount: null });
  const key = { EmployeeCode, query: { ...query, FromDate, Limit: size } };
  const { days, total, more } = await withCallerErrors(args, () => loaders.userDays.load(key));
  return connectionOf(days.slice(0, size), dateOf, {
    hasNextPage: more || days.length > size,
    totalCount: behind === undefined ? total : null,
  });
};

const dateOf = (day: Day): string => day.Date;

export const firstIn = ({ FirstIn, FirstInDeviceSN, UtcOffset }: Day): MarkSource | null =>
  FirstIn === null ? null : { wall: FirstIn, offset: UtcOffset, DeviceSN: FirstInDeviceSN };

/**
 * The gateway tells the offset of the first punch only. It holds for the last one on the same device and date; a night
 * shift may end on the other side of a clock change, and another door may stand in another zone: there, the zone decides.
 */
export const lastOut = ({ FirstIn, FirstInDeviceSN, LastOut, LastOutDeviceSN, UtcOffset }: Day): MarkSource | null => {
  if (LastOut === null) return null;
  const holds =
    LastOutDeviceSN === null || (FirstInDeviceSN === LastOutDeviceSN && FirstIn?.slice(0, 10) === LastOut.slice(0, 10));
  return { wall: LastOut, offset: holds ? UtcOffset : null, DeviceSN: LastOutDeviceSN };
};
