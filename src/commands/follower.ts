import type { Rendered, Sink } from "../events/feed.ts";
import type { Subscription } from "../events/hub.ts";
import type { Command } from "./command.ts";
import type { CommandKey, Tracker } from "./tracker.ts";

/** What identical subscriptions to a command share. */
export interface Following {
  readonly key: string;
  readonly command: CommandKey;
  /** Null: the gateway knows no such command. It does not reject. */
  readonly render: (command: Command | null) => Promise<Buffer>;
}

/** Tells sinks of a command, now and on every change until it is final, then completes them. */
export type Follow = (following: Following, sink: Sink) => Subscription;

interface Group {
  readonly sinks: Set<Sink>;
  latest: Rendered | undefined;
  tail: Promise<void>;
  stop: () => void;
}

/** However many follow one command with one document, it is executed once for each change. */
export const createFollow = (tracker: Tracker, onFault: (error: unknown) => void): Follow => {
  const groups = new Map<string, Group>();

  const begin = ({ key, command, render }: Following): Group => {
    const group: Group = { sinks: new Set(), latest: undefined, tail: Promise.resolve(), stop: () => {} };
    groups.set(key, group);
    const next = (work: () => Promise<void>) => {
      group.tail = group.tail.then(work).catch(onFault);
    };
    group.stop = tracker.watch(command, {
      onChange: (state) =>
        next(async () => {
          group.latest = { json: await render(state), cursor: "", made: new Map() };
          for (const sink of group.sinks) sink.send(group.latest);
        }),
      onEnd: () =>
        next(async () => {
          groups.delete(key);
          for (const sink of group.sinks) sink.complete();
        }),
    });
    return group;
  };

  return (following, sink) => {
    const group = groups.get(following.key) ?? begin(following);
    group.sinks.add(sink);
    if (group.latest !== undefined) sink.send(group.latest);
    return {
      cursor: () => null,
      end() {
        group.sinks.delete(sink);
        if (group.sinks.size > 0) return;
        group.stop();
        if (groups.get(following.key) === group) groups.delete(following.key);
      },
    };
  };
};
