import { comparePositions, encodeCursor } from "../cursor.ts";
import type { LoggedEvent } from "../event.ts";
import type { Feed, FeedFilter, Rendered } from "./subscription-spec.ts";
import { cursorAt, forgetSeen, hasSeen, type Member, render } from "./subscriber.ts";

/** A feed with all its members: those served live, and those that still catch up. */
export interface Channel {
  readonly feed: Feed;
  readonly filter: FeedFilter;
  readonly add: (member: Member) => void;
  /** Tells whether that was the last one. */
  readonly remove: (member: Member) => boolean;
  /** From now on served live. */
  readonly join: (member: Member) => void;
  /** Not served live any more: the member goes on from the log, without a loss or a double. */
  readonly leave: (member: Member) => void;
  /** Takes an event for those who are served live; `before` is the place it follows in the log. */
  readonly push: (event: LoggedEvent, before: string) => void;
  /** What of the log is done with for a member: it was sent, or does not concern it. */
  readonly reached: (member: Member) => string;
  /** Executes an event once for all who replay it at about the same time. */
  readonly replay: (event: LoggedEvent, logId: string) => Promise<Rendered>;
  readonly live: () => readonly Member[];
}

export interface ChannelOptions {
  readonly feed: Feed;
  readonly logId: () => string;
  /** Where the process has read the log to. */
  readonly position: () => string;
  readonly now: () => number;
  readonly maxWaiting: number;
  /** Told of members that have left because they, or the execution of their feed, do not keep up. */
  readonly onBehind: (member: Member) => void;
  /** Told when an event could not be delivered to those members. */
  readonly onFault: (error: unknown, members: readonly Member[]) => void;
}

/** How many events are kept for those who come a little later, as long as there are any who catch up. */
const MAX_REPLAYS = 256;

const later = (a: string, b: string): string => (comparePositions(a, b) < 0 ? b : a);

export const createChannel = (options: ChannelOptions): Channel => {
  const { feed, logId, position, now, maxWaiting, onBehind, onFault } = options;
  const members = new Set<Member>();
  const live = new Set<Member>();
  const replays = new Map<string, Promise<Rendered>>();
  /** The first one is being executed. */
  let waiting: { readonly event: LoggedEvent; readonly before: string }[] = [];
  let busy = false;

  const leave = (member: Member) => {
    if (!live.has(member)) return;
    member.position = reached(member);
    live.delete(member);
  };
  const reached = (member: Member): string =>
    live.has(member) ? later(member.position, waiting[0]?.before ?? position()) : member.position;
  const fallBehind = (member: Member) => {
    leave(member);
    onBehind(member);
  };

  /** While an event was executed, its member may have left, or have come back ahead of it. */
  const isDue = (member: Member, event: LoggedEvent): boolean =>
    live.has(member) && comparePositions(event.position, member.position) > 0;

  const send = (member: Member, event: LoggedEvent, rendered: Rendered) => {
    if (!isDue(member, event)) return;
    member.position = event.position;
    if (!member.sink.send(rendered)) fallBehind(member);
  };

  /** What a member is sent that has some of it already: nothing of that, and cursors that remember the rest. */
  const sendPrivately = async (member: Member, event: LoggedEvent) => {
    if (!isDue(member, event)) return;
    if (hasSeen(member, event)) {
      member.position = event.position;
      return;
    }
    const cursor = cursorAt(member, event.position);
    send(member, event, await render(feed, { event, cursor, replayed: false, gap: false }));
  };

  const deliver = async (event: LoggedEvent) => {
    const apart: Member[] = [];
    const together: Member[] = [];
    for (const member of live) {
      if (member.seen.size > 0) forgetSeen(member, now());
      (member.seen.size > 0 ? apart : together).push(member);
    }
    if (together.length > 0) {
      const cursor = encodeCursor({ logId: logId(), position: event.position, seen: [] });
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
      const key = `${log} ${event.position}`;
      const known = replays.get(key);
      if (known !== undefined) return known;
      const cursor = encodeCursor({ logId: log, position: event.position, seen: [] });
      const made = render(feed, { event, cursor, replayed: true, gap: false });
      if (catchingUp() > 1) replays.set(key, made);
      const [oldest = key] = replays.keys();
      if (replays.size > MAX_REPLAYS) replays.delete(oldest);
      return made;
    },
    live: () => [...live],
  };
};
