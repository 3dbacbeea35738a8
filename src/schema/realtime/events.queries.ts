import type { GraphQLResolveInfo } from "graphql";
import { type EventKind, isGap, type LoggedEvent } from "../../events/event.ts";
import { encodeCursor } from "../../events/cursor.ts";
import { cursorOfPrevious, PreviousEvent } from "../../events/hub/previous-event.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import { type LogPosition, START } from "../../events/log/log.ts";
import { badUserInput, requireSome } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { PAGE_SIZE } from "../kernel/args.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { kindsFor } from "./kinds.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { type EventPage, GatewayEventPage, LatestPunches, type LatestPunchesSource } from "./refs.ts";
import { parseCursor } from "../kernel/event-cursor.ts";

const MAX_EVENTS = 500;
/** The number of events that one request reads at most to find events of the requested kinds. */
const MAX_SCANNED = 10_000;

const requireEventCount = (first: number): void => {
  if (first >= 1 && first <= MAX_EVENTS) return;
  throw badUserInput("first", `\`first\` must be from 1 to ${MAX_EVENTS}; received ${first}.`);
};

interface EventsArguments {
  readonly after?: string | null | undefined;
  readonly first: number;
  readonly kinds?: readonly EventKind[] | null | undefined;
}

/**
 * Reads a page. A gap is reported by the page, and by its first event after the gap. If the client does not select the gap of
 * the page, and no event reports it, the cursor keeps it for the next page.
 */
const readEvents = async (
  { after, first, kinds }: EventsArguments,
  { events: { log }, viewer }: Context,
  info: GraphQLResolveInfo,
): Promise<EventPage> => {
  requireEventCount(first);
  const readable = new Set<string>(kindsFor(viewer, kinds && requireSome(kinds, "kinds")));
  const cursor = parseCursor(after);
  const deliveries: Delivery[] = [];
  let position: LogPosition = cursor ?? START;
  let gap = cursor?.gap ?? false;
  let isGapPending = gap;
  const cursorHere = (isPending: boolean) =>
    encodeCursor({ logId: position.logId ?? "", offset: position.offset, deliveredTags: [], gap: isPending });
  let hasMore = true;
  const previous = new PreviousEvent(position.offset);
  const matches = ({ body }: LoggedEvent) => readable.has(body.kind);
  for (let scanned = 0; hasMore && scanned < MAX_SCANNED && deliveries.length < first; ) {
    const page = await log.read(position, MAX_EVENTS);
    const { logId, latest } = page.bounds;
    const lose = () => {
      gap = isGapPending = true;
      previous.lose();
    };
    if (page.gap) lose();
    for (const event of page.events) {
      if (deliveries.length === first) break;
      scanned += 1;
      position = { logId, offset: event.offset };
      if (isGap(event)) lose();
      if (!matches(event)) continue;
      const previousOffset = isGapPending ? null : await previous.offset({ log, logId, matches });
      const previousCursor = cursorOfPrevious(logId, previousOffset);
      deliveries.push({ event, cursor: cursorHere(false), previousCursor, replayed: true, gap: isGapPending });
      previous.pass(event.offset);
      isGapPending = false;
    }
    if (deliveries.length < first) position = { logId, offset: page.end };
    hasMore = position.offset !== latest;
  }
  return { deliveries, gap, cursor: cursorHere(isGapPending && !selectedBelow(info).has("gap")), hasMore };
};

/** Reads the log back from its end. Its order is that of arrival, whatever the clocks and zones of the devices. */
const readLatestPunches = async (first: number, { events: { log } }: Context): Promise<LatestPunchesSource> => {
  requireEventCount(first);
  const { logId, latest } = await log.bounds();
  const cursorAt = (offset: string) => encodeCursor({ logId, offset, deliveredTags: [] });
  const deliveries: Delivery[] = [];
  let newest: string | null = null;
  let before: string | null = null;
  let gap = false;
  // Most events are punches: the first page is usually enough.
  for (let [scanned, size] = [0, first]; scanned < MAX_SCANNED && deliveries.length < first; size = MAX_EVENTS) {
    const page: readonly LoggedEvent[] = await log.readBack(before, size);
    scanned += size;
    newest ??= page[0]?.offset ?? null;
    for (const event of page) {
      if (deliveries.length === first) break;
      if (event.body.kind === "attendance.new")
        deliveries.push({ event, cursor: cursorAt(event.offset), previousCursor: null, replayed: true, gap: false });
      if (!isGap(event)) continue;
      // Events are missing before the punch that arrived next, or before whatever a subscription delivers first.
      const next = deliveries.pop();
      if (next === undefined) gap = true;
      else deliveries.push({ ...next, gap: true });
    }
    before = page.at(-1)?.offset ?? null;
    if (page.length < size) break;
  }
  const linked = deliveries.map((each, index) => ({
    ...each,
    previousCursor: each.gap ? null : (deliveries[index + 1]?.cursor ?? null),
  }));
  return { deliveries: linked, cursor: encodeCursor({ logId, offset: newest ?? latest, deliveredTags: [], gap }) };
};

builder.queryFields((t) => ({
  latestPunches: t.field({
    type: LatestPunches,
    nullable: true,
    description:
      "The punches that arrived last, of all devices in all time zones, for a live board that shows the newest first. They come from " +
      "the event log, which begins with the first event that Portico received: it may have fewer punches than requested, and " +
      "`attendanceToday` has all of today.",
    alsoUpstream: ["attendance.new"],
    semanticNonNull: true,
    requiresScopes: ["attendance:read"],
    listSize: PAGE_SIZE,
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description:
          "Maximum number of punches to return, from 1 to 500. At most the newest 10,000 events are searched.",
      }),
    },
    resolve: (_root, { first }, context) => readLatestPunches(first, context),
  }),
  events: t.field({
    type: GatewayEventPage,
    description:
      "Logged events for clients that poll instead of subscribing. Events whose kind the caller's scopes do not allow to " +
      "read are left out. The log keeps the newest 100,000 events.",
    authenticated: true,
    tag: "operations",
    listSize: PAGE_SIZE,
    args: {
      after: t.arg({
        type: "EventCursor",
        description: "Return events after this cursor. Omit it to start with the oldest event of the log.",
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 100,
        description: "Maximum number of events to return, from 1 to 500.",
      }),
      kinds: t.arg({
        type: [GatewayEventKind],
        description: "Return only events of these kinds, at least one. Omit it for all kinds.",
      }),
    },
    resolve: (_root, args, context, info) => readEvents(args, context, info),
  }),
}));
