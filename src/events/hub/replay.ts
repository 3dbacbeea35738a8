import { setImmediate } from "node:timers/promises";
import { compareOffsets } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import { matchesFilter, type RenderedEvent } from "./subscription-spec.ts";
import { type EventLog, hasGapAfter } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { consumeDeliveredTag, cursorAt, dropExpiredTags, render, type Subscriber } from "./subscriber.ts";

export interface ReplayOptions {
  readonly log: EventLog;
  /** Executes an event once for all subscribers that replay it at about the same time. */
  readonly renderShared: (subscriber: Subscriber, event: LoggedEvent) => Promise<RenderedEvent>;
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
  while (!subscriber.stopped && (await subscriber.sink.drained())) {
    const since = readCount();
    const count = await replayPage(subscriber, options);
    if (subscriber.stopped) return;
    dropExpiredTags(subscriber, now());
    if (count !== null && !subscriber.gap && join(subscriber)) return;
    // A log in memory answers within the same turn of the event loop: without a pause nothing else would run.
    if (count === null || count === 0) await nextRead(since, subscriber);
    else await setImmediate();
  }
};

/**
 * Sends one page, as far as the client takes it. Returns how many events were read; null if the log cannot be reached. The
 * page is dropped as soon as the client does not keep up: what waits for the client stays in the log, not in memory.
 */
const replayPage = async (subscriber: Subscriber, { log, renderShared }: ReplayOptions): Promise<number | null> => {
  const events = await readAfter(subscriber, log);
  for (const event of events ?? []) {
    if (subscriber.stopped) return null;
    if (event.body.kind === "unreadable") subscriber.gap = true;
    if (!matchesFilter(subscriber.spec.filter, event) || consumeDeliveredTag(subscriber, event)) {
      subscriber.offset = event.offset;
      continue;
    }
    const { gap } = subscriber;
    const rendered =
      gap || subscriber.deliveredTags.size > 0
        ? await render(subscriber.spec, { event, cursor: cursorAt(subscriber, event.offset), replayed: true, gap })
        : await renderShared(subscriber, event);
    if (subscriber.stopped) return null;
    subscriber.offset = event.offset;
    if (gap) subscriber.gap = false;
    if (!subscriber.sink.send(rendered)) break;
  }
  return events?.length ?? null;
};

/** Reads what follows the subscriber's offset; null if the log cannot be reached. Of another log it reads everything. */
const readAfter = async (subscriber: Subscriber, log: EventLog): Promise<readonly LoggedEvent[] | null> => {
  try {
    const events = await log.read(subscriber.offset, PAGE_SIZE);
    const bounds = await log.bounds();
    if (bounds.logId !== subscriber.logId) {
      [subscriber.logId, subscriber.offset, subscriber.gap] = [bounds.logId, "0-0", true];
      return await readAfter(subscriber, log);
    }
    if (hasGapAfter(subscriber.offset, bounds)) subscriber.gap = true;
    if (compareOffsets(subscriber.offset, bounds.latest) > 0) subscriber.offset = bounds.latest;
    return events;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
};
