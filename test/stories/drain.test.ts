import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { decodeCursor } from "../../src/events/cursor.ts";
import { appendNumbered, range } from "../kit/events/numbered.ts";
import { withRedis } from "../kit/with-redis.ts";
import { startPortico } from "../kit/portico/app.ts";
import { type Item, READERS, readBySocket, readBySse } from "../kit/portico/reader.ts";
import { openSocket, PUNCHES, refusedStatus, served } from "../kit/portico/socket.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";

const DEVICES = `{ devices(first: 1) { nodes { serialNumber } } }`;

test("a stopping server is not ready at once, accepts no subscriber, and lets active operations end", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("live", `subscription { punchAdded { cursor } }`);
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 1);
  await expect.poll(() => socket.of("live", "next").length).toBe(1);
  portico.sandbox.faults.add({ kind: "delay", ms: 600, times: null });
  socket.subscribe("query", DEVICES);
  const activeQuery = portico.ask<{ devices: { nodes: object[] } }, object>(DEVICES);
  await expect.poll(() => portico.upstream().length).toBeGreaterThan(0);

  const begun = performance.now();
  const stopping = portico.stop();
  const ready = await fetch(`${portico.url}/health/ready`);
  expect(ready.status).toBe(503);
  expect((await fetch(`${portico.url}/health/live`)).status).toBe(200);
  expect(await refusedStatus(portico)).toBe(503);
  // A browser's EventSource stops reconnecting after any other status.
  const stream = await fetch(`${portico.url}/graphql?query=${encodeURIComponent(PUNCHES)}`, {
    headers: { accept: "text/event-stream" },
  });
  expect([stream.status, await stream.text()]).toEqual([200, "retry: 1000\n\n"]);
  socket.subscribe("late", DEVICES);

  expect((await activeQuery).data.devices.nodes).toHaveLength(1);
  expect((await socket.closed).code).toBe(1012);
  await stopping;
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(socket.of("query").map(({ type }) => type)).toEqual(["next", "complete"]);
  expect(socket.of("late")).toEqual([]);
});

test("with a delay, a stopping server says that it is not ready and serves everything until the delay is over", async () => {
  const portico = await startPortico({}, { SHUTDOWN_DELAY_SECONDS: "1" });
  const live = readBySocket(portico);
  await served(portico, 1);
  const begun = performance.now();
  const stopping = portico.stop();
  let isEnded = false;
  void live.ended.then(() => (isEnded = true));
  expect(await (await fetch(`${portico.url}/health/ready`)).json()).toMatchObject({
    status: "unavailable",
    reasons: ["The server is stopping."],
  });
  // What a balancer sends until it has asked again is served, on new connections and old ones.
  const { data } = await portico.ask<{ devices: { nodes: object[] } }, object>(DEVICES);
  expect(data.devices.nodes).toHaveLength(1);
  const late = readBySse(portico);
  await served(portico, 2);
  await appendNumbered(portico.log, 1, 1);
  for (const { items } of [live, late]) await expect.poll(() => items.length).toBe(1);
  expect(isEnded).toBe(false);
  await Promise.all([stopping, portico.stop()]);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  expect(await live.ended).toBe(1012);
  await expect(fetch(portico.url)).rejects.toThrow("fetch failed");
});

test.for(READERS)("a subscriber by %s receives its last cursor when the server stops", async ([name, read]) => {
  const portico = await startPortico();
  const quiet = read(portico, { filter: `, employeeCodes: ["none"]` });
  const lively = read(portico);
  const slow = read(portico);
  await served(portico, 3);
  slow.pause();
  await appendNumbered(portico.log, 1, 4_000, 4_000);
  await expect.poll(() => lively.items.length, { timeout: 10_000 }).toBe(4_000);
  const { latest } = await portico.log.bounds();
  const stopping = portico.stop();
  slow.resume();
  for (const { ended } of [quiet, lively, slow]) expect(await ended).toBe(name === "WebSocket" ? 1012 : null);
  await stopping;
  const offsetOf = (cursor: string | undefined) => decodeCursor(cursor ?? "")?.offset;
  expect(offsetOf(lively.cursor())).toBe(latest);
  expect(offsetOf(quiet.cursor())).toBe(latest);
  // A subscriber that has not received every event must not receive the last cursor.
  expect(slow.items.length).toBeLessThan(4_000);
  expect(offsetOf(slow.cursor())).not.toBe(latest);
});

