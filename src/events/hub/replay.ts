import { setImmediate } from "node:timers/promises";
import { compareOffsets } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import { matchesFilter, type RenderedEvent } from "./subscription-spec.ts";
import { type EventLog, hasGapAfter } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { cursorAt, dropExpiredTags, consumeDeliveredTag, type Subscriber, render } from "./subscriber.ts";

export interface ReplayOptions {
  readonly log: EventLog;
  /** Executes an event once for all who replay it at about the same time. */
  readonly shared: (member: Subscriber, event: LoggedEvent) => Promise<RenderedEvent>;
  /** Takes the member among those that are served live, if nothing was read that it has not got; tells whether it did. */
  readonly join: (member: Subscriber) => boolean;
  /** How often the log was read on so far. */
  readonly readCount: () => number;
  /** Resolves when the log was read on since that turn, or the member is stopped. */
  readonly nextRead: (since: number, member: Subscriber) => Promise<void>;
  readonly now: () => number;
}

const PAGE = 200;

/** Sends a member what the log has for it, at the pace of its client, until it can be served live. */
export const catchUp = async (member: Subscriber, options: ReplayOptions): Promise<void> => {
  const { join, readCount: turn, nextRead: turned, now } = options;
  while (!member.stopped && (await member.sink.drained())) {
    const since = turn();
    const read = await replayPage(member, options);
    if (member.stopped) return;
    dropExpiredTags(member, now());
    if (read !== null && !member.gap && join(member)) return;
    // A log in memory answers within the same turn of the event loop: without a pause nobody else would get one.
    if (read === null || read === 0) await turned(since, member);
    else await setImmediate();
  }
};

/**
 * Sends what follows, as far as the client takes it; how many events were read, or null where the log cannot be reached. A page is
 * dropped as soon as the client does not keep up: what waits for it stays in the log, not in memory.
 */
const replayPage = async (member: Subscriber, { log, shared }: ReplayOptions): Promise<number | null> => {
  const events = await readOn(member, log);
  for (const event of events ?? []) {
    if (member.stopped) return null;
    if (!matchesFilter(member.spec.filter, event) || consumeDeliveredTag(member, event)) {
      member.offset = event.offset;
      continue;
    }
    const { gap } = member;
    const rendered =
      gap || member.deliveredTags.size > 0
        ? await render(member.spec, { event, cursor: cursorAt(member, event.offset), replayed: true, gap })
        : await shared(member, event);
    if (member.stopped) return null;
    member.offset = event.offset;
    if (gap) member.gap = false;
    if (!member.sink.send(rendered)) break;
  }
  return events?.length ?? null;
};

/** What lies behind the member's place; null where the log cannot be reached. Of a log that is not the same any more, all. */
const readOn = async (member: Subscriber, log: EventLog): Promise<readonly LoggedEvent[] | null> => {
  try {
    const events = await log.read(member.offset, PAGE);
    const bounds = await log.bounds();
    if (bounds.logId !== member.logId) {
      [member.logId, member.offset, member.gap] = [bounds.logId, "0-0", true];
      return await readOn(member, log);
    }
    if (hasGapAfter(member.offset, bounds)) member.gap = true;
    if (compareOffsets(member.offset, bounds.latest) > 0) member.offset = bounds.latest;
    return events;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
};
