import type { GraphQLResolveInfo } from "graphql";
import type { SortOrder } from "../../contract/vocabulary.ts";
import type { Punch } from "../../contract/attendance.ts";
import { encodeCursor } from "../../events/cursor.ts";
import { compareOffsets } from "../../events/offset.ts";
import { punchKey } from "../../events/ingress/decode/punch.ts";
import { dedupeTag } from "../../events/hub/subscriber.ts";
import { readPage } from "../kernel/arguments.ts";
import { type Connection, type PageArguments, pageSize, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { argumentsBelow, selectedBelow } from "../kernel/selection.ts";
import type { TodaySnapshot, TodayFilter, TodaySource } from "./refs.ts";

interface TodayPageArguments extends PageArguments {
  readonly order: (typeof SortOrder.values)[number];
}

/** Reads today's date and time with the same page of punches that is selected below it. */
export const today = async (
  filter: TodayFilter,
  args: object,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<TodaySource> => {
  const before = selectedBelow(info).has("cursor") ? await context.events.log.bounds() : null;
  // A shared read that began before the log was read may lack punches that the log already has.
  if (before !== null) context.renew();
  const below = argumentsBelow(info, "AttendanceToday", "punches") as unknown as TodayPageArguments | undefined;
  const page = below === undefined ? { Limit: 1 } : { Sort: below.order, Limit: pageSize(below.first) };
  const { Date, AsOf, AttendanceLogs } = await readPage(context, "GetTodayAttendance", { ...filter, ...page }, args);
  return { Date, AsOf, filter, snapshot: before && { before, punches: AttendanceLogs } };
};

/**
 * The cursor at which a subscription continues after a snapshot: the end of the log before the snapshot, with the tags of
 * the snapshot's punches that the log delivers after that.
 */
export const cursorAfterSnapshot = async (snapshot: TodaySnapshot | null, { events }: Context): Promise<string> => {
  const { before, punches } = snapshot ?? { before: await events.log.bounds(), punches: [] };
  const keys = punches.map(punchKey);
  const offsets = await events.log.offsetsOf(keys);
  const isDeliveredLater = (offset: string | null | undefined) =>
    offset == null || compareOffsets(offset, before.latest) > 0;
  const deliveredTags = keys.filter((_key, index) => isDeliveredLater(offsets[index])).map(dedupeTag);
  return encodeCursor({ logId: before.logId, offset: before.latest, deliveredTags });
};

/** A page of today's punches. */
export const todayPunches = (
  filter: TodayFilter,
  args: TodayPageArguments,
  context: Context,
): Promise<Connection<Punch>> =>
  readConnection(args, async (paging) => {
    const input = { ...filter, Sort: args.order, ...paging };
    const { AttendanceLogs, ...page } = await readPage(context, "GetTodayAttendance", input, args);
    return { ...page, rows: AttendanceLogs };
  });
