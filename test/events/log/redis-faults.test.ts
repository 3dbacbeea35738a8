import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { logKeysOf } from "../../../src/redis/keys.ts";
import { behindProxy, rejectionOf, untilAvailable } from "../../kit/events/faulty.ts";
import { createRecordingLogger, openRedisLog } from "../../kit/events/logs.ts";
import { freePort } from "../../kit/ports.ts";
import { DEVICES, punchAt, punches } from "../../kit/events/samples.ts";
import { withRedis } from "../../kit/with-redis.ts";
import { loggedEvents } from "../../kit/events/logged.ts";

test("an append to a Redis that hangs fails in time, and leaves nothing behind", async () => {
  const { proxy, url } = await behindProxy();
  const log = await openRedisLog({ url });
  await log.append(punches(1, 3));
  proxy.stall();
  const hanging = await Promise.all([
    rejectionOf(log.append([punchAt(DEVICES[0], 4)])),
    rejectionOf(loggedEvents(log, "0-0", 10)),
    rejectionOf(log.bounds()),
  ]);
  for (const { message, milliseconds } of hanging) {
    expect(message).toMatch(/failed\. (Redis does not answer|The connection to Redis was lost)\.$/);
    expect(milliseconds).toBeLessThan(3_000);
  }
  expect(log.problem()).not.toBeNull();
  expect((await rejectionOf(log.append([punchAt(DEVICES[0], 5)]))).milliseconds).toBeLessThan(2_500);
  proxy.pass();
  await untilAvailable(log);
  expect(await log.append(punches(1, 6))).toHaveLength(6);
  expect((await loggedEvents(log, "0-0", 100)).map(({ key }) => key).toSorted()).toEqual(
    punches(1, 6).map(({ key }) => key),
  );
});

test("a connection that hangs is detected even without calls", async () => {
  const { proxy, url } = await behindProxy();
  const log = await openRedisLog({ url });
  proxy.stall();
  await expect.poll(log.problem, { timeout: 5_000 }).not.toBeNull();
  proxy.pass();
  await untilAvailable(log);
});

test("calls beyond the limit of waiting calls are rejected at once", async () => {
  const { proxy, url } = await behindProxy();
  const log = await openRedisLog({ url });
  proxy.stall();
  const calls = punches(1, 10_000).map((event) => rejectionOf(log.append([event])));
  expect((await rejectionOf(log.append([punchAt(DEVICES[1], 1)]))).milliseconds).toBeLessThan(1_000);
  expect(Math.max(...(await Promise.all(calls)).map(({ milliseconds }) => milliseconds))).toBeLessThan(4_000);
});

test("a Redis that is absent at the start is used as soon as it is there", async () => {
  const port = await freePort();
  const { logger, lines } = createRecordingLogger();
  const log = await openRedisLog({ url: `redis://127.0.0.1:${port}`, logger });
  expect(log.problem()).toBe("Redis cannot be reached (ECONNREFUSED).");
  const { message, milliseconds } = await rejectionOf(log.append(punches(1, 1)));
  expect(message).toBe(
    "The event log is unavailable: storing an event failed. Redis cannot be reached (ECONNREFUSED).",
  );
  expect(milliseconds).toBeLessThan(100);
  await withRedis({ port, appendfsync: "everysec" });
  await untilAvailable(log);
  expect(await log.append(punches(1, 1))).toMatchObject([{ duplicate: false }]);
  await expect.poll(() => lines.length, { timeout: 2_500 }).toBe(2);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: "warn", problem: "Redis cannot be reached (ECONNREFUSED).", message: "the event log is not available" },
    { level: "info", message: "the event log is available again" },
  ]);
});

test("the error for a wrong password does not contain it, and the right one works as soon as it is set", async () => {
  const redis = await withRedis({ password: "right" });
  const { logger, lines } = createRecordingLogger();
  const url = `redis://:C4n4ry-password@127.0.0.1:${redis.port}`;
  const log = await openRedisLog({ url, logger });
  expect(log.problem()).toBe("Redis rejects the user or the password in REDIS_URL.");
  const { message } = await rejectionOf(log.append(punches(1, 1)));
  await redis.ask("CONFIG", "SET", "requirepass", "C4n4ry-password");
  await untilAvailable(log);
  await log.append(punches(1, 1));
  expect(`${message} ${lines.join(" ")}`).not.toContain("C4n4ry");
});