test("a client that does not answer does not delay the stop", { timeout: 30_000 }, async () => {
  const portico = await startPortico({}, {}, { sockets: { graceMs: 500 } });
  const dead = await openSocket(portico);
  dead.subscribe("1", PUNCHES);
  await served(portico, 1);
  dead.socket.pause();
  const begun = performance.now();
  await portico.stop();
  expect(performance.now() - begun).toBeLessThan(3_000);
});

/** Two instances with the same gateway and the same Redis. */
const startTwo = async () => {
  const sandbox = await withSandbox({ live: false });
  const redis = await withRedis();
  const start = () => startPortico(sandbox, { REDIS_URL: redis.url, LOG_LEVEL: "silent" });
  return [await start(), await start()] as const;
};

test("an instance with 1,000 subscribers stops within ten seconds, and those who resume at another miss no event", {
  timeout: 60_000,
}, async () => {
  const [first, second] = await startTwo();
  const followers = range(1, 1_000).map((number) => {
    const read = number % 10 === 0 ? readBySse : readBySocket;
    return { read, reader: read(first), items: [] as Item[], endedAt: 0 };
  });
  await expect.poll(first.live.subscribers, { timeout: 20_000 }).toBe(1_000);
  let last = 0;
  const over = new AbortController();
  const appending = (async () => {
    for (; !over.signal.aborted; last += 1) {
      await appendNumbered(second.log, last + 1, last + 1);
      await setTimeout(25);
    }
  })();
  await expect.poll(() => followers.every(({ reader }) => reader.items.length > 2), { timeout: 10_000 }).toBe(true);
  const begun = performance.now();
  const moving = followers.map(async (follower) => {
    await follower.reader.ended;
    follower.endedAt = performance.now() - begun;
    follower.items.push(...follower.reader.items);
    follower.reader = follower.read(second, { after: follower.reader.cursor() });
  });
  await first.stop();
  const elapsedMs = performance.now() - begun;
  await Promise.all(moving);
  over.abort();
  await appending;
  await expect
    .poll(() => followers.every(({ reader, items }) => [...items, ...reader.items].at(-1)?.number === last), {
      timeout: 20_000,
    })
    .toBe(true);
  for (const { items, reader } of followers) {
    const all = [...items, ...reader.items];
    const from = all[0]?.number ?? 0;
    expect(all.map(({ number }) => number)).toEqual(range(from, last));
    expect(all.some(({ gap }) => gap)).toBe(false);
  }
  expect(elapsedMs).toBeLessThan(10_000);
  const perSecond = Object.values(Object.groupBy(followers, ({ endedAt }) => String(Math.floor(endedAt / 1_000))));
  expect(Math.max(...perSecond.map((group = []) => group.length))).toBeLessThan(500);
});

test("a few subscribers are disconnected at once", async () => {
  const portico = await startPortico();
  const readers = [readBySocket(portico), readBySocket(portico), readBySse(portico)];
  await served(portico, 3);
  const begun = performance.now();
  await portico.stop();
  for (const { ended } of readers) await ended;
  expect(performance.now() - begun).toBeLessThan(1_500);
});

test("an instance whose log cannot be reached is not ready, and is ready again when Redis is back", async () => {
  const redis = await withRedis();
  const portico = await startPortico({}, { REDIS_URL: redis.url });
  const status = async () => (await fetch(`${portico.url}/health/ready`)).status;
  await expect.poll(status, { timeout: 15_000 }).toBe(200);
  await redis.kill();
  await expect.poll(status, { timeout: 15_000 }).toBe(503);
  await redis.restart();
  await expect.poll(status, { timeout: 15_000 }).toBe(200);
});
