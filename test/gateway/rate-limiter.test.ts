import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { createTokenBucket, PRIORITIES, waitMsOf } from "../../src/gateway/resilience/rate/token-bucket.ts";
import type { RateObservation } from "../../src/gateway/resilience/rate/observation.ts";
import { bucketKeysOf } from "../../src/redis/keys.ts";
import { withRedis } from "../kit/with-redis.ts";
import { busiestSecond, startLoad } from "../kit/gateway/load.ts";
import { joinBuckets } from "../kit/gateway/shared.ts";
import { failureOf, GATE, openClient, openSandbox, outcome, refusals } from "../kit/gateway/upstream.ts";
import { DEVICE, pageOf, RawAnswer, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico } from "../kit/portico/app.ts";

test("an advertised limit is used up and not exceeded", { timeout: 15_000 }, async () => {
  const sandbox = await openSandbox({ rate: { perSecond: 20, burst: 40 } });
  const client = openClient(sandbox, { deadlineMs: 1_000 });
  const load = startLoad(80, () => outcome(client.call("FindUser", { EmployeeCode: "1042" })));
  await sleep(1_500);
  const settled = sandbox.ledger.marker();
  await sleep(3_500);
  load.stop();
  const outcomes = await load.ended;
  const sent = sandbox.ledger.entries().length;
  expect(refusals(sandbox)).toBeLessThanOrEqual(sent * 0.03);
  expect(refusals(sandbox, settled)).toBeLessThanOrEqual(1);
  expect(busiestSecond(sandbox.ledger.entries())).toBeLessThanOrEqual(20 + 40);
  expect(sent).toBeGreaterThan(0.7 * (40 + 5 * 20));
  expect(Object.keys(outcomes).toSorted()).toEqual(["UPSTREAM_RATE_LIMITED", "answered"]);
});

test("a call that cannot go within its deadline fails at once, unsent, and reports when to retry", async () => {
  // The next call may go after ten seconds: no busy machine takes so long.
  const sandbox = await openSandbox({ rate: { perSecond: 0.1, burst: 40 } });
  const client = openClient(sandbox);
  await client.call("ListDevices", { Limit: 1 });
  const began = performance.now();
  const calls = Array.from({ length: 60 }, () => client.call("ListDevices", { Limit: 1 }, { deadlineMs: 500 }));
  const outcomes = await Promise.all(calls.map(outcome));
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(outcomes.filter((name) => name === "UPSTREAM_RATE_LIMITED").length).toBeGreaterThan(20);
  const marker = sandbox.ledger.marker();
  const { facts } = await failureOf(client.call("ListDevices", { Limit: 1 }, { deadlineMs: 300 }));
  expect(facts).toMatchObject({ unsent: true, retryAfterSeconds: expect.any(Number) as number });
  expect([sandbox.ledger.marker(), refusals(sandbox)]).toEqual([marker, 0]);
});

test("doors go before pages, and pages before reports", async () => {
  const sandbox = await openSandbox({ rate: { perSecond: 10, burst: 10 } });
  const client = openClient(sandbox);
  await client.call("ListDevices", { Limit: 1 });
  const year = { FromDate: "2026-01-01", ToDate: "2026-06-01" };
  const reports = Array.from({ length: 25 }, (_, index) =>
    outcome(client.call("GetAttendanceSummary", { ...year, Limit: index + 1 })),
  );
  await expect.poll(() => sandbox.ledger.entries({ operation: "GetAttendanceSummary" }).length).toBeGreaterThan(1);
  const pages = Array.from({ length: 10 }, () => outcome(client.call("ListDevices", { Limit: 2 })));
  await client.call("OpenDoor", { DeviceSN: GATE, Wait: 0 });
  expect(await Promise.all([...reports, ...pages])).toEqual(Array.from({ length: 35 }, () => "answered"));
  const order = sandbox.ledger.entries().map(({ operation }) => operation);
  expect(order.indexOf("OpenDoor")).toBeLessThan(order.lastIndexOf("ListDevices"));
  expect(order.slice(order.lastIndexOf("ListDevices")).length).toBeGreaterThan(10);
  expect(refusals(sandbox)).toBe(0);
});

test("the API reports how many calls are left of the limit", async () => {
  const portico = await startPortico({ rate: { perSecond: 1, burst: 40 } });
  await portico.ask(`{ devices(first: 1) { totalCount } }`);
  const { data } = await portico.ask<{ gateway: { rateLimitRemaining: number } }, object>(
    `{ gateway { rateLimitRemaining } }`,
  );
  expect(data.gateway.rateLimitRemaining).toBeLessThan(40);
  expect(data.gateway.rateLimitRemaining).toBeGreaterThan(30);
});

