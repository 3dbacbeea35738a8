import { compareOffsets, encodeCursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { SubscriptionSpec, EventFilter, RenderedEvent } from "./subscription-spec.ts";
import { cursorAt, dropExpiredTags, consumeDeliveredTag, type Subscriber, render } from "./subscriber.ts";

/** A feed with all its members: those served live, and those that still catch up. */
export interface SharedSubscription {
  readonly feed: SubscriptionSpec;
  readonly filter: EventFilter;
  readonly add: (member: Subscriber) => void;
  /** Tells whether that was the last one. */
  readonly remove: (member: Subscriber) => boolean;
  /** From now on served live. */
  readonly join: (member: Subscriber) => void;
  /** Not served live any more: the member goes on from the log, without a loss or a double. */
  readonly leave: (member: Subscriber) => void;
  /** Takes an event for those who are served live; `before` is the place it follows in the log. */
  readonly push: (event: LoggedEvent, before: string) => void;
  /** What of the log is done with for a member: it was sent, or does not concern it. */
  readonly reached: (member: Subscriber) => string;
  /** Executes an event once for all who replay it at about the same time. */
  readonly replay: (event: LoggedEvent, logId: string) => Promise<RenderedEvent>;
  readonly live: () => readonly Subscriber[];
}

export interface SharedSubscriptionOptions {
  readonly feed: SubscriptionSpec;
  readonly logId: () => string;
  /** Where the process has read the log to. */
  readonly offset: () => string;
  readonly now: () => number;
  readonly maxWaiting: number;
  /** Told of members that have left because they, or the execution of their feed, do not keep up. */
  readonly onBehind: (member: Subscriber) => void;
  /** Told when an event could not be delivered to those members. */
  readonly onFault: (error: unknown, members: readonly Subscriber[]) => void;
}

/** How many events are kept for those who come a little later, as long as there are any who catch up. */
const MAX_REPLAYS = 256;

const later = (a: string, b: string): string => (compareOffsets(a, b) < 0 ? b : a);

export const createSharedSubscription = (options: SharedSubscriptionOptions): SharedSubscription => {
  const { feed, logId, offset, now, maxWaiting, onBehind, onFault } = options;
  const members = new Set<Subscriber>();
  const live = new Set<Subscriber>();
  const replays = new Map<string, Promise<RenderedEvent>>();
  /** The first one is being executed. */
  let waiting: { readonly event: LoggedEvent; readonly before: string }[] = [];
  let busy = false;

  const leave = (member: Subscriber) => {
    if (!live.has(member)) return;
    member.offset = reached(member);
    live.delete(member);
  };
  const reached = (member: Subscriber): string =>
    live.has(member) ? later(member.offset, waiting[0]?.before ?? offset()) : member.offset;
  const fallBehind = (member: Subscriber) => {
    leave(member);
    onBehind(member);
  };

  /** While an event was executed, its member may have left, or have come back ahead of it. */
  const isDue = (member: Subscriber, event: LoggedEvent): boolean =>
    live.has(member) && compareOffsets(event.offset, member.offset) > 0;

  const send = (member: Subscriber, event: LoggedEvent, rendered: RenderedEvent) => {
    if (!isDue(member, event)) return;
    member.offset = event.offset;
    if (!member.sink.send(rendered)) fallBehind(member);
  };

  /** What a member is sent that has some of it already: nothing of that, and cursors that remember the rest. */
  const sendPrivately = async (member: Subscriber, event: LoggedEvent) => {
    if (!isDue(member, event)) return;
    if (consumeDeliveredTag(member, event)) {
      member.offset = event.offset;
      return;
    }
    const cursor = cursorAt(member, event.offset);
    send(member, event, await render(feed, { event, cursor, replayed: false, gap: false }));
  };

  const deliver = async (event: LoggedEvent) => {
    const apart: Subscriber[] = [];
    const together: Subscriber[] = [];
    for (const member of live) {
      if (member.deliveredTags.size > 0) dropExpiredTags(member, now());
      (member.deliveredTags.size > 0 ? apart : together).push(member);
    }
    if (together.length > 0) {
      const cursor = encodeCursor({ logId: logId(), offset: event.offset, deliveredTags: [] });
      const rendered = await render(feed, { event, cursor, replayed: false, gap: false });
      for (const member of together) send(member, event, rendered);
    }
    await Promise.all(apart.map((member) => sendPrivately(member, event)));
  };

  const run = async () => {
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      const { event } = next;
      await deliver(event).catch((error: unknown) => {
        onFault(
          error,
          [...live].filter((member) => isDue(member, event)),
        );
      });
      if (waiting[0] === next) waiting.shift();
    }
    busy = false;
  };

  const catchingUp = () => members.size - live.size;
  const forgetReplays = () => {
    if (catchingUp() === 0) replays.clear();
  };

  return {
    feed,
    filter: feed.filter,
    add: (member) => void members.add(member),
    remove(member) {
      members.delete(member);
      live.delete(member);
      forgetReplays();
      return members.size === 0;
    },
    join(member) {
      live.add(member);
      forgetReplays();
    },
    leave,
    push(event, before) {
      if (live.size === 0) return;
      if (waiting.length >= maxWaiting) {
        for (const member of live) fallBehind(member);
        waiting = [];
        return;
      }
      waiting.push({ event, before });
      if (busy) return;
      busy = true;
      void run();
    },
    reached,
    replay(event, log) {
      const key = `${log} ${event.offset}`;
      const known = replays.get(key);
      if (known !== undefined) return known;
      const cursor = encodeCursor({ logId: log, offset: event.offset, deliveredTags: [] });
      const made = render(feed, { event, cursor, replayed: true, gap: false });
      if (catchingUp() > 1) replays.set(key, made);
      const [oldest = key] = replays.keys();
      if (replays.size > MAX_REPLAYS) replays.delete(oldest);
      return made;
    },
    live: () => [...live],
  };
};
