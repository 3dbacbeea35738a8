import type { EventKind } from "../../events/event.ts";
import { compareOffsets, encodeCursor } from "../../events/cursor.ts";
import { badUserInput } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { PAGE_SIZE } from "../kernel/sizes.ts";
import { kindsFor } from "./kinds.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { type EventPage, GatewayEventPage } from "./refs.ts";
import { parseCursor } from "./cursor.ts";

const MOST = 500;
/** How far behind the page events of other kinds are passed over in one request. */
const LONGEST_SCAN = 10_000;

interface EventsArguments {
  readonly after?: string | null | undefined;
  readonly first: number;
  readonly kinds?: readonly EventKind[] | null | undefined;
}

const pull = async ({ after, first, kinds }: EventsArguments, { events, viewer }: Context): Promise<EventPage> => {
  if (first < 1 || first > MOST) throw badUserInput("first", `1 to ${MOST}, ${first} came.`);
  const { log } = events;
  const readable = new Set<string>(kindsFor(viewer, kinds));
  const { logId, oldest, latest, trimmed } = await log.bounds();
  const cursor = parseCursor(after);
  const isForeign = cursor !== null && cursor.logId !== logId;
  let offset = cursor === null || isForeign ? "0-0" : cursor.offset;
  let gap = isForeign || (cursor !== null && trimmed && compareOffsets(offset, oldest ?? latest) < 0);
  const deliveries = [];
  for (let scanned = 0; scanned < LONGEST_SCAN && deliveries.length < first; ) {
    const page = await log.read(offset, MOST);
    if (page.length === 0) break;
    for (const event of page) {
      if (deliveries.length === first) break;
      scanned += 1;
      offset = event.offset;
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
    cursor: encodeCursor({ logId, offset, deliveredTags: [] }),
    hasMore: compareOffsets(offset, latest) < 0,
  };
};

builder.queryFields((t) => ({
  events: t.field({
    type: GatewayEventPage,
    description: "Logged events, for consumers that pull; kinds the caller may not read are left out.",
    authenticated: true,
    tag: "operations",
    listSize: PAGE_SIZE,
    args: {
      after: t.arg({ type: "EventCursor", description: "Behind this position; left out: from the oldest." }),
      first: t.arg.int({ required: true, defaultValue: 100, description: "Page size, up to 500." }),
      kinds: t.arg({ type: [GatewayEventKind], description: "Only these kinds." }),
    },
    resolve: (_root, args, context) => pull(args, context),
  }),
}));
