import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { unknownCommand } from "../../src/commands/command.ts";
import {
  AllDevicesOfflineError,
  type CommandExecution,
  IdempotencyKeyReusedError,
  type IdempotentRequest,
  runIdempotent,
} from "../../src/commands/idempotency.ts";
import { createMemoryIdempotencyStore, type IdempotencyStore } from "../../src/commands/idempotency-store.ts";
import { startRedisIdempotencyStore } from "../../src/commands/redis-idempotency-store.ts";
import type { CommandBatch } from "../../src/commands/submit.ts";
import { Secret } from "../../src/contract/secret.ts";
import { GatewayError, InvalidInputError } from "../../src/gateway/errors.ts";
import { redisTarget } from "../kit/redis-target.ts";
import { noteSpans } from "../kit/span.ts";
import { withRedis } from "../kit/with-redis.ts";

const SUBJECT = {
  operationId: "op-00000001",
  operation: "OpenDoor",
  doorNo: 1,
  employeeCode: null,
  requestedAt: "2026-06-21T04:00:00Z",
} as const;

const UNKNOWN: CommandBatch = { commands: [unknownCommand("A", SUBJECT)], migrationId: null };
const DONE: CommandBatch = {
  commands: [{ ...unknownCommand("A", SUBJECT), commandId: "1", status: "Done" }],
  migrationId: "m1",
};
/** One device is done, and of the other one nothing is known. */
const PARTLY: CommandBatch = { ...DONE, commands: [...DONE.commands, ...UNKNOWN.commands] };
const QUEUED: CommandBatch = { commands: [], migrationId: "m2" };

const MAX_MS = 1_000;
const NEVER = new AbortController().signal;
const ambiguous = new GatewayError("UPSTREAM_UNAVAILABLE", "", { operation: "OpenDoor", ambiguous: true });

/** Requests of several instances with one store and one clock. */
const openInstances = (store?: IdempotencyStore) => {
  const clock = { time: 5_000_000 };
  const now = () => clock.time;
  const shared = store ?? createMemoryIdempotencyStore(now);
  const calls: string[] = [];
  const run = (
    request: Partial<IdempotentRequest> = {},
    execution: Partial<CommandExecution> = {},
    fingerprintSecret = "secret",
  ) => {
    const whole = { key: "visit", operation: "OpenDoor", input: { DoorNo: 1 }, operationId: "op-00000001" };
    return runIdempotent(
      { store: shared, fingerprintSecret, now },
      { ...whole, offline: [], maxDurationMs: MAX_MS, stopping: NEVER, repeatable: false, ...request },
      {
        execute(offline) {
          calls.push(`send ${offline.join()}`.trim());
          return execution.execute?.(offline) ?? Promise.resolve(DONE);
        },
        reconcile(offline, startedAt) {
          calls.push("reconcile");
          return execution.reconcile?.(offline, startedAt) ?? Promise.resolve("nothing");
        },
        unknownOutcome: execution.unknownOutcome ?? (() => UNKNOWN),
      },
    );
  };
  return { run, calls, clock, store: shared };
};

const refuse = (error: Error) => ({
  async execute() {
    throw error;
  },
});

test("a key that is used again returns the first result, with the devices that were left out then", async () => {
  const { run, calls } = openInstances();
  const first = await run({ offline: ["B", "C"] });
  expect(first).toEqual({ ...DONE, offline: ["B", "C"] });
  expect(await run({ offline: [] })).toEqual(first);
  expect(calls).toEqual(["send B,C"]);
});

test("a key belongs to its operation and its input, secrets included", async () => {
  const { run, calls } = openInstances();
  await run({ input: { pin: new Secret("1234") } });
  const reused = "This idempotency key was used with another input; use a new key.";
  for (const other of [
    { input: { pin: new Secret("1235") } },
    { input: { pin: new Secret("1234"), DoorNo: 1 } },
    { input: { pin: new Secret("1234") }, operation: "CloseDoor" },
  ]) {
    const error: unknown = await run(other).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IdempotencyKeyReusedError);
    expect(error).toMatchObject({ name: "IdempotencyKeyReusedError", message: reused });
  }
  expect(await run({ input: { pin: new Secret("1234") } })).toMatchObject(DONE);
  expect(calls).toEqual(["send"]);
});

test("a stored fingerprint cannot be computed without the secret", async () => {
  const { run, store } = openInstances();
  await run({ key: "a" }, {}, "one");
  await run({ key: "b" }, {}, "two");
  const [one, two] = [await store.read("a"), await store.read("b")];
  expect(one?.input).toMatch(/^[\w-]{43}$/);
  expect(one?.input).not.toBe(two?.input);
});

