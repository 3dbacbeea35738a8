import type { EventKind } from "../../events/event.ts";
import { compareOffsets, encodeCursor } from "../../events/cursor.ts";
import { badUserInput } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { PAGE_SIZE } from "../kernel/args.ts";
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

const readEvents = async (
  { after, first, kinds }: EventsArguments,
  { events, viewer }: Context,
): Promise<EventPage> => {
  if (first < 1 || first > MAX_EVENTS)
    throw badUserInput("first", `\`first\` must be from 1 to ${MAX_EVENTS}; received ${first}.`);
  const { log } = events;
  const readable = new Set<string>(kindsFor(viewer, kinds));
  const { logId, oldest, latest, trimmed } = await log.bounds();
  const cursor = parseCursor(after);
  const isForeign = cursor !== null && cursor.logId !== logId;
  let offset = cursor === null || isForeign ? "0-0" : cursor.offset;
  let gap =
    cursor?.gap === true || isForeign || (cursor !== null && trimmed && compareOffsets(offset, oldest ?? latest) < 0);
  const deliveries = [];
  for (let scanned = 0; scanned < MAX_SCANNED && deliveries.length < first; ) {
    const page = await log.read(offset, MAX_EVENTS);
    if (page.length === 0) break;
    for (const event of page) {
      if (deliveries.length === first) break;
      scanned += 1;
      offset = event.offset;
      if (event.body.kind === "unreadable") gap = true;
      if (!readable.has(event.body.kind)) continue;
      deliveries.push({
        event,
        cursor: encodeCursor({ logId, offset, deliveredTags: [] }),
        replayed: true,
        gap,
      });
      gap = false;
    }
  }
  return {
    deliveries,
    // Without an event that says it, the cursor keeps the gap for the first event of the next page.
    cursor: encodeCursor({ logId, offset, deliveredTags: [], gap }),
    hasMore: compareOffsets(offset, latest) < 0,
  };
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
    resolve: (_root, args, context) => readEvents(args, context),
  }),
}));
