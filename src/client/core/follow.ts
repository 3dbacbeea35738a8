import { type BackoffOptions, createBackoff } from "./backoff.ts";
import type { ClientDocument } from "./document.ts";
import { RequestError } from "./http.ts";
import { type ClientResult, type EndReason, reasonOfErrors, type ResultError } from "./result.ts";
import type { ConnectionState } from "./state.ts";
import { createStore, type ReadableStore } from "./store.ts";
import type { StreamObserver } from "./stream-request.ts";

/** Reads and subscribes: the client itself, or the client of a cache through which both go. */
export interface FollowSource {
  readonly query: <Data, Variables>(
    document: ClientDocument<Data, Variables>,
    variables: Variables,
  ) => Promise<ClientResult<Data>>;
  /** Returns a function that ends the subscription. `after` is the position at which it starts. */
  readonly subscribe: <Data, Variables>(
    request: FollowRequest<Data, Variables>,
    observer: StreamObserver<Data>,
  ) => () => void;
}

/** A subscription that starts at a position. */
export interface FollowRequest<Data, Variables> {
  readonly document: ClientDocument<Data, Variables>;
  readonly variables?: Variables | undefined;
  readonly after?: string | null | undefined;
}

/** What is followed: a query for what is there, and a subscription for what is added and changed. */
export interface FollowQuery<Snapshot, SnapshotVariables, Event, EventVariables, Row> {
  readonly snapshot: ClientDocument<Snapshot, SnapshotVariables>;
  readonly snapshotVariables?: SnapshotVariables;
  /**
   * Returns the position at which the snapshot was taken. Without it, the subscription begins first and its events wait for the
   * snapshot: right for rows that an event replaces, such as the status of a device.
   */
  readonly cursor?: (data: Snapshot) => string | null | undefined;
  /** Returns the rows of the snapshot; null or undefined if it lacks them because of an error. */
  readonly rows: (data: Snapshot) => readonly Row[] | null | undefined;
  readonly subscription: ClientDocument<Event, EventVariables>;
  /** The variables of the subscription, without the position. */
  readonly variables?: Omit<EventVariables, "after">;
  /** Returns the row of an event; null if it has none. */
  readonly row: (data: Event) => NoInfer<Row> | null;
  /** Identifies a row: a row with the key of another one replaces it. */
  readonly key: (row: NoInfer<Row>) => string;
  /** How many rows are kept. @default 1000 */
  readonly limit?: number;
  /** Adds the row of an event. @default replaces the row with its key, or puts it in front */
  readonly merge?: (rows: readonly NoInfer<Row>[], row: NoInfer<Row>) => readonly NoInfer<Row>[];
}

/** The rows, and how current they are. */
export interface Followed<Row> {
  readonly rows: readonly Row[];
  readonly state: ConnectionState;
}

/** Rows that stay current while anyone listens to them. */
export interface FollowStore<Row> extends ReadableStore<Followed<Row>> {
  /** Ends it for all listeners. */
  readonly stop: () => void;
}

const DEFAULT_LIMIT = 1_000;

const CONNECTING: ConnectionState = { status: "connecting" };

/**
 * Follows rows from a snapshot on, without a hole and without a duplicate. It starts with the first listener and pauses when the last
 * one has left; the next one starts it from a new snapshot. After a gap it reads the snapshot again.
 */
