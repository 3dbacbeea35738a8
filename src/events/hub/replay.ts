import { setImmediate } from "node:timers/promises";
import { isGap, type LoggedEvent } from "../event.ts";
import { batchOf, matchesFilter } from "./subscription-spec.ts";
import type { EventLog, LogPage } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { cursorOfPrevious, PreviousEvent } from "./previous-event.ts";
import type { ReplayedEvent } from "./replay-cache.ts";
import {
  consumeDeliveredTag,
  type DeliveryCounts,
  dropExpiredTags,
  noteOwnCursor,
  type RenderedPrefix,
  renderAlone,
  type Subscriber,
} from "./subscriber.ts";

export interface ReplayOptions {
  readonly counts: DeliveryCounts;
  readonly log: EventLog;
  /** Executes events, each once for all subscribers that replay it at about the same time. Never rejects. */
  readonly renderShared: (subscriber: Subscriber, events: readonly ReplayedEvent[]) => Promise<RenderedPrefix>;
  /** Makes the subscriber live if it has everything that the reader has read; returns whether it is live now. */
  readonly join: (subscriber: Subscriber) => boolean;
  /** How many reads of the log have ended. */
  readonly readCount: () => number;
  /** Resolves when a read has ended after that count, or when the subscriber is stopped. */
  readonly nextRead: (since: number, subscriber: Subscriber) => Promise<void>;
  readonly now: () => number;
}

interface ReplayProgress {
  /** The event that was sent last. */
  readonly previous: PreviousEvent;
  readonly counts: DeliveryCounts;
}

interface SharedReplay extends ReplayProgress {
  readonly events: readonly ReplayedEvent[];
  readonly rendered: RenderedPrefix;
}

interface LoneReplay extends ReplayProgress {
  readonly event: LoggedEvent;
}

/** Events that are read, executed and sent together, at most. */
const MAX_PAGE = 100;

/**
 * Sends a subscriber what it lacks from the log, at the pace of its client, until it can become live. A client that takes few events at
 * a time gets small pages, because events that it does not take have to be read and executed again.
 */
export const catchUp = async (subscriber: Subscriber, options: ReplayOptions): Promise<void> => {
  const { join, readCount, nextRead, now } = options;
  const previous = new PreviousEvent(subscriber.offset);
  let pageSize = MAX_PAGE;
  while (!subscriber.stopped && (await subscriber.sink.drained())) {
    const since = readCount();
    const { offset } = subscriber;
    const outcome = await replayPage(subscriber, previous, pageSize, options);
    if (subscriber.stopped) return;
    pageSize = outcome === "full" ? Math.ceil(pageSize / 2) : Math.min(MAX_PAGE, 2 * pageSize);
    dropExpiredTags(subscriber, now());
    if (outcome === "sent" && !subscriber.gap && join(subscriber)) return;
    // A log in memory answers within the same turn of the event loop: without a pause nothing else would run.
    if (outcome === "full" || subscriber.offset !== offset) await setImmediate();
    else await nextRead(since, subscriber);
  }
};

/** "full": the client did not take all of the page, because it has no room or is gone. "unread": the log cannot be reached. */
type PageOutcome = "sent" | "full" | "unread";

/**
 * Sends one page, as far as the client takes it. The page is dropped as soon as the client does not keep up: what waits for the client
 * stays in the log, not in memory.
 */
const replayPage = async (
  subscriber: Subscriber,
  previous: PreviousEvent,
  pageSize: number,
  { log, renderShared, counts }: ReplayOptions,
): Promise<PageOutcome> => {
  const page = await readAfter(subscriber, log, pageSize);
  if (page === null) return "unread";
  const { logId } = page.bounds;
  subscriber.logId = logId;
  const lose = () => {
    subscriber.gap = true;
    previous.lose();
  };
  const matches = (event: LoggedEvent) => matchesFilter(subscriber.spec.filter, event);
  if (page.gap) lose();
  /** Events that are executed together, because nothing of them is this subscriber's own. */
  let shared: ReplayedEvent[] = [];
  const sendShared = async (): Promise<boolean> => {
    const events = shared;
    shared = [];
    if (events.length === 0) return true;
    if (subscriber.stopped) return false;
    const rendered = await renderShared(subscriber, events);
    return sendTogether(subscriber, { events, previous, rendered, counts });
  };
  for (const event of page.events) {
    if (subscriber.stopped) return "full";
    if (isGap(event)) {
      if (!(await sendShared())) return "full";
      lose();
    }
    if (!matches(event)) {
      if (shared.length === 0) subscriber.offset = event.offset;
      continue;
    }
    if (!subscriber.gap && subscriber.ownCursor === null) {
      const last = shared.at(-1)?.event.offset ?? (await previous.offset({ log, logId, matches }));
      shared.push({ event, previousCursor: cursorOfPrevious(logId, last) });
    } else if (!(await sendShared()) || !(await replayAlone(subscriber, { event, previous, counts }))) return "full";
  }
  if (!(await sendShared())) return "full";
  subscriber.offset = page.end;
  return "sent";
};

/** Sends events that were executed together. Returns whether the client took all of them. */
const sendTogether = (subscriber: Subscriber, { events, previous, rendered, counts }: SharedReplay): boolean => {
  if (subscriber.stopped) return false;
  const { fault } = rendered;
  const taken = rendered.events.length === 0 ? 0 : subscriber.sink.send(batchOf(rendered.events));
  const last = events[taken - 1]?.event.offset;
  counts.replayed += taken;
  if (last !== undefined) {
    subscriber.offset = last;
    previous.pass(last);
  }
  if (fault !== null && taken === rendered.events.length) throw fault.error;
  return taken === events.length;
};

/** Sends an event that is executed for this subscriber alone, unless it has the event. Returns whether its client has room for more. */
const replayAlone = async (subscriber: Subscriber, { event, previous, counts }: LoneReplay): Promise<boolean> => {
  if (!consumeDeliveredTag(subscriber, event)) {
    const { gap } = subscriber;
    const rendered = await renderAlone(subscriber, event, { previousCursor: null, replayed: true, gap });
    if (subscriber.stopped || subscriber.sink.send(batchOf([rendered])) === 0) return false;
    noteOwnCursor(subscriber, rendered);
    counts.replayed += 1;
    if (gap) counts.gaps += 1;
    if (gap) subscriber.gap = false;
  }
  subscriber.offset = event.offset;
  previous.pass(event.offset);
  return true;
};

/** Reads what follows the subscriber's offset; null if the log cannot be reached. */
const readAfter = async ({ logId, offset }: Subscriber, log: EventLog, pageSize: number): Promise<LogPage | null> => {
  try {
    return await log.read({ logId, offset }, pageSize);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
};
