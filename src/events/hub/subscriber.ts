import { createHash } from "node:crypto";
import { encodeCursor } from "../cursor.ts";
import { compareOffsets } from "../offset.ts";
import type { LoggedEvent } from "../event.ts";
import type { Delivery, RenderedEvent, Sink, SubscriptionSpec } from "./subscription-spec.ts";

/** One client of a shared subscription. */
export interface Subscriber {
  readonly spec: SubscriptionSpec;
  readonly sink: Sink;
  /** The log that `offset` belongs to. */
  logId: string;
  /** Everything up to this offset was sent, or does not match the filter. It moves only together with a send. */
  offset: string;
  /** Events were lost; the next event that is sent says so. */
  gap: boolean;
  /** Tags of events that the client has already, from a snapshot; null if it has no snapshot, as most. */
  readonly deliveredTags: Set<string> | null;
  /** The last cursor of the client while it contains tags; null otherwise. */
  ownCursor: string | null;
  /** When the remaining tagged events are no longer expected, in milliseconds since 1970 UTC. */
  readonly tagsExpireAt: number;
  stopped: boolean;
}

/** How many events were sent since the start of the process; an event that ten subscribers receive counts ten times. */
export interface DeliveryCounts {
  live: number;
  /** Sent from the log, because the subscriber was behind. */
  replayed: number;
  /** Events that reported a loss to their subscriber. */
  gaps: number;
}

/** A short tag of an event's key. With 8 characters and 100,000 events in flight, one tag in a million is ambiguous. */
export const dedupeTag = (key: string): string => createHash("sha256").update(key).digest("base64url").slice(0, 8);

/** Whether the client has the event already. Removes the tag: each event is asked about once. */
export const consumeDeliveredTag = ({ deliveredTags }: Subscriber, { key }: LoggedEvent): boolean =>
  deliveredTags !== null && deliveredTags.size > 0 && deliveredTags.delete(dedupeTag(key));

/** Forgets the tags whose events are no longer expected. `now` is the monotonic clock in milliseconds. */
export const dropExpiredTags = ({ deliveredTags, tagsExpireAt }: Subscriber, now: number): void => {
  if (now > tagsExpireAt) deliveredTags?.clear();
};

/** The cursor after an offset, with the tags of this subscriber. */
export const cursorAt = ({ logId, deliveredTags }: Subscriber, offset: string): string =>
  encodeCursor({ logId, offset, deliveredTags: deliveredTags === null ? [] : [...deliveredTags] });

/** Where a delivery stands, apart from its event. */
type DeliveryState = Pick<Delivery, "previousCursor" | "replayed" | "gap">;

/** Executes an event for one subscriber alone, because of its tags or its gap. */
export const renderAlone = (
  subscriber: Subscriber,
  event: LoggedEvent,
  { previousCursor, replayed, gap }: DeliveryState,
): Promise<RenderedEvent> => {
  const cursor = cursorAt(subscriber, event.offset);
  const previous = gap ? null : (subscriber.ownCursor ?? previousCursor);
  return render(subscriber.spec, { event, cursor, previousCursor: previous, replayed, gap });
};

/** Notes that the client has an event that was executed for it alone. */
export const noteOwnCursor = (subscriber: Subscriber, { cursor }: RenderedEvent): void => {
  subscriber.ownCursor = (subscriber.deliveredTags?.size ?? 0) > 0 ? cursor : null;
};

/** Executes one delivery. */
const render = async (spec: SubscriptionSpec, delivery: Delivery): Promise<RenderedEvent> => {
  const [json = NOTHING] = await spec.render([delivery]);
  return { json, cursor: delivery.cursor };
};

const NOTHING = Buffer.alloc(0);

/** Executes deliveries in one run. If that fails, each is executed alone: one bad event costs no other one. */
export const renderEach = (
  spec: SubscriptionSpec,
  deliveries: readonly Delivery[],
): readonly Promise<RenderedEvent>[] => {
  const all = spec.render(deliveries);
  return deliveries.map((delivery, index) => {
    const rendered = all.then(
      (texts) => ({ json: texts[index] ?? NOTHING, cursor: delivery.cursor }),
      () => render(spec, delivery),
    );
    // All that wait for it may have gone.
    rendered.catch(() => {});
    return rendered;
  });
};

/** Deliveries that were rendered before the first one that could not be. */
export interface RenderedPrefix {
  readonly events: readonly RenderedEvent[];
  /** Null if all were rendered. */
  readonly fault: { readonly error: unknown } | null;
}

/** Waits for deliveries. Never rejects. */
export const prefixOf = async (rendering: readonly Promise<RenderedEvent>[]): Promise<RenderedPrefix> => {
  const events: RenderedEvent[] = [];
  try {
    for (const each of rendering) events.push(await each);
  } catch (error) {
    return { events, fault: { error } };
  }
  return { events, fault: null };
};

/** Returns how many of the events a subscriber was sent before: it may have caught up ahead of the reader. */
export const firstDueIn = (events: readonly LoggedEvent[]): ((subscriber: Subscriber) => number) => {
  let [offset, first] = ["", 0];
  return (subscriber) => {
    // Most subscribers were sent the same event last.
    if (subscriber.offset === offset) return first;
    ({ offset } = subscriber);
    first = 0;
    while (first < events.length && compareOffsets(events[first]?.offset ?? "", offset) <= 0) first += 1;
    return first;
  };
};
