import { comparePositions, type Cursor, encodeCursor } from "./cursor.ts";
import type { LoggedEvent } from "./event.ts";
import type { Feed, Rendered, Sink } from "./feed.ts";
import { type EventLog, LogUnavailable } from "./log.ts";
import { catchUp, markOf, type Member, render } from "./member.ts";
import { createTopics } from "./topics.ts";

/** One reader per process, and everybody who listens. */
export interface Hub {
  /**
   * Serves a sink from behind a cursor, or from now on: history, then live, without a seam, a loss or a double. The answer
   * ends it.
   */
  readonly subscribe: (feed: Feed, after: Cursor | null, sink: Sink) => () => void;
  /** Where the process has read to, as a cursor. */
  readonly cursor: () => string;
  /** When the newest event that was delivered, not recovered, was accepted, RFC 3339; null before the first. */
  readonly lastCallbackAt: () => string | null;
  readonly size: () => number;
  readonly stop: () => void;
}

export interface HubOptions {
  readonly log: EventLog;
  readonly now: () => number;
  readonly progressMs?: number;
  /** How many live events may wait for one feed to be executed, before its members are served from the log instead. */
  readonly maxWaiting?: number;
  readonly onFault: (error: unknown) => void;
}

/** A feed with those who are served live from it. */
interface Channel {
  readonly feed: Feed;
  readonly filter: Feed["filter"];
  readonly live: Set<Member>;
  members: number;
  waiting: number;
  tail: Promise<void>;
}

const PAGE = 500;
const SEEN_MS = 600_000;
const CHECK_MS = 5_000;

