import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createHub } from "../../../src/events/hub/hub.ts";
import type { EventLog, LogPosition } from "../../../src/events/log/log.ts";
import { employeeCodeOf } from "../../../src/events/event.ts";
import { logKeysOf } from "../../../src/redis/keys.ts";
import { behindProxy, untilAvailable } from "../../kit/events/faulty.ts";
import { loggedEvents } from "../../kit/events/logged.ts";
import { openRedisLog } from "../../kit/events/logs.ts";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { cutOff, replicaOf, startSentinel } from "../../kit/events/sentinel.ts";
import { specOf, subscribe } from "../../kit/events/sinks.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { withRedis } from "../../kit/with-redis.ts";

const codes = (from: number, to: number) => range(from, to).map(String);

const openHub = (log: EventLog) => {
  const hub = createHub({ log, now: Date.now, onFault: () => {} });
  onTestFinished(hub.stop);
  return hub;
};

/** Appends as soon as the log takes events, and waits until it can be read as well. */
const appendWhenOpen = async (log: EventLog, from: number, to: number) => {
  await vi.waitFor(() => appendNumbered(log, from, to), { timeout: 20_000, interval: 10 });
  await untilAvailable(log);
};

const positionOf = async (log: EventLog): Promise<LogPosition> => {
  const { logId, latest: offset } = await log.bounds();
  return { logId, offset };
};

const codesAfter = async (log: EventLog, { logId, offset }: LogPosition) => {
  const { events, gap } = await log.read({ logId, offset }, 1_000);
  return { codes: events.map((event) => employeeCodeOf(event)), gap };
};

test("a stale replica takes over, and every reader gets a gap: live, returning from any position, and by pull", {
  timeout: 60_000,
}, async () => {
  const master = await withRedis();
  const replica = await replicaOf(master);
  const options = { url: await startSentinel(master, 2_000), account: "stale" };
  const [log, other] = [await openRedisLog(options), await openRedisLog(options)];
  const live = subscribe(openHub(other), specOf("live"));
  await expect.poll(() => live.checkpoints.length).toBe(1);
  await appendNumbered(log, 1, 20);
  const kept = await positionOf(log);
  await expect.poll(() => replica.ask("XLEN", logKeysOf("stale").events)).toBe(20);
  await cutOff(master, replica);
  await appendNumbered(log, 21, 40);
  const lost = await positionOf(log);
  // What is older than five seconds is not remembered: 21 to 40 cannot be put back.
  await delay(5_500);
  await appendNumbered(log, 41, 45);
  const end = await positionOf(log);
  await expect.poll(live.codes).toEqual(codes(1, 45));
  await master.kill();
  await appendWhenOpen(log, 46, 47);
  await untilAvailable(other);
  expect(await codesAfter(log, kept)).toEqual({ codes: codes(41, 47), gap: true });
  expect(await codesAfter(log, lost)).toEqual({ codes: codes(41, 47), gap: true });
  expect(await codesAfter(log, end)).toEqual({ codes: codes(46, 47), gap: true });
  await expect.poll(live.codes, { timeout: 10_000 }).toEqual(codes(1, 47));
  expect(live.received.filter(({ gap }) => gap).map(({ code }) => code)).toEqual(["46"]);
  // The gap is told once: a position of the new epoch is good.
  expect(await codesAfter(other, await positionOf(other))).toEqual({ codes: [], gap: false });
});

test("Redis comes back empty, and the first events cannot be put back: a reader that waited for them gets a gap", {
  timeout: 40_000,
}, async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url, account: "empty" });
  const start = await positionOf(log);
  await redis.ask("SAVE");
  await appendNumbered(log, 1, 5);
  await delay(5_500);
  await appendNumbered(log, 6, 7);
  await redis.kill();
  await redis.restart();
  await appendWhenOpen(log, 8, 9);
  expect(await codesAfter(log, start)).toEqual({ codes: codes(6, 9), gap: true });
});

test("a replica that has everything takes over, and no reader gets a gap", { timeout: 40_000 }, async () => {
  const master = await withRedis();
  await Promise.all([replicaOf(master), replicaOf(master)]);
  const options = { url: await startSentinel(master), account: "fresh", waitReplicas: 1 };
  const [log, other] = [await openRedisLog(options), await openRedisLog(options)];
  await appendNumbered(log, 1, 20);
  const end = await positionOf(log);
  await master.kill();
  await expect.poll(other.problem, { interval: 5 }).not.toBeNull();
  await appendWhenOpen(other, 21, 22);
  expect(await codesAfter(other, end)).toEqual({ codes: ["21", "22"], gap: false });
});

