import { setImmediate } from "node:timers/promises";
import { isGap, type LoggedEvent } from "../event.ts";
import { matchesFilter, type RenderedEvent } from "./subscription-spec.ts";
import type { EventLog, LogPage } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { cursorOfPrevious, PreviousEvent } from "./previous-event.ts";
import {
  consumeDeliveredTag,
  type DeliveryCounts,
  dropExpiredTags,
  noteOwnCursor,
  renderAlone,
  type Subscriber,
} from "./subscriber.ts";

export interface ReplayOptions {
  readonly counts: DeliveryCounts;
  readonly log: EventLog;
  /** Executes an event once for all subscribers that replay it at about the same time. */
  readonly renderShared: (
    subscriber: Subscriber,
    event: LoggedEvent,
    previousCursor: string | null,
  ) => Promise<RenderedEvent>;
  /** Makes the subscriber live if it has everything that the reader has read; returns whether it is live now. */
  readonly join: (subscriber: Subscriber) => boolean;
  /** How many reads of the log have ended. */
  readonly readCount: () => number;
  /** Resolves when a read has ended after that count, or when the subscriber is stopped. */
  readonly nextRead: (since: number, subscriber: Subscriber) => Promise<void>;
  readonly now: () => number;
}

const PAGE_SIZE = 200;

/** Sends a subscriber what it lacks from the log, at the pace of its client, until it can become live. */
export const catchUp = async (subscriber: Subscriber, options: ReplayOptions): Promise<void> => {
  const { join, readCount, nextRead, now } = options;
  const previous = new PreviousEvent(subscriber.offset);
  while (!subscriber.stopped && (await subscriber.sink.drained())) {
    const since = readCount();
    const { offset } = subscriber;
    const isReachable = await replayPage(subscriber, previous, options);
    if (subscriber.stopped) return;
    dropExpiredTags(subscriber, now());
    if (isReachable && !subscriber.gap && join(subscriber)) return;
    // A log in memory answers within the same turn of the event loop: without a pause nothing else would run.
    if (subscriber.offset === offset) await nextRead(since, subscriber);
    else await setImmediate();
  }
};

/**
 * Sends one page, as far as the client takes it. Returns whether the log can be reached. The page is dropped as soon as the
 * client does not keep up: what waits for the client stays in the log, not in memory.
 */
const replayPage = async (
  subscriber: Subscriber,
  previous: PreviousEvent,
  { log, renderShared, counts }: ReplayOptions,
): Promise<boolean> => {
  const page = await readAfter(subscriber, log);
  if (page === null) return false;
  const { logId } = page.bounds;
  subscriber.logId = logId;
  const lose = () => {
    subscriber.gap = true;
    previous.lose();
  };
  const matches = (event: LoggedEvent) => matchesFilter(subscriber.spec.filter, event);
  if (page.gap) lose();
  for (const event of page.events) {
    if (subscriber.stopped) return true;
    if (isGap(event)) lose();
    const isMatching = matches(event);
    if (!isMatching || consumeDeliveredTag(subscriber, event)) {
      subscriber.offset = event.offset;
      if (isMatching) previous.pass(event.offset);
      continue;
    }
    const { gap } = subscriber;
    const isAlone = gap || subscriber.ownCursor !== null;
    const previousCursor = isAlone ? null : cursorOfPrevious(logId, await previous.offset({ log, logId, matches }));
    const rendered = isAlone
      ? await renderAlone(subscriber, event, { previousCursor, replayed: true, gap })
      : await renderShared(subscriber, event, previousCursor);
    if (subscriber.stopped) return true;
    if (isAlone) noteOwnCursor(subscriber, rendered);
    previous.pass(event.offset);
    subscriber.offset = event.offset;
    counts.replayed += 1;
    if (gap) counts.gaps += 1;
    if (gap) subscriber.gap = false;
    if (!subscriber.sink.send(rendered)) return true;
  }
  subscriber.offset = page.end;
  return true;
};

/** Reads what follows the subscriber's offset; null if the log cannot be reached. */
const readAfter = async ({ logId, offset }: Subscriber, log: EventLog): Promise<LogPage | null> => {
  try {
    return await log.read({ logId, offset }, PAGE_SIZE);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
};
