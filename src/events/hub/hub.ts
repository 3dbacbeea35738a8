import { type SharedSubscription, createSharedSubscription } from "./shared-subscription.ts";
import { compareOffsets, type Cursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { SubscriptionSpec, Sink } from "./subscription-spec.ts";
import { type EventLog, type LogBounds, hasGapAfter } from "../log/log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { cursorAt, type Subscriber } from "./subscriber.ts";
import { catchUp } from "./replay.ts";
import { createSubscriptionIndex } from "./subscription-index.ts";

export interface Subscription {
  /** Where to go on from without missing anything; null while the place is not known, or a loss is still to be told. */
  readonly cursor: () => string | null;
  readonly end: () => void;
}

/** One reader per process, and everybody who listens. */
export interface Hub {
  /** Serves a sink from behind a cursor, or from now on: history, then live, without a seam, a loss or a double. */
  readonly subscribe: (feed: SubscriptionSpec, after: Cursor | null, sink: Sink) => Subscription;
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
  const channels = new Map<string, SharedSubscription>();
  const topics = createSubscriptionIndex<SharedSubscription>();
  const members = new Set<Subscriber>();
  /** Who waits for the log to be read on. */
  const sleepers = new Map<Subscriber, () => void>();
  /** Who came before the log was reached for the first time. */
  const early = new Set<() => void>();
  let logId = "";
  let offset = "";
  let turn = 0;
  let lastCallbackAt: string | null = null;
  let pumping = false;
  let again = false;

  const wake = () => {
    turn += 1;
    for (const sleeper of sleepers.values()) sleeper();
    sleepers.clear();
  };

  const turned = (since: number, member: Subscriber): Promise<void> =>
    turn !== since || member.stopped
      ? Promise.resolve()
      : new Promise((resolve) => void sleepers.set(member, () => resolve()));

  const join = (member: Subscriber): boolean => {
    if (member.logId !== logId || compareOffsets(member.offset, offset) < 0) return false;
    channels.get(member.spec.key)?.join(member);
    return true;
  };

  const shared = (member: Subscriber, event: LoggedEvent) => {
    const channel = channels.get(member.spec.key);
    if (channel === undefined) throw new Error("A member outlived its channel.");
    return channel.replay(event, member.logId);
  };

  const startCatchUp = (member: Subscriber) => {
    catchUp(member, { log, shared, join, readCount: () => turn, nextRead: turned, now }).catch((error: unknown) =>
      abandon(error, [member]),
    );
  };

  /** A member that cannot be served any more must not sit there in silence. */
  const abandon = (error: unknown, concerned: readonly Subscriber[]) => {
    onFault(error);
    for (const member of concerned) {
      stopMember(member);
      member.sink.fail();
    }
  };

  const stopMember = (member: Subscriber) => {
    if (!members.delete(member)) return;
    member.stopped = true;
    sleepers.get(member)?.();
    sleepers.delete(member);
    const channel = channels.get(member.spec.key);
    if (channel?.remove(member) !== true) return;
    channels.delete(member.spec.key);
    topics.remove(channel);
  };

  const dispatch = (event: LoggedEvent) => {
    try {
      if (!event.recovered) lastCallbackAt = event.receivedAt;
      onEvent?.(event);
      for (const channel of topics.matching(event)) channel.push(event, offset);
    } catch (error) {
      // One event that another version wrote in another form must not hold up all that follow.
      onFault(error);
    }
    offset = event.offset;
  };

  /** Whoever is served live may have missed something: each finds out from the log what it is. */
  const startOver = (bounds: LogBounds) => {
    const lostTail = bounds.logId === logId && compareOffsets(offset, bounds.latest) > 0;
    for (const channel of channels.values()) {
      for (const member of channel.live()) {
        channel.leave(member);
        startCatchUp(member);
      }
    }
    if (lostTail) for (const member of members) member.gap = true;
    [logId, offset] = [bounds.logId, bounds.latest];
  };

  const begin = async () => {
    ({ logId, latest: offset } = await log.bounds());
    for (const start of early) start();
    early.clear();
  };

  const readOn = async () => {
    if (offset === "") await begin();
    for (;;) {
      const events = await log.read(offset, PAGE);
      const bounds = await log.bounds();
      if (bounds.logId !== logId || hasGapAfter(offset, bounds)) startOver(bounds);
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

  const cursorOf = (member: Subscriber): string | null => {
    if (member.stopped || member.gap) return null;
    return cursorAt(member, channels.get(member.spec.key)?.reached(member) ?? member.offset);
  };

  const tellProgress = (member: Subscriber) => {
    const cursor = cursorOf(member);
    if (cursor !== null) member.sink.checkpoint(cursor);
  };

  const channelOf = (feed: SubscriptionSpec): SharedSubscription => {
    const known = channels.get(feed.key);
    if (known !== undefined) return known;
    const facts = { logId: () => logId, offset: () => offset, now, maxWaiting };
    const channel = createSharedSubscription({ feed, ...facts, onBehind: startCatchUp, onFault: abandon });
    channels.set(feed.key, channel);
    topics.add(channel);
    return channel;
  };

  const admit = (feed: SubscriptionSpec, after: Cursor | null, sink: Sink): Subscriber => {
    const channel = channelOf(feed);
    const member: Subscriber = {
      spec: channel.feed,
      sink,
      logId: after?.logId ?? logId,
      offset: after?.offset ?? offset,
      gap: false,
      deliveredTags: new Set(after?.deliveredTags),
      tagsExpireAt: now() + SEEN_MS,
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

  const unlisten = log.onAppend(pump);
  const checking = setInterval(pump, CHECK_MS);
  const telling = setInterval(() => members.forEach(tellProgress), progressMs);
  checking.unref();
  telling.unref();
  pump();

  return {
    subscribe(feed, after, sink) {
      let member: Subscriber | undefined;
      const start = () => {
        member = admit(feed, after, sink);
      };
      if (offset === "") early.add(start);
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