test("a key that another request is using waits for its outcome, and sends nothing", async () => {
  const { run, calls } = openInstances();
  const { promise, resolve } = Promise.withResolvers<CommandBatch>();
  const first = run({ offline: ["B"] }, { execute: () => promise });
  const second = run();
  await delay(60);
  resolve(DONE);
  expect(await second).toEqual(await first);
  expect(calls).toEqual(["send B"]);
});

test("a key whose first request is refused meanwhile is free for the one that waits", async () => {
  const { run, calls } = openInstances();
  const { promise, reject } = Promise.withResolvers<CommandBatch>();
  const first = run({}, { execute: () => promise });
  const second = run({ offline: ["B"] });
  reject(new GatewayError("UPSTREAM_REFUSED", "", { operation: "OpenDoor" }));
  await expect(first).rejects.toThrow(GatewayError);
  expect(await second).toEqual({ ...DONE, offline: ["B"] });
  expect(calls).toEqual(["send", "send B"]);
});

test("who waits asks the store after 50 ms, then half as often each time, and every half second at last", {
  timeout: 10_000,
}, async () => {
  const memory = createMemoryIdempotencyStore(() => 0);
  const times = [performance.now()];
  const { run, clock } = openInstances({
    ...memory,
    read(key) {
      times.push(performance.now());
      if (times.length === 7) clock.time += 60_000;
      return memory.read(key);
    },
  });
  // Other timers of this process, which are as late as those of the store.
  const expected = (async () => {
    const after = [performance.now()];
    for (const ms of [50, 100, 200, 400, 500, 500]) {
      await delay(ms);
      after.push(performance.now());
    }
    return after;
  })();
  void run({}, { execute: () => new Promise(() => {}) });
  await run({ maxDurationMs: 60_000 });
  expect(times).toHaveLength(7);
  for (const [index, at] of (await expected).entries()) expect(Math.abs((times[index] ?? 0) - at)).toBeLessThan(250);
});

test("a first request that takes longer than a command may is dead: the gateway is asked, and its answer is kept", async () => {
  const reads: string[] = [];
  const memory = createMemoryIdempotencyStore(() => 0);
  const store: IdempotencyStore = {
    ...memory,
    read(key) {
      reads.push(key);
      return memory.read(key);
    },
  };
  const { run, calls, clock } = openInstances(store);
  void run({ offline: ["B"] }, { execute: () => new Promise(() => {}) });
  clock.time += MAX_MS;
  expect(await run({}, { reconcile: async () => DONE })).toEqual({ ...DONE, offline: ["B"] });
  expect(await run({}, { reconcile: async () => QUEUED })).toEqual({ ...DONE, offline: ["B"] });
  expect(calls).toEqual(["send B", "reconcile"]);
  expect(reads).toEqual([]);
});

test("a server that stops waits for no other request, and does not take it for dead", async () => {
  const { run, calls } = openInstances();
  void run({}, { execute: () => new Promise(() => {}) });
  const stopping = new AbortController();
  const [known, unknown] = [
    run({ stopping: stopping.signal, repeatable: true }, { reconcile: async () => DONE }),
    run({ stopping: stopping.signal, repeatable: true }),
  ];
  await delay(20);
  expect(calls).toEqual(["send"]);
  stopping.abort();
  expect([await known, await unknown]).toContainEqual({ ...DONE, offline: [] });
  expect(calls.filter((call) => call === "send")).toHaveLength(1);
});

test("a first request that is a millisecond younger is waited for", async () => {
  const { run, calls, clock } = openInstances();
  void run({}, { execute: () => new Promise(() => {}) });
  clock.time += MAX_MS - 1;
  const second = run();
  await delay(20);
  expect(calls).toEqual(["send"]);
  clock.time += 1;
  expect(await second).toEqual({ ...UNKNOWN, offline: [] });
  expect(calls).toEqual(["send", "reconcile"]);
});

test("a command of which the gateway knows nothing is not sent again, and its outcome is unknown", async () => {
  const { run, calls, clock } = openInstances();
  void run({ offline: ["B"] }, { execute: () => new Promise(() => {}) });
  clock.time += MAX_MS;
  const seen: (readonly string[])[] = [];
  const unknownOutcome = (offline: readonly string[]) => {
    seen.push(offline);
    return UNKNOWN;
  };
  expect(await run({}, { unknownOutcome })).toEqual({ ...UNKNOWN, offline: ["B"] });
  expect([calls, seen]).toEqual([["send B", "reconcile"], [["B"]]]);
});

test("a command that may be sent again is, to the same devices, and its outcome is kept", async () => {
  const { run, calls, clock } = openInstances();
  void run({ offline: ["B"] }, { execute: () => new Promise(() => {}) });
  clock.time += MAX_MS;
  expect(await run({ repeatable: true })).toEqual({ ...DONE, offline: ["B"] });
  expect(await run({ repeatable: true })).toEqual({ ...DONE, offline: ["B"] });
  expect(calls).toEqual(["send B", "reconcile", "send B"]);
});

