import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { PorticoClient } from "../core/client.ts";
import type { CommandDocument, CommandRun, CommandSnapshot, SendCommandOptions } from "../core/command.ts";
import { createFollow, type Followed, type FollowQuery, type FollowSource } from "../core/follow.ts";

/** Where `useFollow` reads: a client, or the source of urql, Apollo or Relay. */
type Source = Pick<PorticoClient, "follow"> | FollowSource;

/**
 * Follows rows while the component is mounted. It starts again if the source, a document or a variable changes; the functions of the
 * query are those of the render in which it started.
 */
export const useFollow = <Snapshot, SnapshotVariables, Event, EventVariables, Row>(
  source: Source,
  query: FollowQuery<Snapshot, SnapshotVariables, Event, EventVariables, Row>,
): Followed<Row> => {
  const { snapshot, subscription, snapshotVariables, variables, limit } = query;
  const identity = JSON.stringify([snapshotVariables, variables, limit]);
  const store = useMemo(
    () => ("follow" in source ? source.follow(query) : createFollow(source, query)),
    // The functions of the query are new in each render and mean the same.
    [source, snapshot, subscription, identity],
  );
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
};

/** A command of a component. */
export interface UsedCommand<Data, Input> {
  /** The request that was sent last; null before the first one. */
  readonly request: CommandSnapshot<Data> | null;
  readonly isBusy: boolean;
  /** Sends a command. While one is not final it sends nothing and returns the result of that one. */
  readonly send: (input: Input, options?: SendCommandOptions) => Promise<CommandSnapshot<Data>>;
  /** Forgets the last request, so that `request` is null. */
  readonly reset: () => void;
}

const nothing = () => () => {};

/** Sends commands once each, and watches them to their ends. An unmounted component stops watching; what was sent is not taken back. */
export const useCommand = <Data, Input>(
  client: Pick<PorticoClient, "command">,
  document: CommandDocument<Data, Input>,
): UsedCommand<Data, Input> => {
  const [run, setRun] = useState<CommandRun<Data> | null>(null);
  const read = () => run?.getSnapshot() ?? null;
  const request = useSyncExternalStore<CommandSnapshot<Data> | null>(run?.subscribe ?? nothing, read, read);
  const latest = useMemo<{ run: CommandRun<Data> | null }>(() => ({ run: null }), []);
  useEffect(() => () => latest.run?.stop(), [latest]);
  const send = useCallback(
    (input: Input, options?: SendCommandOptions) => {
      const current = latest.run;
      if (current !== null && isRunning(current.getSnapshot())) return current.result;
      const next = client.command(document, input, options);
      latest.run = next;
      setRun(next);
      return next.result;
    },
    [client, document, latest],
  );
  const reset = useCallback(() => {
    latest.run = null;
    setRun(null);
  }, [latest]);
  return { request, isBusy: request !== null && isRunning(request), send, reset };
};

const isRunning = ({ status }: CommandSnapshot<unknown>): boolean => status === "sending" || status === "pending";
