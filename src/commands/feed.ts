import type { RenderedEvent, Sink } from "../events/hub/subscription-spec.ts";
import type { Subscription } from "../events/hub/hub.ts";
import type { Command } from "./command.ts";
import type { CommandKey, CommandTracker } from "./tracker.ts";

/** What identical subscriptions to a command share. */
export interface CommandSubscription {
  readonly key: string;
  readonly command: CommandKey;
  /** Null: the gateway knows no such command. It does not reject. */
  readonly render: (command: Command | null) => Promise<Buffer>;
}

/**
 * Tells sinks of a command, now and on every change until it is final, then completes them. One that does not keep up is told
 * the newest state when it does, and no others: at most one waits for it.
 */
export type CommandFeed = (following: CommandSubscription, sink: Sink) => Subscription;

interface Listener {
  readonly sink: Sink;
  told: RenderedEvent | undefined;
  waiting: boolean;
}

interface Group {
  readonly listeners: Set<Listener>;
  latest: RenderedEvent | undefined;
  over: boolean;
  tail: Promise<void>;
  stop: () => void;
}

/** However many follow one command with one document, it is executed once for each change. */
export const createCommandFeed = (tracker: CommandTracker, onFault: (error: unknown) => void): CommandFeed => {
  const groups = new Map<string, Group>();

  const tell = (group: Group, listener: Listener): void => {
    const { sink, told, waiting } = listener;
    const { latest, over } = group;
    if (waiting || !group.listeners.has(listener)) return;
    listener.told = latest;
    const hasRoom = latest === undefined || latest === told || sink.send(latest);
    if (!hasRoom) tellWhenDrained(group, listener).catch(onFault);
    else if (over) sink.complete();
  };

  /** One whose client has gone is not told any more; its connection ends the subscription. */
  const tellWhenDrained = async (group: Group, listener: Listener) => {
    listener.waiting = true;
    if (!(await listener.sink.drained())) return;
    listener.waiting = false;
    tell(group, listener);
  };

  const begin = ({ key, command, render }: CommandSubscription): Group => {
    const group: Group = {
      listeners: new Set(),
      latest: undefined,
      over: false,
      tail: Promise.resolve(),
      stop: () => {},
    };
    groups.set(key, group);
    const next = (work: () => Promise<void>) => {
      group.tail = group.tail.then(work).catch(onFault);
    };
    const tellAll = () => {
      for (const listener of group.listeners) tell(group, listener);
    };
    group.stop = tracker.watch(command, {
      onChange: (state) =>
        next(async () => {
          group.latest = { json: await render(state), cursor: "", encodings: new Map() };
          tellAll();
        }),
      onEnd: () =>
        next(async () => {
          groups.delete(key);
          group.over = true;
          tellAll();
        }),
    });
    return group;
  };

  return (following, sink) => {
    const group = groups.get(following.key) ?? begin(following);
    const listener: Listener = { sink, told: undefined, waiting: false };
    group.listeners.add(listener);
    tell(group, listener);
    return {
      cursor: () => null,
      end() {
        group.listeners.delete(listener);
        if (group.listeners.size > 0) return;
        group.stop();
        if (groups.get(following.key) === group) groups.delete(following.key);
      },
    };
  };
};
