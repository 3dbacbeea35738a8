import type { GraphQLResolveInfo } from "graphql";
import { type EventKind, isGap } from "../../events/event.ts";
import { encodeCursor } from "../../events/cursor.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import { type LogPosition, START } from "../../events/log/log.ts";
import { badUserInput } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { PAGE_SIZE } from "../kernel/args.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { kindsFor } from "./kinds.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { type EventPage, GatewayEventPage } from "./refs.ts";
import { parseCursor } from "./cursor.ts";

const MAX_EVENTS = 500;
/** The number of events that one request reads at most to find events of the requested kinds. */
const MAX_SCANNED = 10_000;

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
  if (first < 1 || first > MAX_EVENTS)
    throw badUserInput("first", `\`first\` must be from 1 to ${MAX_EVENTS}; received ${first}.`);
  const readable = new Set<string>(kindsFor(viewer, kinds));
  const cursor = parseCursor(after);
  const deliveries: Delivery[] = [];
  let position: LogPosition = cursor ?? START;
  let gap = cursor?.gap ?? false;
  let isGapPending = gap;
  const cursorHere = (isPending: boolean) =>
    encodeCursor({ logId: position.logId ?? "", offset: position.offset, deliveredTags: [], gap: isPending });
  let hasMore = true;
  for (let scanned = 0; hasMore && scanned < MAX_SCANNED && deliveries.length < first; ) {
    const page = await log.read(position, MAX_EVENTS);
    const { logId, latest } = page.bounds;
    if (page.gap) gap = isGapPending = true;
    for (const event of page.events) {
      if (deliveries.length === first) break;
      scanned += 1;
      position = { logId, offset: event.offset };
      if (isGap(event)) gap = isGapPending = true;
      if (!readable.has(event.body.kind)) continue;
      deliveries.push({ event, cursor: cursorHere(false), replayed: true, gap: isGapPending });
      isGapPending = false;
    }
    if (deliveries.length < first) position = { logId, offset: page.end };
    hasMore = position.offset !== latest;
  }
  return { deliveries, gap, cursor: cursorHere(isGapPending && !selectedBelow(info).has("gap")), hasMore };
};

builder.queryFields((t) => ({
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
        description: "Return only events of these kinds. Omit it for all kinds.",
      }),
    },
    resolve: (_root, args, context, info) => readEvents(args, context, info),
  }),
}));
