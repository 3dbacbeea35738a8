import { expect, onTestFinished, test } from "vitest";
import { runIdempotent } from "../../src/commands/idempotency.ts";
import { createMemoryIdempotencyStore } from "../../src/commands/idempotency-store.ts";
import { startRedisIdempotencyStore } from "../../src/commands/redis-idempotency-store.ts";
import { GatewayError } from "../../src/gateway/errors.ts";
import { StoreUnavailableError } from "../../src/redis/errors.ts";
import { redisTarget } from "../kit/redis-target.ts";
import { setBack } from "../kit/set-back.ts";
import { withRedis } from "../kit/with-redis.ts";
import { startPortico, type TestApp } from "../kit/portico/app.ts";

interface Opened {
  readonly openDoor: {
    readonly command: { readonly id: string; readonly status: string } | null;
    readonly userErrors: readonly { readonly code: string }[];
  };
}

const OPEN = `mutation ($key: String!, $seconds: Int!) {
  openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: $seconds, options: { idempotencyKey: $key, waitSeconds: 1 } }) {
    command { id status } userErrors { code } }
}`;

const open = async (url: string, key: string, seconds = 5): Promise<Opened["openDoor"]> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: OPEN, variables: { key, seconds } }),
  });
  const { data } = (await response.json()) as { data: Opened };
  return data.openDoor;
};

const opened = ({ sandbox }: TestApp): number => sandbox.ledger.entries({ operation: "OpenDoor" }).length;

/** Starts two instances with one gateway and one Redis. */
const startTwo = async () => {
  const redis = await withRedis();
  const env = { REDIS_URL: redis.url, CALLBACK_SECRET: "0123456789abcdef0123456789abcdef" };
  const first = await startPortico({}, env);
  const second = await startPortico(first.sandbox, env);
  return { first, urls: [first.url, second.url] as const };
};

test("one key on two instances at the same time opens a door once, and all requests get the same command", async () => {
  const { first, urls } = await startTwo();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => open(urls[index % 2] ?? "", "visit-0001")),
  );
  expect(new Set(answers.map(({ command }) => command?.id)).size).toBe(1);
  expect(answers.every(({ command }) => command?.status === "SUCCEEDED")).toBe(true);
  expect(opened(first)).toBe(1);
  expect((await open(urls[1], "visit-0001", 9)).userErrors).toEqual([{ code: "IDEMPOTENCY_KEY_REUSED" }]);
  expect(opened(first)).toBe(1);
});

test("a door command whose answer was lost is not sent again for the same key, on any instance", async () => {
  const { first, urls } = await startTwo();
  first.sandbox.faults.add({ kind: "resetBefore", operation: "OpenDoor" });
  expect((await open(urls[0], "visit-0002")).command?.status).toBe("UNKNOWN");
  expect((await open(urls[1], "visit-0002")).command?.status).toBe("UNKNOWN");
  expect(opened(first)).toBe(1);
});

test("a command that was refused leaves its key free", async () => {
  const portico = await startPortico();
  portico.sandbox.faults.add({ kind: "429", retryAfter: 1, operation: "OpenDoor" });
  expect((await open(portico.url, "visit-0003")).userErrors).toEqual([{ code: "RATE_LIMITED" }]);
  expect((await open(portico.url, "visit-0003")).command?.status).toBe("SUCCEEDED");
});

test("a command with a key is not sent while the key cannot be stored", async () => {
  const redis = await withRedis();
  const portico = await startPortico({}, { REDIS_URL: redis.url });
  await redis.kill("SIGKILL");
  const { errors } = await portico.ask(OPEN, { key: "visit-0004", seconds: 5 });
  expect(errors).toMatchObject([
    {
      message: "The store of idempotency keys is unavailable; nothing was sent to any device. Try again.",
      extensions: { code: "IDEMPOTENCY_UNAVAILABLE" },
    },
  ]);
  expect(opened(portico)).toBe(0);
});

