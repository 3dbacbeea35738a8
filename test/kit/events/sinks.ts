import { createHub, type Hub, type HubOptions, type Subscription } from "../../../src/events/hub/hub.ts";
import {
  type Delivery,
  type SubscriptionSpec,
  type EventFilter,
  type Sink,
} from "../../../src/events/hub/subscription-spec.ts";
import { employeeCodeOf } from "../../../src/events/event.ts";
import { type Cursor, decodeCursor } from "../../../src/events/cursor.ts";
import type { Appended, EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { onTestFinished } from "vitest";

/** A promise that a test resolves. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export const createGate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

/** A log that a test can replace, make unreachable, and hold up between a read and its answer. */
export interface TestLog {
  readonly log: EventLog;
  readonly setReachable: (reachable: boolean) => void;
  /** Puts another log, which is empty, in its place, as a flush does. */
  readonly replace: () => void;
  /** Holds up the answer of the next read. */
  readonly holdRead: () => Gate;
  readonly notify: () => void;
}

export const createTestLog = (maxEvents = 100_000): TestLog => {
  const create = () => createMemoryLog({ maxEvents, dedupeMs: 86_400_000, now: Date.now });
  const listeners = new Set<(appended: Appended) => void>();
  const notify = () => {
    for (const listener of listeners) listener({ runs: [], latest: null });
  };
  let inner = create();
  let reachable = true;
  let held: Gate | undefined;
  inner.onAppend(notify);
  const requireReachable = () => {
    if (!reachable) throw new StoreUnavailableError("event log", "it is out of reach.");
  };
  const log: EventLog = {
    ...inner,
    append: async (events) => inner.append(events),
    async read(after, limit) {
      requireReachable();
      const gate = held;
      held = undefined;
      const page = await inner.read(after, limit);
      await gate?.opened;
      return page;
    },
    async bounds() {
      requireReachable();
      return inner.bounds();
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    log,
    setReachable(value) {
      reachable = value;
    },
    replace() {
      inner = create();
      inner.onAppend(notify);
    },
    holdRead: () => (held = createGate()),
    notify,
  };
};

export interface ReceivedEvent {
  readonly code: string | null;
  readonly replayed: boolean;
  readonly gap: boolean;
}

export interface TestSink extends Subscription {
  readonly received: readonly ReceivedEvent[];
  readonly codes: () => readonly (string | null)[];
  readonly checkpoints: readonly string[];
  readonly failed: () => boolean;
  /** From now on it has room for this many events, one by default, until it is unblocked. */
  readonly block: (events?: number) => void;
  readonly unblock: () => void;
  readonly decodedCursor: () => Cursor | null;
}

export const EVERYTHING: EventFilter = {
  kinds: new Set(["attendance.new", "device.status", "enrollment.update"]),
  serialNumbers: null,
  employeeCodes: null,
};

type Render = (delivery: Delivery) => Promise<void> | void;

/** A subscription that renders what it was asked to execute. */
export const specOf = (key: string, render: Render = () => {}, filter: EventFilter = EVERYTHING): SubscriptionSpec => ({
  key,
  filter,
  render: (deliveries) =>
    Promise.all(
      deliveries.map(async (delivery) => {
        await render(delivery);
        const { event, replayed, gap } = delivery;
        return Buffer.from(JSON.stringify({ code: employeeCodeOf(event), replayed, gap } satisfies ReceivedEvent));
      }),
    ),
});

export const subscribe = (hub: Hub, spec: SubscriptionSpec, after: Cursor | null = null): TestSink => {
  const received: ReceivedEvent[] = [];
  const checkpoints: string[] = [];
  let room: Gate | undefined;
  /** How many events it takes until it is unblocked. */
  let left = Infinity;
  let failed = false;
  const sink: Sink = {
    send({ events }) {
      const taken = events.slice(0, left);
      left -= taken.length;
      received.push(...taken.map(({ json }) => JSON.parse(json.toString()) as ReceivedEvent));
      return taken.length;
    },
    async drained() {
      if (left === 0) await room?.opened;
      return true;
    },
    checkpoint: (cursor) => void checkpoints.push(cursor),
    complete: () => {},
    fail() {
      failed = true;
    },
  };
  const subscription = hub.subscribe(spec, after, sink);
  return {
    cursor: () => subscription.cursor(),
    end: () => subscription.end(),
    received,
    codes: () => received.map(({ code }) => code),
    checkpoints,
    failed: () => failed,
    block(events = 1) {
      room = createGate();
      left = events;
    },
    unblock() {
      left = Infinity;
      room?.open();
      room = undefined;
    },
    decodedCursor() {
      const cursor = subscription.cursor();
      return cursor === null ? null : decodeCursor(cursor);
    },
  };
};

export const openHub = (log: EventLog, options: Partial<HubOptions> = {}) => {
  const faults: unknown[] = [];
  const hub = createHub({ log, now: Date.now, onFault: (error) => void faults.push(error), ...options });
  onTestFinished(hub.stop);
  return { ...hub, faults };
};
