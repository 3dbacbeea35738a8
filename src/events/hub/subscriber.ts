import { createHash } from "node:crypto";
import { encodeCursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { Delivery, SubscriptionSpec, RenderedEvent, Sink } from "./subscription-spec.ts";

/** One subscriber of a feed. */
export interface Subscriber {
  readonly spec: SubscriptionSpec;
  readonly sink: Sink;
  /** Of the log that `offset` is a place in. */
  logId: string;
  /** Everything up to here was sent or does not concern it. It moves only together with a send. */
  offset: string;
  /** To be told with the next event: events before it are lost. */
  gap: boolean;
  /** Marks of events that its holder has already by a snapshot. */
  readonly deliveredTags: Set<string>;
  /** When what is still marked as seen will not come any more, in milliseconds since 1970 UTC. */
  readonly tagsExpireAt: number;
  stopped: boolean;
}

/** A short mark of an event's key. Eight characters: of a hundred thousand events in flight, one in a million is mistaken. */
export const dedupeTag = (key: string): string => createHash("sha256").update(key).digest("base64url").slice(0, 8);

/** Whether its holder has the event already; the mark is used up by the question. */
export const consumeDeliveredTag = ({ deliveredTags: seen }: Subscriber, { key }: LoggedEvent): boolean =>
  seen.size > 0 && seen.delete(dedupeTag(key));

export const dropExpiredTags = ({ deliveredTags: seen, tagsExpireAt: seenUntil }: Subscriber, now: number): void => {
  if (now > seenUntil) seen.clear();
};

/** Behind a place, for this member alone. */
export const cursorAt = ({ logId, deliveredTags: seen }: Subscriber, offset: string): string =>
  encodeCursor({ logId, offset, deliveredTags: [...seen] });

export const render = async (feed: SubscriptionSpec, delivery: Delivery): Promise<RenderedEvent> => ({
  json: await feed.render(delivery),
  cursor: delivery.cursor,
  encodings: new Map(),
});
