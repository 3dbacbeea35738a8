import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { IdempotencyRecord } from "../../src/commands/idempotency-store.ts";
import { startRedisIdempotencyStore } from "../../src/commands/redis-idempotency-store.ts";
import { commandKeysOf } from "../../src/redis/keys.ts";
import type { TestRedis } from "../kit/redis.ts";
import { redisTarget } from "../kit/redis-target.ts";
import { noteSpans } from "../kit/span.ts";
import { withRedis } from "../kit/with-redis.ts";

const DAY_MS = 86_400_000;

const recordOf = (attempt: string, outcome: IdempotencyRecord["outcome"] = null): IdempotencyRecord => ({
  input: "input",
  attempt,
  operationId: "op-00000001",
  offline: ["A"],
  startedAt: 1,
  outcome,
});

const openStore = async ({ url }: TestRedis, account = "north") => {
  const store = await startRedisIdempotencyStore(redisTarget(url), account);
  onTestFinished(store.stop);
  return store;
};

const nameOf = (key: string, account = "north") => commandKeysOf(account)(key);
const DONE = { commands: [], migrationId: "m1" };

test("all instances of an account share its keys, for a day from the claim, and other accounts do not", async () => {
  const redis = await withRedis();
  const [first, second, other] = await Promise.all([openStore(redis), openStore(redis), openStore(redis, "south")]);
  const [one, two] = [recordOf("1"), recordOf("2")];
  expect(await first.read("a")).toBeNull();
  expect(await first.claim("a", one)).toBeNull();
  expect([await second.claim("a", two), await second.read("a")]).toEqual([one, one]);
  expect(await other.claim("a", two)).toBeNull();
  const left = async () => Number(await redis.ask("PTTL", nameOf("a")));
  expect(await left()).toBeGreaterThan(DAY_MS - 30_000);
  expect(await left()).toBeLessThanOrEqual(DAY_MS);
  await redis.ask("PEXPIRE", nameOf("a"), 60_000);
  await second.complete("a", { ...one, outcome: DONE });
  expect(await first.read("a")).toEqual({ ...one, outcome: DONE });
  expect(await left()).toBeLessThanOrEqual(60_000);
  await first.complete("never claimed", one);
  expect(await first.read("never claimed")).toBeNull();
});

test("an attempt frees its own key, also if its claim arrives later, and no other one", async () => {
  const redis = await withRedis();
  const store = await openStore(redis);
  await store.claim("a", recordOf("1"));
  await store.claim("b", recordOf("1b"));
  await store.release("a", recordOf("2"));
  expect(await store.read("a")).toEqual(recordOf("1"));
  await store.release("a", recordOf("1"));
  expect([await store.read("a"), await store.read("b")]).toEqual([null, recordOf("1b")]);
  for (const late of ["1", "2"])
    await expect(store.claim("a", recordOf(late))).rejects.toThrow(/withdrawn|unavailable/);
  expect(await store.claim("a", recordOf("3"))).toBeNull();
  const left = Number(await redis.ask("PTTL", nameOf("withdrawn 1")));
  expect(left).toBeGreaterThan(3_500_000);
  expect(left).toBeLessThanOrEqual(3_600_000);
});

test("while Redis is away everything fails with what it was for, and what has to be freed is freed later, once", {
  timeout: 40_000,
}, async () => {
  const redis = await withRedis();
  const store = await openStore(redis);
  await store.claim("a", recordOf("1"));
  await redis.kill("SIGKILL");
  const failure = (operation: string) => `The store of idempotency keys is unavailable: ${operation} failed.`;
  await expect(store.claim("a", recordOf("2"))).rejects.toThrow(failure("writing an idempotency key"));
  await expect(store.read("a")).rejects.toThrow(failure("reading an idempotency key"));
  await expect(store.complete("a", recordOf("1", DONE))).rejects.toThrow(failure("writing the outcome of a command"));
  // As many as are remembered, the newest of them.
  const attempts = Array.from({ length: 10_002 }, (_, index) => `attempt ${index}`);
  const release = (attempt: string) => store.release("a", recordOf(attempt));
  for (const attempt of attempts.slice(0, 2)) await release(attempt);
  await Promise.all(attempts.slice(2).map(release));
  await redis.restart();
  const isFreed = async (attempt: string) => (await redis.ask("EXISTS", nameOf(`withdrawn ${attempt}`))) === 1;
  await expect.poll(() => isFreed("attempt 10001"), { timeout: 15_000, interval: 50 }).toBe(true);
  await expect.poll(() => isFreed("attempt 2"), { timeout: 15_000, interval: 50 }).toBe(true);
  expect([await isFreed("attempt 0"), await isFreed("attempt 1")]).toEqual([false, false]);
  await redis.ask("FLUSHALL");
  await delay(600);
  expect(await redis.ask("DBSIZE")).toBe(0);
});

test("after it has stopped, a store answers nobody", async () => {
  const redis = await withRedis();
  const store = await openStore(redis);
  await store.stop();
  await expect(store.claim("a", recordOf("1"))).rejects.toThrow("The store of idempotency keys is unavailable");
  const names = async () => String(await redis.ask("CLIENT", "LIST"));
  await expect.poll(names).not.toContain("name=portico-commands");
});

test("claim and outcome are spans of the mutation, and its key and values are not in them", async () => {
  const redis = await withRedis();
  const store = await openStore(redis);
  expect(String(await redis.ask("CLIENT", "LIST"))).toContain("name=portico-commands");
  const span = noteSpans();
  await store.claim("visit-0001", recordOf("1"), span);
  await store.complete("visit-0001", recordOf("1", DONE), span);
  await store.claim("visit-0002", recordOf("2"));
  expect(span.begun.map(({ name, options }) => [name, options?.attributes?.["db.query.summary"]])).toEqual([
    ["EVALSHA", "writing an idempotency key"],
    ["SET", "writing the outcome of a command"],
  ]);
  expect(JSON.stringify(span.begun)).not.toMatch(/visit|op-0000|m1/);
});
