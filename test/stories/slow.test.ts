import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { appendNumbered, range } from "../kit/events/numbered.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { numbersOf, READERS, readBySocket, type Reader } from "../kit/portico/reader.ts";
import { openSocket, PUNCHES, type RawSocket, served } from "../kit/portico/socket.ts";
import { listenersOf, watchBacklog, watchStreams } from "../kit/portico/streams.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const MAX_BUFFERED = 256 * 1024;
const BYTES = 4_000;
const COUNT = 5_000;

const received = (reader: Reader, count: number) =>
  expect.poll(() => reader.items.length, { timeout: 15_000 }).toBe(count);

/** Appends events as fast as the readers receive them. */
const appendPaced = async (portico: TestApp, readers: readonly Reader[], from: number, to: number) => {
  for (let first = from; first <= to; first += 50) {
    const last = Math.min(to, first + 49);
    await appendNumbered(portico.log, first, last, BYTES);
    while (readers.some(({ items }) => items.length < last - 500)) await setImmediate();
  }
  for (const reader of readers) await received(reader, to);
};

test.for(READERS)(
  "a subscriber by %s that stops reading buffers a bounded amount, delays no other, and then receives every event",
  { timeout: 60_000 },
  async ([, read]) => {
    const streams = watchStreams();
    const portico = await startPortico();
    const fast = [read(portico), read(portico), read(portico)];
    const slow = read(portico);
    await served(portico, 4);
    const listeners = listenersOf(streams(portico.url));
    slow.pause();
    const backlog = watchBacklog(() => streams(portico.url));
    await appendPaced(portico, fast, 1, COUNT);
    for (const reader of fast) expect(numbersOf(reader)).toEqual(range(1, COUNT));
    expect(slow.items.length).toBeLessThan(COUNT);
    expect(backlog()).toBeGreaterThan(MAX_BUFFERED / 2);
    expect(backlog()).toBeLessThan(MAX_BUFFERED + 2 * BYTES);
    // One listener waits for the buffer to drain, and one for the close.
    expect(listenersOf(streams(portico.url)) - listeners).toBeLessThanOrEqual(2);
    slow.resume();
    await received(slow, COUNT);
    expect(numbersOf(slow)).toEqual(range(1, COUNT));
    expect(slow.items.filter(({ gap }) => gap)).toEqual([]);
    await expect.poll(() => listenersOf(streams(portico.url))).toBe(listeners);
    await appendPaced(portico, [...fast, slow], COUNT + 1, COUNT + 10);
    expect(slow.items.at(-1)?.replayed).toBe(false);
  },
);

test.for(READERS)(
  "a subscriber by %s that does not read for too long is disconnected, and resumes where it stopped",
  { timeout: 60_000 },
  async ([name, read]) => {
    const tuning = { stallMs: 300 };
    const portico = await startPortico({}, {}, { sockets: tuning, sse: tuning });
    const fast = read(portico);
    const slow = read(portico);
    await served(portico, 2);
    slow.pause();
    await appendPaced(portico, [fast], 1, COUNT);
    await served(portico, 1);
    slow.resume();
    // Clients reconnect after this close code.
    expect(await slow.ended).toBe(name === "WebSocket" ? 1013 : null);
    const resumed = read(portico, { after: slow.cursor() });
    await expect.poll(() => slow.items.length + resumed.items.length, { timeout: 15_000 }).toBe(COUNT);
    expect([...numbersOf(slow), ...numbersOf(resumed)]).toEqual(range(1, COUNT));
  },
);

test("50 subscriptions on one socket that stops reading share one bound, and receive every event", async () => {
  const streams = watchStreams();
  const portico = await startPortico();
  const socket = await openSocket(portico);
  for (let id = 0; id < 50; id += 1) {
    const query = `subscription { a${id}: punchAdded { punch { user { employeeCode } } } }`;
    socket.subscribe(String(id), query);
  }
  await served(portico, 50);
  const listeners = listenersOf(streams(portico.url));
  socket.socket.pause();
  const backlog = watchBacklog(() => streams(portico.url));
  for (let from = 1; from <= 200; from += 10) {
    await appendNumbered(portico.log, from, from + 9, BYTES);
    await setImmediate();
  }
  await expect.poll(backlog).toBeGreaterThan(MAX_BUFFERED);
  // Each of them may add one message, with its envelope and cursor, before the bound takes effect.
  expect(backlog()).toBeLessThan(MAX_BUFFERED + 50 * (BYTES + 300));
  expect(listenersOf(streams(portico.url)) - listeners).toBeLessThanOrEqual(2);
  socket.socket.resume();
  await expect
    .poll(() => socket.received.filter(({ type }) => type === "next").length, { timeout: 15_000 })
    .toBe(10_000);
});