test("a key that was refused while Redis hung is free on every instance: nothing was sent for it", {
  timeout: 30_000,
}, async () => {
  const redis = await withRedis();
  const env = { REDIS_URL: redis.url, CALLBACK_SECRET: "0123456789abcdef0123456789abcdef" };
  const first = await startPortico({}, env);
  const second = await startPortico(first.sandbox, env);
  // The script is known to Redis: a claim that hangs is written when Redis goes on.
  await open(first.url, "visit-0006");
  redis.signal("SIGSTOP");
  const refused = await first.ask(OPEN, { key: "visit-0007", seconds: 5 });
  expect(refused.errors).toMatchObject([{ extensions: { code: "IDEMPOTENCY_UNAVAILABLE" } }]);
  redis.signal("SIGCONT");
  expect(opened(first)).toBe(1);
  const repeat = () => second.ask<Opened, object>(OPEN, { key: "visit-0007", seconds: 5 });
  const isAnswered = async () => (await repeat()).data?.openDoor?.command?.status ?? null;
  await expect.poll(isAnswered, { timeout: 20_000 }).toBe("SUCCEEDED");
  expect(opened(first)).toBe(2);
  expect((await open(first.url, "visit-0007")).command?.status).toBe("SUCCEEDED");
  expect(opened(first)).toBe(2);
});

test("a claim that arrives after its withdrawal is not written, and the key stays free for others", async () => {
  const redis = await withRedis();
  const store = await startRedisIdempotencyStore(redisTarget(redis.url), "late");
  onTestFinished(store.stop);
  const record = { input: "", operationId: "visit-0008", offline: [], startedAt: Date.now(), outcome: null };
  const late = { ...record, attempt: "late" };
  await store.release("visit-0008", late);
  await expect(store.claim("visit-0008", late)).rejects.toThrow("unavailable");
  expect(await store.claim("visit-0008", { ...record, attempt: "next" })).toBeNull();
  // Only its own attempt releases a key.
  await store.release("visit-0008", late);
  expect(await store.read("visit-0008")).toMatchObject({ attempt: "next" });
});

test("an unavailable store rejects the request with its own error, and nothing is executed", async () => {
  const error = new StoreUnavailableError("store of idempotency keys", "Redis does not answer.");
  const claim = () => Promise.reject(error);
  const unused = () => Promise.reject(new Error("Only claim may be called."));
  const store = { claim, read: unused, complete: unused, replace: unused, release: async () => {} };
  const request = {
    operation: "OpenDoor",
    input: {},
    operationId: "visit-0005",
    offline: [],
    maxDurationMs: 1000,
    stopping: new AbortController().signal,
  };
  const result = runIdempotent(
    { store, fingerprintSecret: "secret", now: Date.now },
    { ...request, key: "visit-0005", repeatable: false },
    { execute: unused, reconcile: unused, unknownOutcome: () => ({ commands: [], migrationId: null }) },
  );
  await expect(result).rejects.toBe(error);
});

test("a repeat does not wait longer than a command takes for a process that died before the clock was set back", async () => {
  const now = () => Date.now();
  const store = createMemoryIdempotencyStore(now);
  const idempotency = { store, fingerprintSecret: "secret", now };
  const request = {
    key: "visit-0010",
    operation: "OpenDoor",
    input: {},
    operationId: "op-00000010",
    offline: [],
    maxDurationMs: 300,
    stopping: new AbortController().signal,
    repeatable: true,
  };
  const unknownOutcome = () => ({ commands: [], migrationId: null });
  const execution = { reconcile: async () => "nothing" as const, unknownOutcome };
  void runIdempotent(idempotency, request, { ...execution, execute: () => new Promise(() => {}) });
  setBack();
  const unused = () => Promise.reject(new Error("It must not be sent again."));
  const repeat = runIdempotent(idempotency, request, { ...execution, execute: unused });
  expect(await repeat).toEqual({ ...unknownOutcome(), offline: [] });
});

