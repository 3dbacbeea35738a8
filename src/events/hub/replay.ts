import { setImmediate } from "node:timers/promises";
import { comparePositions } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import { matches, type Rendered } from "./subscription-spec.ts";
import { type EventLog, mayHaveLost } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { cursorAt, forgetSeen, hasSeen, type Member, render } from "./subscriber.ts";

export interface ReplayOptions {
  readonly log: EventLog;
  /** Executes an event once for all who replay it at about the same time. */
  readonly shared: (member: Member, event: LoggedEvent) => Promise<Rendered>;
  /** Takes the member among those that are served live, if nothing was read that it has not got; tells whether it did. */
  readonly join: (member: Member) => boolean;
  /** How often the log was read on so far. */
  readonly turn: () => number;
  /** Resolves when the log was read on since that turn, or the member is stopped. */
  readonly turned: (since: number, member: Member) => Promise<void>;
  readonly now: () => number;
}

const PAGE = 200;

/** Sends a member what the log has for it, at the pace of its client, until it can be served live. */
export const catchUp = async (member: Member, options: ReplayOptions): Promise<void> => {
  const { join, turn, turned, now } = options;
  while (!member.stopped && (await member.sink.drained())) {
    const since = turn();
    const read = await replayPage(member, options);
    if (member.stopped) return;
    forgetSeen(member, now());
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
const replayPage = async (member: Member, { log, shared }: ReplayOptions): Promise<number | null> => {
  const events = await readOn(member, log);
  for (const event of events ?? []) {
    if (member.stopped) return null;
    if (!matches(member.feed.filter, event) || hasSeen(member, event)) {
      member.position = event.position;
      continue;
    }
    const { gap } = member;
    const rendered =
      gap || member.seen.size > 0
        ? await render(member.feed, { event, cursor: cursorAt(member, event.position), replayed: true, gap })
        : await shared(member, event);
    if (member.stopped) return null;
    member.position = event.position;
    if (gap) member.gap = false;
    if (!member.sink.send(rendered)) break;
  }
  return events?.length ?? null;
};

/** What lies behind the member's place; null where the log cannot be reached. Of a log that is not the same any more, all. */
const readOn = async (member: Member, log: EventLog): Promise<readonly LoggedEvent[] | null> => {
  try {
    const events = await log.read(member.position, PAGE);
    const bounds = await log.bounds();
    if (bounds.logId !== member.logId) {
      [member.logId, member.position, member.gap] = [bounds.logId, "0-0", true];
      return await readOn(member, log);
    }
    if (mayHaveLost(member.position, bounds)) member.gap = true;
    if (comparePositions(member.position, bounds.latest) > 0) member.position = bounds.latest;
    return events;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
};