test("an instance that ended together with Redis may have acknowledged more: every reader gets a gap", {
  timeout: 30_000,
}, async () => {
  const { redis, proxy, url } = await behindProxy();
  const options = { account: "together" };
  const survivor = await openRedisLog({ ...options, url: redis.url });
  const dead = await openRedisLog({ ...options, url });
  await appendNumbered(survivor, 1, 10);
  await redis.ask("SAVE");
  const kept = await positionOf(survivor);
  await appendNumbered(dead, 11, 15);
  // Nobody hears from it again.
  proxy.stall();
  await redis.kill();
  await redis.restart();
  await appendWhenOpen(survivor, 16, 17);
  expect(await codesAfter(survivor, kept)).toEqual({ codes: ["16", "17"], gap: true });
});

test("all instances ended together with Redis: the next one tells a gap", { timeout: 30_000 }, async () => {
  const { redis, proxy, url } = await behindProxy();
  const dead = await openRedisLog({ account: "all", url });
  await appendNumbered(dead, 1, 10);
  await redis.ask("SAVE");
  const kept = await positionOf(dead);
  await appendNumbered(dead, 11, 15);
  proxy.stall();
  await redis.kill();
  await redis.restart();
  const next = await openRedisLog({ account: "all", url: redis.url });
  await appendWhenOpen(next, 16, 17);
  expect(await codesAfter(next, kept)).toEqual({ codes: ["16", "17"], gap: true });
});

test("Redis lost even the name of the only instance, which ended together with it: the next one tells a gap", {
  timeout: 30_000,
}, async () => {
  const { redis, proxy, url } = await behindProxy();
  const earlier = await openRedisLog({ account: "unknown", url: redis.url });
  await appendNumbered(earlier, 1, 10);
  const kept = await positionOf(earlier);
  await earlier.stop();
  await redis.ask("SAVE");
  const dead = await openRedisLog({ account: "unknown", url });
  await appendNumbered(dead, 11, 15);
  proxy.stall();
  await redis.kill();
  await redis.restart();
  const next = await openRedisLog({ account: "unknown", url: redis.url });
  await appendWhenOpen(next, 16, 17);
  expect(await codesAfter(next, kept)).toEqual({ codes: ["16", "17"], gap: true });
});

test("a restart that loses nothing is no gap, also while an instance has left in good order", async () => {
  const redis = await withRedis({ appendfsync: "always" });
  const options = { account: "complete", url: redis.url };
  const [log, leaving] = [await openRedisLog(options), await openRedisLog(options)];
  await appendNumbered(leaving, 1, 10);
  await leaving.stop();
  const end = await positionOf(log);
  await redis.kill();
  await redis.restart();
  await appendWhenOpen(log, 11, 12);
  expect(await codesAfter(log, end)).toEqual({ codes: ["11", "12"], gap: false });
});

test("a log that loses events behind an open connection takes nothing more until they are back", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ account: "behind", url: redis.url });
  await appendNumbered(log, 1, 10);
  const end = await positionOf(log);
  const { events, claim } = logKeysOf("behind");
  const lost = (await loggedEvents(log)).slice(5);
  await redis.ask("XDEL", events, ...lost.map(({ offset }) => offset));
  await redis.ask("DEL", ...lost.map(({ key }) => claim(key)));
  const oldest = (await loggedEvents(log)).at(-1)?.offset ?? "";
  await redis.ask("XSETID", events, oldest, "ENTRIESADDED", 5, "MAXDELETEDID", "0-0");
  await expect(appendNumbered(log, 11, 11)).rejects.toThrow("the events that it lost are being restored");
  await appendWhenOpen(log, 11, 12);
  expect((await loggedEvents(log)).map((event) => employeeCodeOf(event))).toEqual(codes(1, 12));
  expect(await codesAfter(log, end)).toEqual({ codes: ["11", "12"], gap: false });
});

const PULL = `query ($after: EventCursor) { events(after: $after, first: 500) { gap cursor } }`;

interface Pulled {
  readonly events: { readonly gap: boolean; readonly cursor: string };
}

test("a client that pulls is told of events that died with an instance and Redis", { timeout: 30_000 }, async () => {
  const { redis, proxy, url } = await behindProxy();
  const dead = await startPortico({}, { REDIS_URL: url });
  await appendNumbered(dead.log, 1, 10);
  await redis.ask("SAVE");
  const before = await dead.ask<Pulled, object>(PULL, {});
  proxy.stall();
  await redis.kill();
  await redis.restart();
  const next = await startPortico(dead.sandbox, { REDIS_URL: redis.url });
  await untilAvailable(next.log);
  const { data } = await next.ask<Pulled, object>(PULL, { after: before.data.events.cursor });
  expect(data.events.gap).toBe(true);
  const again = await next.ask<Pulled, object>(PULL, { after: data.events.cursor });
  expect(again.data.events.gap).toBe(false);
});