test.for(READERS)("a subscriber by %s whose connection breaks while it catches up is removed", async ([, read]) => {
  const portico = await startPortico();
  const first = read(portico);
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 1, BYTES);
  await received(first, 1);
  first.cut();
  await served(portico, 0);
  await appendNumbered(portico.log, 2, 4_000, BYTES);
  const resumed = read(portico, { after: first.cursor() });
  await expect.poll(() => resumed.items.length).toBeGreaterThan(10);
  resumed.pause();
  await setImmediate();
  resumed.cut();
  await served(portico, 0);
});

/** A field that takes a gateway call. */
const FIELD_WITH_CALL = "device { health { queueDepth } }";

test.for(READERS)(
  "a subscription by %s with slow fields delays no other, keeps the order, and buffers a bounded number of events",
  { timeout: 60_000 },
  async ([, read]) => {
    const portico = await startPortico({}, {}, { hub: { maxWaiting: 20 } });
    const fast = read(portico);
    const slow = [read(portico, { fields: FIELD_WITH_CALL }), read(portico, { fields: FIELD_WITH_CALL })] as const;
    await served(portico, 3);
    portico.sandbox.faults.add({ kind: "delay", ms: 1_000, times: null });
    portico.upstream();
    await appendNumbered(portico.log, 1, 100);
    await received(fast, 100);
    expect(slow[0].items.length).toBeLessThan(50);
    for (const reader of slow) {
      await received(reader, 100);
      expect(numbersOf(reader)).toEqual(range(1, 100));
    }
    // Both share each run, also while they catch up, and a run reads the health once for all of its events.
    expect(portico.upstream().length).toBeLessThan(10);
    await appendNumbered(portico.log, 101, 101);
    for (const reader of slow) await received(reader, 101);
    expect(slow[0].items.at(-1)?.replayed).toBe(false);
  },
);

test("a subscription whose gateway calls hang delays no other, and can be opened again afterwards", {
  timeout: 60_000,
}, async () => {
  const portico = await startPortico({}, {}, { hub: { maxWaiting: 5 } });
  const socket = await openSocket(portico);
  socket.subscribe("slow", `subscription { punchAdded { punch { user { employeeCode } ${FIELD_WITH_CALL} } } }`);
  socket.subscribe("fast", `subscription { punchAdded { punch { user { employeeCode } } } }`);
  await served(portico, 2);
  portico.sandbox.faults.add({ kind: "hang", times: null });
  await appendNumbered(portico.log, 1, 100);
  await expect.poll(() => socket.of("fast", "next").length).toBe(100);
  expect(socket.of("slow", "next")).toEqual([]);
  socket.send({ id: "slow", type: "complete" });
  await served(portico, 1);
  portico.sandbox.faults.clear();
  socket.subscribe("slow", `subscription { punchAdded { punch { user { employeeCode } ${FIELD_WITH_CALL} } } }`);
  await served(portico, 2);
  await appendNumbered(portico.log, 101, 101);
  await expect.poll(() => socket.of("slow", "next").length).toBe(1);
});

test("an event that cannot be executed is delivered as an error, and the other events are not affected", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("1", `subscription { punchAdded { cursor punch { user { employeeCode } } } }`);
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 1);
  const [event] = await loggedEvents(portico.log, "0-0", 1);
  if (event === undefined) throw new Error("The log must have an event.");
  const body = { kind: "attendance.new", punch: {} } as typeof event.body;
  await portico.log.append([{ ...event, key: "broken", body }]);
  await appendNumbered(portico.log, 2, 2);
  await expect.poll(() => socket.of("1").length).toBe(3);
  expect(socket.of("1")).toMatchObject([
    { type: "next", payload: { data: { punchAdded: { punch: { user: { employeeCode: "1" } } } } } },
    { type: "next", payload: { errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] } },
    { type: "next", payload: { data: { punchAdded: { punch: { user: { employeeCode: "2" } } } } } },
  ]);
  expect(JSON.stringify(socket.received)).not.toMatch(/stack|TypeError|undefined/);
});

test("the buffer of a subscriber that does not read retains no memory of other subscribers", {
  timeout: 60_000,
}, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const portico = await startPortico({}, {}, { maxEvents: 1_000 });
  const sockets: RawSocket[] = [];
  for (let count = 0; count < 40; count += 1) {
    const socket = await openSocket(portico);
    socket.socket.removeAllListeners("message");
    socket.subscribe("1", PUNCHES);
    sockets.push(socket);
  }
  const pacer = readBySocket(portico);
  await served(portico, 41);
  const stalled = sockets.filter((_socket, index) => index % 10 === 0);
  for (const { socket } of stalled) socket.pause();
  const used = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = used();
  for (let last = 50; last <= 6_000; last += 50) {
    await appendNumbered(portico.log, last - 49, last, 1_000);
    await received(pacer, last);
  }
  await expect.poll(() => (used() - before) / stalled.length, { timeout: 10_000 }).toBeLessThan(3 * MAX_BUFFERED);
});