test("a full Redis accepts no events, can still be read, and recovers", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  await log.append(punches(1, 3));
  await redis.ask("CONFIG", "SET", "maxmemory", 1);
  expect((await rejectionOf(log.append(punches(4, 4)))).message).toContain("Redis is full");
  expect(log.problem()).toContain("Redis is full");
  expect(await loggedEvents(log, "0-0", 10)).toHaveLength(3);
  expect(await log.bounds()).toMatchObject({ trimmed: false });
  await redis.ask("CONFIG", "SET", "maxmemory", 0);
  await untilAvailable(log);
  expect(await log.append(punches(3, 4))).toMatchObject([{ duplicate: true }, { duplicate: false }]);
});

test("a replica accepts no events, and the log recovers when it becomes a master", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url });
  await log.append(punches(1, 1));
  await redis.ask("REPLICAOF", "127.0.0.1", await freePort());
  expect((await rejectionOf(log.append(punches(2, 2)))).message).toContain("Redis is a replica");
  await expect.poll(log.problem).toContain("Redis is a replica");
  await redis.ask("REPLICAOF", "NO", "ONE");
  await untilAvailable(log);
  expect(await log.append(punches(1, 2))).toMatchObject([{ duplicate: true }, { duplicate: false }]);
});

test("a Redis that loads its data reports that, and has everything afterwards", async () => {
  const redis = await withRedis({ appendfsync: "always" });
  const log = await openRedisLog({ url: redis.url });
  await log.append(punches(1, 3_000));
  await redis.kill();
  const loaded = redis.restart(["--key-load-delay", "500"]);
  await expect.poll(log.problem, { timeout: 5_000, interval: 5 }).toBe("Redis is loading its data.");
  expect((await rejectionOf(loggedEvents(log, "0-0", 1))).message).toBe(
    "The event log is unavailable: reading events failed. Redis is loading its data.",
  );
  await loaded;
  await untilAvailable(log);
  expect(await loggedEvents(log, "0-0", 5_000)).toHaveLength(3_000);
});

test("a user without the right to publish stores events anyway, and listeners are called within a second", async () => {
  const redis = await withRedis();
  await redis.ask("ACL", "SETUSER", "portico", "on", ">p@ss/word", "~portico:*", "+@all", "resetchannels");
  const log = await openRedisLog({ url: `redis://portico:p%40ss%2Fword@127.0.0.1:${redis.port}` });
  expect(log.problem()).toBeNull();
  await log.append(punches(1, 1));
  let notified = false;
  log.onAppend(() => {
    notified = true;
  });
  await expect.poll(() => notified, { timeout: 1_500 }).toBe(true);
});

test.each(["get", "hset", "xadd"])(
  "a log has a problem from the start, and as long as its user may not %s: an append would fail",
  async (command) => {
    const redis = await withRedis();
    await redis.ask("ACL", "SETUSER", "portico", "on", ">password", "~portico:*", "&*", "+@all", `-${command}`);
    const log = await openRedisLog({ url: `redis://portico:password@127.0.0.1:${redis.port}` });
    const seen = new Set([log.problem()]);
    for (let second = 1; second <= 3; second += 1) {
      await rejectionOf(log.append(punches(second, second)));
      await delay(700);
      seen.add(log.problem());
    }
    expect([...seen]).toEqual([
      "Redis forbids a command to this user: streams, scripts and sharded channels have to be allowed.",
    ]);
    await redis.ask("ACL", "SETUSER", "portico", `+${command}`);
    await untilAvailable(log);
    await log.append(punches(1, 1));
  },
);

test("a log has a problem as long as something else has the name of one of its keys", async () => {
  const redis = await withRedis();
  const log = await openRedisLog({ url: redis.url, account: "test" });
  const { writers, probe } = logKeysOf("test");
  // Any left-over under the name of the probe is in nobody's way.
  await redis.ask("DEL", probe);
  await redis.ask("LPUSH", probe, "x");
  await redis.ask("SET", writers, "x");
  await rejectionOf(log.append(punches(1, 1)));
  await delay(2_200);
  expect(log.problem()).not.toBeNull();
  await redis.ask("DEL", writers);
  await untilAvailable(log);
  await log.append(punches(2, 2));
});

test("a stopped log leaves no connection behind, even if Redis hangs", async () => {
  const { redis, proxy, url } = await behindProxy();
  const names = async () => String(await redis.ask("CLIENT", "LIST")).match(/name=portico-\w+/g) ?? [];
  const log = await openRedisLog({ url });
  await expect.poll(names).toHaveLength(3);
  await log.stop();
  await expect.poll(names).toEqual([]);
  const hanging = await openRedisLog({ url });
  proxy.stall();
  const pending = rejectionOf(hanging.append(punches(1, 1)));
  const begin = performance.now();
  await hanging.stop();
  expect(performance.now() - begin).toBeLessThan(3_000);
  await pending;
  proxy.pass();
  await expect.poll(names).toEqual([]);
});