test.for<readonly [string, () => number]>([
  ["in milliseconds", () => Date.now() + 1_000],
  ["of the year 2100", () => 4_102_444_800],
  [
    "of today, at first only",
    (() => {
      const resets = [Date.now(), 4_102_444_800].values();
      return () => resets.next().value ?? Math.ceil(Date.now() / 1_000) + 1;
    })(),
  ],
])("a reset %s keeps no call and no door back", { timeout: 20_000 }, async ([_name, reset]) => {
  const answer = (members: object) => () => {
    const body = JSON.stringify({ Status: "done", StatusCode: 0, OperationID: "op0000000001", OffSet: "", ...members });
    const headers = { "x-ratelimit-limit": "6", "x-ratelimit-remaining": "5", "x-ratelimit-reset": String(reset()) };
    return new RawAnswer(Buffer.from(body), headers);
  };
  const done = { DeviceSN: DEVICE.DeviceSN, CommandID: "c1", CommandStatus: "Done", StatusCode: 0, Status: "done" };
  const portico = await startOnScratch({
    ListDevices: answer(pageOf("Devices", [DEVICE])),
    GetDeviceInfo: answer({ Device: DEVICE }),
    OpenDoor: answer({ Results: [done] }),
  });
  for (let first = 1; first <= 9; first += 1) {
    const { errors } = await portico.ask(`{ devices(first: ${first}) { totalCount } }`);
    expect(errors).toBeUndefined();
  }
  const { data } = await portico.ask(
    `mutation { openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: 0 } }) { command { status } } }`,
  );
  expect(data).toEqual({ openDoor: { command: { status: "SUCCEEDED" } } });
});

/** Opens the bucket of a token that Redis holds already. */
const openStoredBucket = async (stored: Readonly<Record<string, string | number>>) => {
  const redis = await withRedis();
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  const gateway = "https://gateway.example";
  const [key] = bucketKeysOf(gateway)("token");
  await client.hset(key, stored);
  return (await joinBuckets(redis.url, gateway, "one")).bucketOf("token");
};

test("a bucket that an earlier version stored, and that would fill up in 4,000 years, lets calls go", async () => {
  const at = Date.now();
  const stored = { source: "told", tokens: 0.5, at, capacity: 6, perMs: 1e-13, blockedUntil: 0, granted: 9, since: at };
  const bucket = await openStoredBucket(stored);
  expect((await bucket.take({ door: 0, interactive: 1, bulk: 0 })).granted.interactive).toBe(1);
  bucket.observe({ advertised: { limit: 6, remaining: 5, perMs: 1e-13 }, retryAfterMs: null });
  for (const priority of PRIORITIES)
    expect(waitMsOf((await bucket.take({ door: 9, interactive: 9, bulk: 9 })).state, priority, 3)).toBeLessThan(60_001);
});

test("a Retry-After that is stored in Redis is observed, also if no call went for a minute", async () => {
  const at = Date.now();
  const [blockedUntil, grantedAt] = [at + 3_600_000, at - 61_000];
  const limit = { source: "told", tokens: 0, at, capacity: 6, perMs: 1e-13, granted: 9, since: at };
  const bucket = await openStoredBucket({ ...limit, blockedUntil, grantedAt });
  const wanted = { door: 1, interactive: 1, bulk: 1 };
  expect((await bucket.take(wanted)).granted).toEqual({ door: 0, interactive: 0, bulk: 0 });
});

const OBSERVATIONS: readonly (RateObservation | null)[] = [
  null,
  { advertised: { limit: 40, remaining: 38, perMs: 0.000001 }, retryAfterMs: null },
  null,
  { advertised: { limit: 40, remaining: 12, perMs: 0.000001 }, retryAfterMs: null },
  { advertised: { limit: 30, remaining: 29, perMs: 0.000001 }, retryAfterMs: null },
  null,
  { advertised: { limit: 30, remaining: 0, perMs: 0.000001 }, retryAfterMs: 60_000 },
  null,
];