test("a command that is refused when it is sent again keeps its key: the first one may still arrive", async () => {
  const { run, calls, clock } = openInstances();
  void run({}, { execute: () => new Promise(() => {}) });
  clock.time += MAX_MS;
  const refusal = new GatewayError("UPSTREAM_REFUSED", "", { operation: "OpenDoor" });
  await expect(run({ repeatable: true }, refuse(refusal))).rejects.toBe(refusal);
  await expect(run({ input: {} })).rejects.toThrow(IdempotencyKeyReusedError);
  // The next repeat waits for nobody.
  expect(await run({ repeatable: true })).toEqual({ ...DONE, offline: [] });
  expect(calls).toEqual(["send", "reconcile", "send", "reconcile", "send"]);
});

test("a command is not sent again while the gateway does not say whether it knows it", async () => {
  const { run, calls, clock } = openInstances();
  void run({}, { execute: () => new Promise(() => {}) });
  clock.time += MAX_MS;
  expect(await run({ repeatable: true }, { reconcile: async () => "unanswered" })).toEqual({ ...UNKNOWN, offline: [] });
  expect(await run({ repeatable: true })).toEqual({ ...DONE, offline: [] });
  expect(calls).toEqual(["send", "reconcile", "reconcile", "send"]);
});

const openRedisStore = async (cluster: boolean) => {
  const { port } = await withRedis({ cluster });
  const store = await startRedisIdempotencyStore(
    redisTarget(`${cluster ? "redis-cluster" : "redis"}://127.0.0.1:${port}`),
    "north",
  );
  onTestFinished(store.stop);
  return store;
};

const STORES = [
  ["memory", async () => createMemoryIdempotencyStore(() => 0)],
  ["Redis", () => openRedisStore(false)],
  ["a cluster of Redis", () => openRedisStore(true)],
] as const;

test.each(STORES)("of many who repeat at once after a crash, with keys in %s, one sends again", async (_, open) => {
  const { run, calls, clock } = openInstances(await open());
  const sent = () => calls.filter((call) => call === "send").length;
  const hang = { execute: () => new Promise<never>(() => {}) };
  void run({}, hang);
  await expect.poll(sent).toBe(1);
  clock.time += MAX_MS;
  const { promise, resolve } = Promise.withResolvers<CommandBatch>();
  const repeats = Array.from({ length: 20 }, () => run({ repeatable: true }, { execute: () => promise }));
  await expect.poll(sent).toBe(2);
  await delay(100);
  resolve(DONE);
  for (const answer of await Promise.all(repeats)) expect(answer).toEqual({ ...DONE, offline: [] });
  expect(sent()).toBe(2);
});

test.each(STORES)("who sends again and dies too, with keys in %s, is followed by one other", async (_, open) => {
  const { run, calls, clock } = openInstances(await open());
  const sent = () => calls.filter((call) => call === "send").length;
  const hang = { execute: () => new Promise<never>(() => {}) };
  for (const times of [1, 2]) {
    void run({ repeatable: true }, hang);
    await expect.poll(sent).toBe(times);
    clock.time += MAX_MS - 1;
    if (times === 1) clock.time += 1;
  }
  const repeats = Array.from({ length: 5 }, () => run({ repeatable: true }));
  await delay(100);
  expect(sent()).toBe(2);
  clock.time += 1;
  for (const answer of await Promise.all(repeats)) expect(answer).toEqual({ ...DONE, offline: [] });
  expect(sent()).toBe(3);
});

test("an outcome with an unknown command is asked for again, kept when it is known, and never sent again", async () => {
  const { run, calls } = openInstances();
  await run({ offline: ["B"] }, { execute: async () => PARTLY });
  expect(await run({ repeatable: true })).toEqual({ ...PARTLY, offline: ["B"] });
  expect(await run({ repeatable: true }, { reconcile: async () => DONE })).toEqual({ ...DONE, offline: ["B"] });
  expect(await run({ repeatable: true })).toEqual({ ...DONE, offline: ["B"] });
  expect(calls).toEqual(["send B", "reconcile", "reconcile"]);
});

test.each([
  ["all of its devices are offline", new AllDevicesOfflineError()],
  ["its input is invalid", new InvalidInputError("OpenDoor", [])],
  ["the gateway refuses it", new GatewayError("UPSTREAM_REFUSED", "", { operation: "OpenDoor" })],
  ["it was not sent", new GatewayError("UPSTREAM_UNAVAILABLE", "", { operation: "OpenDoor", ambiguous: false })],
])("a command that has no effect because %s leaves its key free", async (_, error) => {
  const { run, calls } = openInstances();
  await expect(run({}, refuse(error))).rejects.toBe(error);
  expect(await run({ input: { DoorNo: 2 } })).toEqual({ ...DONE, offline: [] });
  expect(calls).toEqual(["send", "send"]);
});