export const createFollow = <Snapshot, SnapshotVariables, Event, EventVariables, Row>(
  source: FollowSource,
  query: FollowQuery<Snapshot, SnapshotVariables, Event, EventVariables, Row>,
  options?: BackoffOptions,
): FollowStore<Row> => {
  const { key, limit = DEFAULT_LIMIT } = query;
  const merge = query.merge ?? ((rows: readonly Row[], row: Row) => mergeByKey(rows, row, key));
  const store = createStore<Followed<Row>>({ rows: [], state: CONNECTING });
  const backoff = createBackoff(options);
  let isStopped = false;
  /** The snapshot and subscription in use; what belongs to an earlier one is ignored. */
  let run = {};
  let unsubscribe = () => {};

  const show = (change: Partial<Followed<Row>>) => store.set({ ...store.getSnapshot(), ...change });
  const end = () => {
    run = {};
    unsubscribe();
    unsubscribe = () => {};
    backoff.cancel();
  };
  const close = (errors: readonly ResultError[], reason: "refused" | "unauthorized" = "refused") => {
    end();
    isStopped = true;
    // The stream has said why it is closed before it reports the errors.
    if (store.getSnapshot().state.status !== "closed") show({ state: { status: "closed", reason, errors } });
  };

  /** Reads the snapshot until it is there; resolves with null if another run has begun. */
  const read = (current: object): Promise<Snapshot | null> =>
    new Promise((resolve) => {
      const attempt = async () => {
        const outcome = await source.query(query.snapshot, query.snapshotVariables as SnapshotVariables).catch(toError);
        if (run !== current) return resolve(null);
        if (!(outcome instanceof Error) && isComplete(outcome.data)) {
          backoff.reset();
          return resolve(outcome.data);
        }
        const reason = reasonOfFailure(outcome);
        if (reason.kind !== "lost") {
          if (reason.kind === "refused") close(reason.errors);
          else close([], "unauthorized");
          return resolve(null);
        }
        const announce = (retryAt: number) => show({ state: { status: "offline", retryAt, cause: reason.cause } });
        return backoff.wait({ ...reason, announce }, () => void attempt());
      };
      void attempt();
    });

  const isComplete = (data: Snapshot | null | undefined): data is Snapshot =>
    data != null && query.rows(data) != null && (query.cursor === undefined || query.cursor(data) != null);
  const showSnapshot = (data: Snapshot) => show({ rows: query.rows(data)?.slice(0, limit) ?? [] });
  const add = (data: Event | null | undefined) => {
    const row = data == null ? null : query.row(data);
    if (row !== null) show({ rows: merge(store.getSnapshot().rows, row).slice(0, limit) });
  };

  const listen = (after: string | null, observer: Omit<StreamObserver<Event>, "error" | "complete">) => {
    const variables = { ...query.variables } as EventVariables;
    const error = (errors: readonly ResultError[]) => close(errors);
    unsubscribe = source.subscribe({ document: query.subscription, variables, after }, { ...observer, error });
  };

  /** With a position: the snapshot, then the events behind it. A gap begins again with the snapshot. */
  const startAt = async (cursor: (data: Snapshot) => string | null | undefined) => {
    const current = run;
    const data = await read(current);
    if (data === null) return;
    showSnapshot(data);
    listen(cursor(data) ?? null, {
      state(state) {
        if (run !== current) return;
        show({ state });
        if (state.status === "gap") restart(state);
      },
      next({ data: event }) {
        if (run === current) add(event);
      },
    });
  };

  /** Without a position: the events wait for the snapshot, which is read once the subscription is served. */
  const startBeside = () => {
    const current = run;
    let ready: Promise<void> | undefined;
    const load = async () => {
      const data = await read(current);
      if (data !== null) showSnapshot(data);
    };
    listen(null, {
      state(state) {
        if (run !== current) return;
        show({ state });
        if (state.status === "gap") ready = load();
        else if (state.status === "live" || state.status === "catching up") ready ??= load();
      },
      async next({ data: event }) {
        await (ready ??= load());
        if (run === current) add(event);
      },
    });
  };

  const restart = (state: ConnectionState = CONNECTING) => {
    end();
    if (isStopped) return;
    run = {};
    show({ state });
    if (query.cursor === undefined) startBeside();
    else void startAt(query.cursor);
  };

  return {
    getSnapshot: store.getSnapshot,
    subscribe(listener) {
      const leave = store.subscribe(listener);
      if (store.listeners() === 1) restart();
      return () => {
        leave();
        if (store.listeners() === 0) end();
      };
    },
    stop() {
      if (isStopped) return;
      isStopped = true;
      end();
      show({ state: { status: "closed", reason: "stopped" } });
    },
  };
};

/** Why there is no complete snapshot. */
const reasonOfFailure = (outcome: Error | ClientResult<unknown>): EndReason => {
  if (outcome instanceof RequestError) return outcome.reason;
  if (outcome instanceof Error) return { kind: "lost", cause: outcome };
  return reasonOfErrors(outcome.errors ?? [{ message: "The snapshot lacks its rows or its position." }]);
};

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const mergeByKey = <Row>(rows: readonly Row[], row: Row, key: (row: Row) => string): readonly Row[] => {
  const index = rows.findIndex((each) => key(each) === key(row));
  return index === -1 ? [row, ...rows] : rows.with(index, row);
};