/** Reads the log from where it is now; while it cannot be reached, subscribers wait. */
export const createHub = ({ log, now, progressMs = 15_000, maxWaiting = 1_000, onFault }: HubOptions): Hub => {
  const channels = new Map<string, Channel>();
  const topics = createTopics<Channel>();
  const members = new Set<Member>();
  const sleepers = new Set<() => void>();
  const waiting: (() => void)[] = [];
  let logId = "";
  /** Empty until the log was reached for the first time. */
  let position = "";
  let lastCallbackAt: string | null = null;
  let pumping = false;
  let again = false;

  const wake = () => {
    for (const sleeper of sleepers) sleeper();
    sleepers.clear();
  };
  const nudged = () => new Promise<void>((resolve) => void sleepers.add(resolve));

  const catchUpSoon = (member: Member) => {
    channels.get(member.feed.key)?.live.delete(member);
    catchUp(member, { log, logId: () => logId, join, nudged, now }).catch((error: unknown) => {
      onFault(error);
      stopMember(member);
    });
  };

  const join = (member: Member): boolean => {
    if (comparePositions(member.position, position) < 0) return false;
    channels.get(member.feed.key)?.live.add(member);
    return true;
  };

  /** What a member is sent that has some of it already: nothing of that, and cursors that remember the rest. */
  const sendPrivately = async ({ feed }: Channel, member: Member, event: LoggedEvent): Promise<boolean> => {
    if (now() > member.seenUntil) member.seen.clear();
    if (member.seen.delete(markOf(event.key))) return true;
    const cursor = encodeCursor({ logId, position: event.position, seen: [...member.seen] });
    return member.sink.send(await render(feed, event, cursor, { replayed: false, gap: false }));
  };

  const sendLive = async (channel: Channel, event: LoggedEvent) => {
    channel.waiting -= 1;
    if (channel.live.size === 0) return;
    const cursor = encodeCursor({ logId, position: event.position, seen: [] });
    let shared: Rendered | undefined;
    for (const member of channel.live) {
      if (comparePositions(event.position, member.position) <= 0) continue;
      member.position = event.position;
      const sent =
        member.seen.size === 0
          ? member.sink.send((shared ??= await render(channel.feed, event, cursor, { replayed: false, gap: false })))
          : await sendPrivately(channel, member, event);
      if (!sent && channel.live.has(member)) catchUpSoon(member);
    }
  };

  const dispatch = (event: LoggedEvent) => {
    if (!event.recovered) lastCallbackAt = event.receivedAt;
    for (const channel of topics.concernedBy(event)) {
      if (channel.live.size === 0) continue;
      if (channel.waiting >= maxWaiting) for (const member of channel.live) catchUpSoon(member);
      channel.waiting += 1;
      channel.tail = channel.tail.then(() => sendLive(channel, event)).catch(onFault);
    }
  };

  const begin = async () => {
    ({ logId, latest: position } = await log.bounds());
    for (const start of waiting.splice(0)) start();
  };

  const readOn = async () => {
    if (position === "") await begin();
    for (;;) {
      const events = await log.read(position, PAGE);
      for (const event of events) dispatch(event);
      position = events.at(-1)?.position ?? position;
      if (events.length < PAGE) return;
    }
  };

  const pump = () => {
    again = true;
    if (pumping) return;
    pumping = true;
    const run = async () => {
      while (again) {
        again = false;
        try {
          await readOn();
        } catch (error) {
          if (!(error instanceof LogUnavailable)) throw error;
        }
      }
    };
    run()
      .catch(onFault)
      .finally(() => {
        pumping = false;
        wake();
      });
  };

  /** What was read last may be gone: then everybody is told with their next event. */
  const check = async () => {
    if (position === "") return;
    const before = position;
    const bounds = await log.bounds();
    const lostTail = comparePositions(bounds.latest, before) < 0;
    const lostHead = bounds.trimmed && comparePositions(before, bounds.oldest ?? bounds.latest) < 0;
    if (bounds.logId === logId && !lostTail && !lostHead) return;
    logId = bounds.logId;
    if (lostTail) position = bounds.latest;
    for (const member of members) {
      member.gap = true;
      if (lostTail && comparePositions(member.position, position) > 0) member.position = position;
      if (channels.get(member.feed.key)?.live.has(member) === true) catchUpSoon(member);
    }
    pump();
  };

  const tellProgress = () => {
    if (position === "") return;
    const cursor = encodeCursor({ logId, position, seen: [] });
    for (const { live, waiting } of channels.values()) {
      if (waiting > 0) continue;
      for (const member of live) {
        member.position = position;
        member.sink.progress(cursor);
      }
    }
  };

  const stopMember = (member: Member) => {
    if (!members.delete(member)) return;
    member.stopped = true;
    const channel = channels.get(member.feed.key);
    channel?.live.delete(member);
    if (channel === undefined || (channel.members -= 1) > 0) return;
    channels.delete(member.feed.key);
    topics.remove(channel);
  };

  const channelOf = (feed: Feed): Channel => {
    const known = channels.get(feed.key);
    if (known !== undefined) return known;
    const channel = {
      feed,
      filter: feed.filter,
      live: new Set<Member>(),
      members: 0,
      waiting: 0,
      tail: Promise.resolve(),
    };
    channels.set(feed.key, channel);
    topics.add(channel);
    return channel;
  };

  const admit = (feed: Feed, after: Cursor | null, sink: Sink) => {
    const channel = channelOf(feed);
    channel.members += 1;
    const isForeign = after !== null && after.logId !== logId;
    const member: Member = {
      feed: channel.feed,
      sink,
      position: after === null ? position : isForeign ? "0-0" : after.position,
      gap: isForeign,
      seen: new Set(after?.seen),
      seenUntil: now() + SEEN_MS,
      stopped: false,
    };
    members.add(member);
    if (after !== null || !join(member)) catchUpSoon(member);
    return () => stopMember(member);
  };

  const unlisten = log.onNudge(pump);
  const checking = setInterval(
    () => void check().catch((error: unknown) => error instanceof LogUnavailable || onFault(error)),
    CHECK_MS,
  );
  const telling = setInterval(tellProgress, progressMs);
  checking.unref();
  telling.unref();
  pump();

  return {
    subscribe(feed, after, sink) {
      let end = () => {};
      let ended = false;
      const start = () => {
        if (!ended) end = admit(feed, after, sink);
      };
      if (position === "") waiting.push(start);
      else start();
      return () => {
        ended = true;
        end();
      };
    },
    cursor: () => encodeCursor({ logId, position, seen: [] }),
    lastCallbackAt: () => lastCallbackAt,
    size: () => members.size,
    stop() {
      unlisten();
      clearInterval(checking);
      clearInterval(telling);
      for (const member of members) stopMember(member);
      wake();
    },
  };
};
