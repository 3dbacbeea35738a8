import { type Channel, createChannel } from "./shared-subscription.ts";
import { comparePositions, type Cursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { Feed, Sink } from "./subscription-spec.ts";
import { type EventLog, type LogBounds, mayHaveLost } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { cursorAt, type Member } from "./subscriber.ts";
import { catchUp } from "./replay.ts";
import { createTopics } from "./subscription-index.ts";

export interface Subscription {
  /** Where to go on from without missing anything; null while the place is not known, or a loss is still to be told. */
  readonly cursor: () => string | null;
  readonly end: () => void;
}

/** One reader per process, and everybody who listens. */
export interface Hub {
  /** Serves a sink from behind a cursor, or from now on: history, then live, without a seam, a loss or a double. */
  readonly subscribe: (feed: Feed, after: Cursor | null, sink: Sink) => Subscription;
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
  /** Told of every event that is read, in order. */
  readonly onEvent?: (event: LoggedEvent) => void;
  readonly onFault: (error: unknown) => void;
}

const PAGE = 500;
const SEEN_MS = 600_000;
/** How late an event may be whose nudge was lost, and how late a loss is found out while nothing is logged. */
const CHECK_MS = 5_000;

/** Reads the log from where it is now; while it cannot be reached, subscribers wait. */
export const createHub = ({ log, now, progressMs = 15_000, maxWaiting = 1_000, onEvent, onFault }: HubOptions): Hub => {
  const channels = new Map<string, Channel>();
  const topics = createTopics<Channel>();
  const members = new Set<Member>();
  /** Who waits for the log to be read on. */
  const sleepers = new Map<Member, () => void>();
  /** Who came before the log was reached for the first time. */
  const early = new Set<() => void>();
  let logId = "";
  let position = "";
  let turn = 0;
  let lastCallbackAt: string | null = null;
  let pumping = false;
  let again = false;

  const wake = () => {
    turn += 1;
    for (const sleeper of sleepers.values()) sleeper();
    sleepers.clear();
  };

  const turned = (since: number, member: Member): Promise<void> =>
    turn !== since || member.stopped
      ? Promise.resolve()
      : new Promise((resolve) => void sleepers.set(member, () => resolve()));

  const join = (member: Member): boolean => {
    if (member.logId !== logId || comparePositions(member.position, position) < 0) return false;
    channels.get(member.feed.key)?.join(member);
    return true;
  };

  const shared = (member: Member, event: LoggedEvent) => {
    const channel = channels.get(member.feed.key);
    if (channel === undefined) throw new Error("A member outlived its channel.");
    return channel.replay(event, member.logId);
  };

  const startCatchUp = (member: Member) => {
    catchUp(member, { log, shared, join, turn: () => turn, turned, now }).catch((error: unknown) =>
      abandon(error, [member]),
    );
  };

  /** A member that cannot be served any more must not sit there in silence. */
  const abandon = (error: unknown, concerned: readonly Member[]) => {
    onFault(error);
    for (const member of concerned) {
      stopMember(member);
      member.sink.fail();
    }
  };

  const stopMember = (member: Member) => {
    if (!members.delete(member)) return;
    member.stopped = true;
    sleepers.get(member)?.();
    sleepers.delete(member);
    const channel = channels.get(member.feed.key);
    if (channel?.remove(member) !== true) return;
    channels.delete(member.feed.key);
    topics.remove(channel);
  };

  const dispatch = (event: LoggedEvent) => {
    try {
      if (!event.recovered) lastCallbackAt = event.receivedAt;
      onEvent?.(event);
      for (const channel of topics.concernedBy(event)) channel.push(event, position);
    } catch (error) {
      // One event that another version wrote in another form must not hold up all that follow.
      onFault(error);
    }
    position = event.position;
  };

  /** Whoever is served live may have missed something: each finds out from the log what it is. */
  const startOver = (bounds: LogBounds) => {
    const lostTail = bounds.logId === logId && comparePositions(position, bounds.latest) > 0;
    for (const channel of channels.values()) {
      for (const member of channel.live()) {
        channel.leave(member);
        startCatchUp(member);
      }
    }
    if (lostTail) for (const member of members) member.gap = true;
    [logId, position] = [bounds.logId, bounds.latest];
  };

  const begin = async () => {
    ({ logId, latest: position } = await log.bounds());
    for (const start of early) start();
    early.clear();
  };

  const readOn = async () => {
    if (position === "") await begin();
    for (;;) {
      const events = await log.read(position, PAGE);
      const bounds = await log.bounds();
      if (bounds.logId !== logId || mayHaveLost(position, bounds)) startOver(bounds);
      else for (const event of events) dispatch(event);
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
          if (!(error instanceof StoreUnavailableError)) throw error;
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

  const cursorOf = (member: Member): string | null => {
    if (member.stopped || member.gap) return null;
    return cursorAt(member, channels.get(member.feed.key)?.reached(member) ?? member.position);
  };

  const tellProgress = (member: Member) => {
    const cursor = cursorOf(member);
    if (cursor !== null) member.sink.progress(cursor);
  };

  const channelOf = (feed: Feed): Channel => {
    const known = channels.get(feed.key);
    if (known !== undefined) return known;
    const facts = { logId: () => logId, position: () => position, now, maxWaiting };
    const channel = createChannel({ feed, ...facts, onBehind: startCatchUp, onFault: abandon });
    channels.set(feed.key, channel);
    topics.add(channel);
    return channel;
  };

  const admit = (feed: Feed, after: Cursor | null, sink: Sink): Member => {
    const channel = channelOf(feed);
    const member: Member = {
      feed: channel.feed,
      sink,
      logId: after?.logId ?? logId,
      position: after?.position ?? position,
      gap: false,
      seen: new Set(after?.seen),
      seenUntil: now() + SEEN_MS,
      stopped: false,
    };
    members.add(member);
    channel.add(member);
    if (after === null) {
      join(member);
      tellProgress(member);
    } else startCatchUp(member);
    return member;
  };

  const unlisten = log.onNudge(pump);
  const checking = setInterval(pump, CHECK_MS);
  const telling = setInterval(() => members.forEach(tellProgress), progressMs);
  checking.unref();
  telling.unref();
  pump();

  return {
    subscribe(feed, after, sink) {
      let member: Member | undefined;
      const start = () => {
        member = admit(feed, after, sink);
      };
      if (position === "") early.add(start);
      else start();
      return {
        cursor: () => (member === undefined ? null : cursorOf(member)),
        end() {
          early.delete(start);
          if (member !== undefined) stopMember(member);
        },
      };
    },
    lastCallbackAt: () => lastCallbackAt,
    size: () => members.size + early.size,
    stop() {
      unlisten();
      clearInterval(checking);
      clearInterval(telling);
      early.clear();
      for (const member of members) stopMember(member);
      wake();
    },
  };
};
