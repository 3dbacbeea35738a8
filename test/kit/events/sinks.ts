import { createHub, type Hub, type HubOptions, type Subscription } from "../../../src/events/hub/hub.ts";
import {
  type Delivery,
  type SubscriptionSpec,
  type EventFilter,
  type Sink,
} from "../../../src/events/hub/subscription-spec.ts";
import { employeeCodeOf } from "../../../src/events/event.ts";
import { type Cursor, decodeCursor } from "../../../src/events/cursor.ts";
import { type EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { onTestFinished } from "vitest";

/** A promise that is kept when a test wants it to be. */
export interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
}

export const createGate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
};

/** A log that can be exchanged for another one, be out of reach, and be held up between reading and telling its bounds. */
export interface TestLog {
  readonly log: EventLog;
  readonly setReachable: (reachable: boolean) => void;
  /** As after a flush: empty, and another one. */
  readonly exchange: () => void;
  /** Holds up whoever asks for bounds next. */
  readonly holdBounds: () => Gate;
  readonly nudge: () => void;
}

export const createTestLog = (maxEvents = 100_000): TestLog => {
  const create = () => createMemoryLog({ maxEvents, dedupeMs: 86_400_000, now: Date.now });
  const listeners = new Set<() => void>();
  const nudge = () => {
    for (const listener of listeners) listener();
  };
  let inner = create();
  let reachable = true;
  let held: Gate | undefined;
  inner.onAppend(nudge);
  const reach = () => {
    if (!reachable) throw new StoreUnavailableError("event log", "The log is out of reach.");
  };
  const log: EventLog = {
    ...inner,
    append: async (events) => inner.append(events),
    async read(after, limit) {
      reach();
      return inner.read(after, limit);
    },
    async bounds() {
      reach();
      const gate = held;
      held = undefined;
      await gate?.passed;
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
    exchange() {
      inner = create();
      inner.onAppend(nudge);
    },
    holdBounds: () => (held = createGate()),
    nudge,
  };
};

export interface Got {
  readonly code: string | null;
  readonly replayed: boolean;
  readonly gap: boolean;
}

export interface TestSink extends Subscription {
  readonly got: readonly Got[];
  readonly codes: () => readonly (string | null)[];
  readonly marks: readonly string[];
  readonly failed: () => boolean;
  /** From now on it says after each event that it has no room, until it is released. */
  readonly fill: () => void;
  readonly release: () => void;
  readonly place: () => Cursor | null;
}

export const EVERYTHING: EventFilter = {
  kinds: new Set(["attendance.new", "device.status", "enrollment.update"]),
  serialNumbers: null,
  employeeCodes: null,
};

type Render = (delivery: Delivery) => Promise<void> | void;

/** A feed that tells what it was asked to execute. */
export const feedOf = (key: string, render: Render = () => {}, filter: EventFilter = EVERYTHING): SubscriptionSpec => ({
  key,
  filter,
  async render(delivery) {
    await render(delivery);
    const { event, replayed, gap } = delivery;
    return Buffer.from(JSON.stringify({ code: employeeCodeOf(event), replayed, gap } satisfies Got));
  },
});

export const listen = (hub: Hub, feed: SubscriptionSpec, after: Cursor | null = null): TestSink => {
  const got: Got[] = [];
  const marks: string[] = [];
  let full: Gate | undefined;
  let failed = false;
  const sink: Sink = {
    send({ json }) {
      got.push(JSON.parse(json.toString()) as Got);
      return full === undefined;
    },
    async drained() {
      await full?.passed;
      return true;
    },
    checkpoint: (cursor) => void marks.push(cursor),
    complete: () => {},
    fail() {
      failed = true;
    },
  };
  const subscription = hub.subscribe(feed, after, sink);
  return {
    ...subscription,
    got,
    codes: () => got.map(({ code }) => code),
    marks,
    failed: () => failed,
    fill() {
      full = createGate();
    },
    release() {
      full?.open();
      full = undefined;
    },
    place() {
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
