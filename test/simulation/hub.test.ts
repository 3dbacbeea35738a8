import { expect } from "vitest";
import { decodeCursor, type Cursor } from "../../src/events/cursor.ts";
import { employeeCodeOf } from "../../src/events/event.ts";
import { createHub, type Hub, type Subscription } from "../../src/events/hub/hub.ts";
import type { Delivery, EventFilter, Sink, SubscriptionSpec } from "../../src/events/hub/subscription-spec.ts";
import { DEVICES } from "../kit/events/samples.ts";
import { EVERYTHING } from "../kit/events/sinks.ts";
import { createRemoteLog, type RemoteLog } from "./remote-log.ts";
import { simulate, type World } from "./world.ts";

const ONE_DEVICE: EventFilter = { ...EVERYTHING, serialNumbers: new Set([DEVICES[1]]) };
const selects = ({ serialNumbers }: EventFilter, number: number): boolean =>
  serialNumbers === null || number % DEVICES.length === 1;

interface Scene {
  readonly world: World;
  readonly log: RemoteLog;
  readonly hub: Hub;
  /** Whether the log of this seed ever loses events. */
  readonly loses: boolean;
}

/** A program that subscribes, loses its connection and comes back with the last cursor that it got. */
class Client {
  readonly #scene: Scene;
  readonly #filter: EventFilter;
  readonly #spec: SubscriptionSpec;
  #last: number;
  #cursor: Cursor | null = null;
  #subscription: Subscription | null = null;
  #connection = 0;
  #room = Infinity;
  #waiting: (() => void)[] = [];

  constructor(scene: Scene, filter: EventFilter) {
    this.#scene = scene;
    this.#filter = filter;
    this.#spec = {
      key: filter === EVERYTHING ? "everything" : "one device",
      filter,
      render: (deliveries) =>
        scene.world.remote(() => deliveries.map((delivery) => Buffer.from(JSON.stringify(this.#render(delivery))))),
    };
    this.#last = scene.log.numberAt(scene.hub.offset());
    this.#connect(null);
  }

  get isConnected(): boolean {
    return this.#subscription !== null;
  }

  get last(): number {
    return this.#last;
  }

  get selected(): EventFilter {
    return this.#filter;
  }

  leave(): void {
    const cursor = this.#subscription?.cursor() ?? null;
    if (cursor !== null && this.#scene.world.chance(0.5)) this.#cursor = decodeCursor(cursor);
    this.#subscription?.end();
    this.#subscription = null;
    this.#connection += 1;
    this.unblock();
  }

  comeBack(): void {
    if (this.#cursor === null) this.#last = this.#scene.log.numberAt(this.#scene.hub.offset());
    this.#connect(this.#cursor);
  }

  block(room: number): void {
    this.#room = room;
  }

  unblock(): void {
    this.#room = Infinity;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The previous cursor, where there is one, is that of the newest earlier event that the filter selects. */
  #render({ event, previousCursor, replayed, gap }: Delivery) {
    const number = Number(employeeCodeOf(event));
    const previous = previousCursor === null ? null : decodeCursor(previousCursor);
    if (previous !== null) {
      const named = this.#scene.log.numberAt(previous.offset, previous.logId);
      const passed = this.#scene.log.numbersBetween(named, number).filter((each) => selects(this.#filter, each));
      if (passed.length > 0)
        throw new Error(`the previous cursor of ${number} is ${named}; it passes over ${passed.join()}`);
    }
    return { number, replayed, gap };
  }

  #connect(after: Cursor | null): void {
    const connection = this.#connection;
    const isCurrent = () => connection === this.#connection;
    const sink: Sink = {
      send: ({ events }) => {
        if (!isCurrent()) return 0;
        const taken = events.slice(0, this.#room);
        this.#room -= taken.length;
        for (const { json, cursor } of taken) {
          this.#receive(JSON.parse(json.toString()) as { number: number; gap: boolean });
          this.#cursor = decodeCursor(cursor);
        }
        return taken.length;
      },
      drained: () =>
        this.#room > 0
          ? Promise.resolve(isCurrent())
          : new Promise((resolve) => void this.#waiting.push(() => resolve(isCurrent()))),
      checkpoint: (cursor) => {
        if (isCurrent()) this.#cursor = decodeCursor(cursor);
      },
      complete: () => {},
      fail: () => {
        throw new Error("a subscriber was abandoned");
      },
    };
    this.#subscription = this.#scene.hub.subscribe(this.#spec, after, sink);
  }

  #receive({ number, gap }: { readonly number: number; readonly gap: boolean }): void {
    const { log, loses } = this.#scene;
    if (!selects(this.#filter, number)) log.fault(`${number} was delivered although the filter excludes it`);
    if (number <= this.#last) log.fault(`${number} was delivered after ${this.#last}`);
    const missing = log.numbersBetween(this.#last, number).filter((each) => selects(this.#filter, each));
    if (missing.length > 0 && !gap) log.fault(`${missing.join()} were lost before ${number} without a gap`);
    if (gap && !loses) log.fault(`a gap was reported before ${number}, and nothing can be lost`);
    this.#last = number;
  }
}

const act = async ({ world, log }: Scene, clients: Client[], open: () => Client): Promise<void> => {
  const client = clients[world.int(0, Math.max(0, clients.length - 1))];
  const what = world.int(0, 11);
  if (what <= 2) await log.append(world.int(1, world.pick([1, 3, 12])));
  else if (what === 3 && clients.length < 5) clients.push(open());
  else if (what === 4 && client?.isConnected === true) client.leave();
  else if (what === 5 && client?.isConnected === false) client.comeBack();
  else if (what === 6) client?.block(world.int(0, 3));
  else if (what === 7) client?.unblock();
  else if (what === 8) log.setReachable(world.chance(0.7));
  else if (what === 9 && log.isLosing && world.chance(0.2)) log.replace();
  else if (what === 10) log.notify();
  else world.advance(world.int(1, 16_000));
};

simulate(
  "a client gets every event once and in order, or a gap where events are lost, and no gap otherwise",
  async (world) => {
    const isLosing = world.chance(0.5);
    const log = createRemoteLog(world, isLosing);
    const faults: unknown[] = [];
    const maxWaiting = world.pick([2, 8, 1_000]);
    const hub = createHub({ log: log.log, now: world.now, maxWaiting, onFault: (error) => void faults.push(error) });
    const scene: Scene = { world, log, hub, loses: isLosing };
    await world.settle();
    const clients: Client[] = [];
    const open = () => new Client(scene, world.chance(0.5) ? EVERYTHING : ONE_DEVICE);
    for (let step = 0; step < 50; step += 1) {
      await act(scene, clients, open);
      await world.proceed(world.int(0, 6));
    }
    log.setReachable(true);
    for (const client of clients) {
      client.unblock();
      if (!client.isConnected) client.comeBack();
    }
    for (let turn = 0; turn < 4; turn += 1) {
      world.advance(6_000);
      await world.settle();
    }
    hub.stop();
    expect([...log.faults(), ...faults.map(String)]).toEqual([]);
    for (const { last, selected } of clients) {
      const newest = log.retained().findLast((number) => selects(selected, number)) ?? 0;
      expect(last, "the last event that a client got").toBeGreaterThanOrEqual(newest);
    }
  },
);
