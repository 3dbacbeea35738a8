import type { GraphQLResolveInfo } from "graphql";
import type { SortOrder } from "../../contract/vocabulary.ts";
import type { Punch } from "../../contract/attendance.ts";
import { read } from "../arguments.ts";
import { type Connection, type PageArguments, pageSize, readConnection } from "../connection.ts";
import type { Context } from "../context.ts";
import { argumentsBelow } from "../selection.ts";
import type { TodayFilter, TodaySource } from "./refs.ts";

interface TodayPageArguments extends PageArguments {
  readonly order: (typeof SortOrder.values)[number];
}

/** Date and time of today's snapshot, from the very page of punches that is selected below it. */
export const today = async (
  filter: TodayFilter,
  args: object,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<TodaySource> => {
  const below = argumentsBelow(info, "AttendanceToday", "punches") as unknown as TodayPageArguments | undefined;
  const page = below === undefined ? { Limit: 1 } : { Sort: below.order, Limit: pageSize(below.first) };
  const { Date, AsOf } = await read(context, "GetTodayAttendance", { ...filter, ...page }, args);
  return { Date, AsOf, filter };
};

export const todayPunches = (
  filter: TodayFilter,
  args: TodayPageArguments,
  context: Context,
): Promise<Connection<Punch>> =>
  readConnection(args, context, async (paging) => {
    const input = { ...filter, Sort: args.order, ...paging };
    const { AttendanceLogs, ...page } = await read(context, "GetTodayAttendance", input, args);
    return { ...page, rows: AttendanceLogs };
  });
