import { createHash } from "node:crypto";
import { comparePositions, encodeCursor } from "./cursor.ts";
import type { LoggedEvent } from "./event.ts";
import { type Feed, matches, type Rendered, type Sink } from "./feed.ts";
import { type EventLog, LogUnavailable, mayHaveLost } from "./log.ts";

/** One subscriber of a feed. */
export interface Member {
  readonly feed: Feed;
  readonly sink: Sink;
  /** Of the last event that was sent, or of the place it began at. */
  position: string;
  /** To be told with the next event: events before it are lost. */
  gap: boolean;
  /** Marks of events that its holder has already by a snapshot. */
  readonly seen: Set<string>;
  /** When what is still marked as seen will not come any more, in milliseconds since 1970 UTC. */
  readonly seenUntil: number;
  stopped: boolean;
}

/** A short mark of an event's key. Eight characters: of a hundred thousand events in flight, one in a million is mistaken. */
export const markOf = (key: string): string => createHash("sha256").update(key).digest("base64url").slice(0, 8);

export const render = async (
  feed: Feed,
  event: LoggedEvent,
  cursor: string,
  facts: { readonly replayed: boolean; readonly gap: boolean },
): Promise<Rendered> => ({
  json: await feed.render({ event, cursor, ...facts }),
  cursor,
  made: new Map(),
});

const PAGE = 200;

export interface CatchUp {
  readonly log: EventLog;
  readonly logId: () => string;
  /** Takes the member among those that are served live, if nothing was logged that it has not got; tells whether it did. */
  readonly join: (member: Member) => boolean;
  /** Resolves when reading may be worth another try. */
  readonly nudged: () => Promise<void>;
  readonly now: () => number;
}

/** Sends a member what the log has for it, at the pace of its client, until it can be served live. */
export const catchUp = async (member: Member, { log, logId, join, nudged, now }: CatchUp): Promise<void> => {
  while (!member.stopped) {
    if (!(await member.sink.drained())) return;
    let events: readonly LoggedEvent[];
    try {
      events = await log.read(member.position, PAGE);
      if (await isLost(log, member)) member.gap = true;
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      await nudged();
      continue;
    }
    for (const event of events) {
      if (member.stopped) return;
      if (!(await replay(member, event, logId()))) return;
    }
    if (now() > member.seenUntil) member.seen.clear();
    if (events.length === 0 && !member.gap && join(member)) return;
    if (events.length === 0) await nudged();
  }
};

const replay = async (member: Member, event: LoggedEvent, logId: string): Promise<boolean> => {
  const { feed, sink, seen } = member;
  member.position = event.position;
  if (!matches(feed.filter, event) || seen.delete(markOf(event.key))) return true;
  const cursor = encodeCursor({ logId, position: event.position, seen: [...seen] });
  const rendered = await render(feed, event, cursor, { replayed: true, gap: member.gap });
  member.gap = false;
  return sink.send(rendered) || (await sink.drained());
};

/** Whether events right behind the member's place may be lost; where the log ends before the place, it is moved there. */
const isLost = async (log: EventLog, member: Member): Promise<boolean> => {
  const bounds = await log.bounds();
  const lost = mayHaveLost(member.position, bounds);
  if (comparePositions(member.position, bounds.latest) > 0) member.position = bounds.latest;
  return lost;
};