test.for<readonly [string, readonly (RateObservation | null)[]]>([
  ["sees an advertised limit", OBSERVATIONS],
  ["is refused", [{ advertised: null, retryAfterMs: null }, null, { advertised: null, retryAfterMs: 60_000 }, null]],
  ["sees neither", [{ advertised: null, retryAfterMs: null }, null]],
])("a shared bucket that %s grants the same calls as a local one", async ([_name, observations]) => {
  const redis = await withRedis();
  const { bucketOf } = await joinBuckets(redis.url, "https://gateway.example", "one");
  const [shared, local] = [bucketOf("token"), createTokenBucket({ now: () => performance.now() })];
  for (const observation of observations) {
    if (observation !== null) for (const bucket of [shared, local]) bucket.observe(observation);
    for (const wanted of [
      { door: 1, interactive: 0, bulk: 0 },
      { door: 0, interactive: 3, bulk: 2 },
      { door: 2, interactive: 30, bulk: 30 },
    ]) {
      const [a, b] = [await shared.take(wanted), local.take(wanted)];
      expect(a.granted).toEqual(b.granted);
      expect(a.state.source).toBe(b.state.source);
      expect(a.state.capacity).toBeCloseTo(b.state.capacity, 1);
      expect(a.state.perMs).toBeCloseTo(b.state.perMs, 6);
      if (a.state.source === "advertised") expect(a.state.tokens).toBeCloseTo(b.state.tokens, 1);
    }
  }
});

test.for<readonly [string, RateObservation]>([
  ["told", { advertised: { limit: 40, remaining: 38, perMs: 0.02 }, retryAfterMs: null }],
  ["guessed", { advertised: null, retryAfterMs: 1000 }],
  ["unlimited", { advertised: null, retryAfterMs: null }],
])(
  "Redis holds the source %s as earlier versions wrote it, since they share the bucket",
  async ([stored, observation]) => {
    const redis = await withRedis();
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const gateway = "https://gateway.example";
    const bucket = (await joinBuckets(redis.url, gateway, "one")).bucketOf("token");
    const read = () => client.hget(bucketKeysOf(gateway)("token")[0], "source");
    await bucket.take({ door: 1, interactive: 0, bulk: 0 });
    expect(await read()).toBe("nothing");
    bucket.observe(observation);
    await bucket.take({ door: 0, interactive: 0, bulk: 0 });
    expect(await read()).toBe(stored);
  },
);

test("three instances share one limit, and take their parts of it while Redis is unavailable", {
  timeout: 30_000,
}, async () => {
  const redis = await withRedis();
  const rate = { perSecond: 10, burst: 10 };
  const sandbox = await openSandbox({ rate });
  const instances = await Promise.all(["a", "b", "c"].map((name) => joinBuckets(redis.url, sandbox.url, name)));
  const clients = instances.map(({ bucketOf }) => openClient(sandbox, { bucketOf, deadlineMs: 1_000 }));
  const load = startLoad(60, (count) =>
    outcome((clients[count % 3] ?? openClient(sandbox)).call("FindUser", { EmployeeCode: "1042" })),
  );
  onTestFinished(load.stop);
  await sleep(4_000);
  const [sentShared, refusedShared] = [sandbox.ledger.marker(), refusals(sandbox)];
  expect(instances.some(({ isUnavailable }) => isUnavailable())).toBe(false);
  await redis.kill();
  await expect.poll(() => instances.every(({ isUnavailable }) => isUnavailable()), { timeout: 3_000 }).toBe(true);
  await sleep(3_000);
  const sentAlone = sandbox.ledger.marker() - sentShared;
  await redis.restart();
  await expect.poll(() => instances.every(({ isUnavailable }) => !isUnavailable()), { timeout: 8_000 }).toBe(true);
  load.stop();
  await load.ended;
  expect(busiestSecond(sandbox.ledger.entries())).toBeLessThanOrEqual(rate.perSecond + rate.burst);
  expect(refusedShared).toBeLessThanOrEqual(2);
  expect(sentShared).toBeGreaterThan(0.6 * (10 + 4 * 10));
  expect(sentAlone).toBeGreaterThan(10);
});

test("a door does not wait for a Redis that hangs", async () => {
  const redis = await withRedis();
  const sandbox = await openSandbox({ rate: { perSecond: 10, burst: 20 } });
  const { bucketOf, isUnavailable } = await joinBuckets(redis.url, sandbox.url, "a");
  const client = openClient(sandbox, { bucketOf });
  await client.call("OpenDoor", { DeviceSN: GATE, Wait: 0 });
  redis.signal("SIGSTOP");
  for (const longest of [600, 200]) {
    const began = performance.now();
    await client.call("OpenDoor", { DeviceSN: GATE, Wait: 0 });
    expect(performance.now() - began).toBeLessThan(longest);
  }
  expect(isUnavailable()).toBe(true);
  redis.signal("SIGCONT");
  await expect
    .poll(async () => outcome(client.call("ListDevices", { Limit: 1 })).then(isUnavailable), {
      timeout: 8_000,
      interval: 200,
    })
    .toBe(false);
});
