import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { appendNumbered, range } from "../kit/events/numbered.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { numbersOf, READERS, readBySocket, type Reader } from "../kit/portico/reader.ts";
import { openSocket, PUNCHES, type RawSocket, served } from "../kit/portico/socket.ts";
import { listenersOf, watchBacklog, watchStreams } from "../kit/portico/streams.ts";

const BOUND = 256 * 1024;
const BYTES = 4_000;
const COUNT = 5_000;

const has = (reader: Reader, count: number) => expect.poll(() => reader.items.length, { timeout: 15_000 }).toBe(count);

/** Lets them flow, as fast as the readers that read take them. */
const flow = async (portico: TestApp, readers: readonly Reader[], from: number, to: number) => {
  for (let first = from; first <= to; first += 50) {
    const last = Math.min(to, first + 49);
    await appendNumbered(portico.log, first, last, BYTES);
    while (readers.some(({ items }) => items.length < last - 500)) await setImmediate();
  }
  for (const reader of readers) await has(reader, to);
};

test.for(READERS)(
  "a subscriber by %s that stops reading costs no more than its bound, hinders nobody, and then gets everything",
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
    await flow(portico, fast, 1, COUNT);
    for (const reader of fast) expect(numbersOf(reader)).toEqual(range(1, COUNT));
    expect(slow.items.length).toBeLessThan(COUNT);
    expect(backlog()).toBeGreaterThan(BOUND / 2);
    expect(backlog()).toBeLessThan(BOUND + 2 * BYTES);
    // One that waits for room, and for the end.
    expect(listenersOf(streams(portico.url)) - listeners).toBeLessThanOrEqual(2);
    slow.resume();
    await has(slow, COUNT);
    expect(numbersOf(slow)).toEqual(range(1, COUNT));
    expect(slow.items.filter(({ gap }) => gap)).toEqual([]);
    await expect.poll(() => listenersOf(streams(portico.url))).toBe(listeners);
    await flow(portico, [...fast, slow], COUNT + 1, COUNT + 10);
    expect(slow.items.at(-1)?.replayed).toBe(false);
  },
);

test.for(READERS)(
  "a subscriber by %s that does not read for too long is sent away, and goes on where it was",
  { timeout: 60_000 },
  async ([name, read]) => {
    const tuning = { stallMs: 300 };
    const portico = await startPortico({}, {}, { sockets: tuning, sse: tuning });
    const fast = read(portico);
    const slow = read(portico);
    await served(portico, 2);
    slow.pause();
    await flow(portico, [fast], 1, COUNT);
    await served(portico, 1);
    slow.resume();
    // Of the codes for which clients connect again.
    expect(await slow.ended).toBe(name === "WebSocket" ? 1013 : null);
    const again = read(portico, { after: slow.place() });
    await expect.poll(() => slow.items.length + again.items.length, { timeout: 15_000 }).toBe(COUNT);
    expect([...numbersOf(slow), ...numbersOf(again)]).toEqual(range(1, COUNT));
  },
);

test("a crowd of subscriptions on one socket that stops reading stays within the bound of one, and gets everything", async () => {
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
  await expect.poll(backlog).toBeGreaterThan(BOUND);
  // Each of them may find room for one.
  expect(backlog()).toBeLessThan(BOUND + 50 * (BYTES + 200));
  expect(listenersOf(streams(portico.url)) - listeners).toBeLessThanOrEqual(2);
  socket.socket.resume();
  await expect
    .poll(() => socket.received.filter(({ type }) => type === "next").length, { timeout: 15_000 })
    .toBe(10_000);
});

test.for(READERS)("a subscriber by %s that vanishes while it catches up is let go", async ([, read]) => {
  const portico = await startPortico();
  const first = read(portico);
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 1, BYTES);
  await has(first, 1);
  first.cut();
  await served(portico, 0);
  await appendNumbered(portico.log, 2, 4_000, BYTES);
  const again = read(portico, { after: first.place() });
  await expect.poll(() => again.items.length).toBeGreaterThan(10);
  again.pause();
  await setImmediate();
  again.cut();
  await served(portico, 0);
});

/** A field for which the gateway has to be asked. */
const ASKING = "device { health { queueDepth } }";

test.for(READERS)(
  "a subscription by %s whose fields take long holds up no other, keeps the order, and does not pile up",
  { timeout: 60_000 },
  async ([, read]) => {
    const portico = await startPortico({}, {}, { hub: { maxWaiting: 20 } });
    const fast = read(portico);
    const slow = [read(portico, { fields: ASKING }), read(portico, { fields: ASKING })] as const;
    await served(portico, 3);
    portico.sandbox.faults.add({ kind: "delay", ms: 20, times: null });
    portico.upstream();
    await appendNumbered(portico.log, 1, 100);
    await has(fast, 100);
    expect(slow[0].items.length).toBeLessThan(50);
    for (const reader of slow) {
      await has(reader, 100);
      expect(numbersOf(reader)).toEqual(range(1, 100));
    }
    // Once for both of them, also while they catch up: besides what was dropped when it was half done.
    expect(portico.upstream().length).toBeLessThan(130);
    await appendNumbered(portico.log, 101, 101);
    for (const reader of slow) await has(reader, 101);
    expect(slow[0].items.at(-1)?.replayed).toBe(false);
  },
);

test("a subscription whose gateway hangs holds up no other, and comes to its errors", { timeout: 60_000 }, async () => {
  const portico = await startPortico({}, {}, { hub: { maxWaiting: 5 } });
  const socket = await openSocket(portico);
  socket.subscribe("slow", `subscription { punchAdded { punch { user { employeeCode } ${ASKING} } } }`);
  socket.subscribe("fast", `subscription { punchAdded { punch { user { employeeCode } } } }`);
  await served(portico, 2);
  portico.sandbox.faults.add({ kind: "hang", times: null });
  await appendNumbered(portico.log, 1, 100);
  await expect.poll(() => socket.of("fast", "next").length).toBe(100);
  expect(socket.of("slow", "next")).toEqual([]);
  socket.send({ id: "slow", type: "complete" });
  await served(portico, 1);
  portico.sandbox.faults.clear();
  socket.subscribe("slow", `subscription { punchAdded { punch { user { employeeCode } ${ASKING} } } }`);
  await served(portico, 2);
  await appendNumbered(portico.log, 101, 101);
  await expect.poll(() => socket.of("slow", "next").length).toBe(1);
});

test("an event that cannot be executed is told as an error, and only that one", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("1", `subscription { punchAdded { cursor punch { user { employeeCode } } } }`);
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 1);
  const [event] = await portico.log.read("0-0", 1);
  if (event === undefined) throw new Error("Nothing was logged.");
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

test("what waits for those who do not read holds no memory besides: not what was sent to their neighbours", {
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
    await has(pacer, last);
  }
  await expect.poll(() => (used() - before) / stalled.length, { timeout: 10_000 }).toBeLessThan(3 * BOUND);
});
