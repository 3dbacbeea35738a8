import { createHash } from "node:crypto";
import { encodeCursor } from "../cursor.ts";
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
  /** Tags of events that the client has already, from a snapshot. */
  readonly deliveredTags: Set<string>;
  /** When the remaining tagged events are no longer expected, in milliseconds since 1970 UTC. */
  readonly tagsExpireAt: number;
  stopped: boolean;
}

/** A short tag of an event's key. With 8 characters and 100,000 events in flight, one tag in a million is ambiguous. */
export const dedupeTag = (key: string): string => createHash("sha256").update(key).digest("base64url").slice(0, 8);

/** Whether the client has the event already. Removes the tag: each event is asked about once. */
export const consumeDeliveredTag = ({ deliveredTags }: Subscriber, { key }: LoggedEvent): boolean =>
  deliveredTags.size > 0 && deliveredTags.delete(dedupeTag(key));

export const dropExpiredTags = ({ deliveredTags, tagsExpireAt }: Subscriber, now: number): void => {
  if (now > tagsExpireAt) deliveredTags.clear();
};

/** The cursor after an offset, with the tags of this subscriber. */
export const cursorAt = ({ logId, deliveredTags }: Subscriber, offset: string): string =>
  encodeCursor({ logId, offset, deliveredTags: [...deliveredTags] });

/** Executes a delivery. */
export const render = async (spec: SubscriptionSpec, delivery: Delivery): Promise<RenderedEvent> => ({
  json: await spec.render(delivery),
  cursor: delivery.cursor,
  encodings: new Map(),
});