test("a command for all devices whose answer was lost keeps its key, and is not sent again", async () => {
  const store = createMemoryIdempotencyStore(Date.now);
  let sent = 0;
  const send = () =>
    runIdempotent(
      { store, fingerprintSecret: "secret", now: Date.now },
      {
        key: "visit-0009",
        operation: "SyncDeviceTime",
        input: {},
        operationId: "op-00000009",
        offline: [],
        maxDurationMs: 0,
        stopping: new AbortController().signal,
        repeatable: true,
      },
      {
        execute() {
          sent += 1;
          throw new GatewayError("UPSTREAM_UNAVAILABLE", "", { operation: "SyncDeviceTime", ambiguous: true });
        },
        reconcile: async () => "nothing" as const,
        unknownOutcome: () => ({ commands: [], migrationId: null }),
      },
    );
  await expect(send()).rejects.toBeInstanceOf(GatewayError);
  expect(await send()).toEqual({ commands: [], migrationId: null, offline: [] });
  expect(sent).toBe(1);
});

test("while the event log is unavailable, only the fields that read it fail", async () => {
  const redis = await withRedis();
  const portico = await startPortico({}, { REDIS_URL: redis.url });
  await redis.kill("SIGKILL");
  const { data, errors } = await portico.ask(`{ viewer { name } gateway { sandbox latestCursor } }`);
  expect(data).toMatchObject({ viewer: { name: "anyone" }, gateway: { sandbox: true, latestCursor: null } });
  expect(errors).toMatchObject([
    { message: "The event log is unavailable; try again.", extensions: { code: "EVENTS_UNAVAILABLE" } },
  ]);
});
test.each(["", " ", "\t\n", "\u00a0\u2003"])(
  "the key %j counts as not given: each request is a command of its own",
  async (key) => {
    const portico = await startPortico();
    const [first, second] = [await open(portico.url, key), await open(portico.url, key, 9)];
    expect([first.userErrors, second.userErrors]).toEqual([[], []]);
    expect(first.command?.id).not.toBe(second.command?.id);
    expect(opened(portico)).toBe(2);
  },
);

const LONG = [
  ["255 letters", "k".repeat(255), true],
  ["255 characters of two code units", `k${"\u{1f511}".repeat(254)}`, true],
  ["256 letters", "k".repeat(256), false],
  ["256 characters of two code units", `k${"\u{1f511}".repeat(255)}`, false],
  ["a megabyte", "k".repeat(1_000_000), false],
  ["256 letters and a blank", `${"k".repeat(256)} `, false],
] as const;

const KEYED = `mutation ($open: String!, $reboot: String!, $reset: String!, $register: String!) {
  openDoor(input: { serialNumber: "SN7A2300583", options: { idempotencyKey: $open, waitSeconds: 1 } }) {
    userErrors { code path } }
  rebootDevice(input: { serialNumbers: ["SN7A2300583"], options: { idempotencyKey: $reboot, waitSeconds: 1 } }) {
    userErrors { code path } }
  resetDeviceQueue(input: { serialNumber: "SN7A2300583", idempotencyKey: $reset }) { userErrors { code path } }
  registerCallback(input: { url: "https://events.example.com/x", idempotencyKey: $register }) { userErrors { code path } }
}`;

test.each(LONG)(
  "a key of %s is accepted up to 255 characters and refused beyond, in every mutation",
  async (_, key, fits) => {
    const portico = await startPortico();
    portico.upstream();
    const { data } = await portico.ask<Record<string, { userErrors: object[] }>, object>(KEYED, {
      open: key,
      reboot: key.replace("k", "b"),
      reset: key.replace("k", "s"),
      register: key.replace("k", "r"),
    });
    const refused = (...path: string[]) => (fits ? [] : [{ code: "INVALID_INPUT", path: ["input", ...path] }]);
    expect(Object.values(data).map(({ userErrors }) => userErrors)).toEqual([
      refused("options", "idempotencyKey"),
      refused("options", "idempotencyKey"),
      refused("idempotencyKey"),
      refused("idempotencyKey"),
    ]);
    const sent = portico
      .upstream()
      .filter((name) => /^(OpenDoor|RebootDevice|ResetDeviceQueue|RegisterCallback)$/.test(name));
    expect(sent).toHaveLength(fits ? 4 : 0);
  },
);