test.each([
  ["its answer was lost", ambiguous],
  ["the program failed", Object.assign(new Error("fault"), { facts: {} })],
])("a command that may have an effect although %s keeps its key", async (_, error) => {
  const { run, calls } = openInstances();
  await expect(run({}, refuse(error))).rejects.toBe(error);
  await expect(run({ input: {} })).rejects.toThrow(IdempotencyKeyReusedError);
  // Its process lives, and knows that it may have been sent: nobody is waited for, and nothing is sent again.
  expect(await run({ repeatable: true })).toEqual({ ...UNKNOWN, offline: [] });
  expect(await run({ repeatable: true }, { reconcile: async () => DONE })).toEqual({ ...DONE, offline: [] });
  expect(calls).toEqual(["send", "reconcile", "reconcile"]);
});

test("a claim that fails is withdrawn, also when it arrives later, and nothing is sent", async () => {
  const error = new Error("no answer");
  const claims: [string, string][] = [];
  const withdrawn: [string, string][] = [];
  const { run, calls } = openInstances({
    ...createMemoryIdempotencyStore(Date.now),
    claim(key, { attempt }) {
      claims.push([key, attempt]);
      return Promise.reject(error);
    },
    async release(key, { attempt }) {
      withdrawn.push([key, attempt]);
    },
  });
  await expect(run()).rejects.toBe(error);
  await expect(run()).rejects.toBe(error);
  expect(withdrawn).toEqual(claims);
  expect(new Set(claims.map(([, attempt]) => attempt)).size).toBe(2);
  expect(calls).toEqual([]);
});

test("a result is returned although it cannot be stored", async () => {
  const memory = createMemoryIdempotencyStore(Date.now);
  const { run } = openInstances({ ...memory, complete: () => Promise.reject(new Error("no answer")) });
  expect(await run()).toEqual({ ...DONE, offline: [] });
});

test("the store gets the span of a mutation with the claim and the outcome, and none without tracing", async () => {
  const memory = createMemoryIdempotencyStore(Date.now);
  const spans: unknown[] = [];
  const { run } = openInstances({
    ...memory,
    claim(key, record, span) {
      spans.push(span);
      return memory.claim(key, record);
    },
    complete(key, record, span) {
      spans.push(span);
      return memory.complete(key, record);
    },
  });
  const span = noteSpans();
  await run({ key: "a", span });
  await run({ key: "b" });
  expect(spans).toEqual([span, span, undefined, undefined]);
});

const DAY_MS = 86_400_000;

const openStore = () => {
  const clock = { time: 1_000 };
  const store = createMemoryIdempotencyStore(() => clock.time);
  const record = (attempt: string, outcome: CommandBatch | null = null) => ({
    input: "",
    attempt,
    operationId: "op-00000001",
    offline: [],
    startedAt: clock.time,
    outcome,
  });
  return { store, clock, record };
};

test("a key is kept for a day from its claim, and is free after that", async () => {
  const { store, clock, record } = openStore();
  const first = record("1");
  expect(await store.claim("a", first)).toBeNull();
  clock.time += DAY_MS;
  expect([await store.claim("a", record("2")), await store.read("a")]).toEqual([first, first]);
  clock.time += 1;
  expect(await store.read("a")).toBeNull();
  expect(await store.claim("a", record("3"))).toBeNull();
  expect(await store.read("a")).toMatchObject({ attempt: "3" });
});

test("an outcome is stored for a key that is taken, and only its own attempt frees it", async () => {
  const { store, record } = openStore();
  await store.complete("a", record("1", DONE));
  expect(await store.read("a")).toBeNull();
  await store.claim("a", record("1"));
  await store.complete("a", record("1", DONE));
  await store.release("a", record("2"));
  await store.release("b", record("1"));
  expect(await store.read("a")).toEqual(record("1", DONE));
  await store.release("a", record("1"));
  expect(await store.read("a")).toBeNull();
});

test("a store in memory keeps the 100,000 keys that were claimed last", async () => {
  const { store, clock, record } = openStore();
  await store.claim("first", record("1"));
  clock.time += DAY_MS + 1;
  const claimed = record("2");
  for (let index = 1; index < 100_000; index += 1) await store.claim(`k${index}`, claimed);
  // Claimed once more after its day, it is the newest.
  expect(await store.claim("first", record("3"))).toBeNull();
  expect(await store.read("k1")).toEqual(claimed);
  await store.claim("last", claimed);
  expect(await store.read("k1")).toBeNull();
  for (const key of ["k2", "first", "last"]) expect(await store.read(key)).not.toBeNull();
});
