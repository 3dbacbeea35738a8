import { expect, test } from "vitest";
import { decodeCursor } from "../../../src/events/cursor.ts";
import { appendNumbered, range } from "../../kit/events/numbered.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import {
  arrived,
  type CallbackRouter,
  type CallbackOptions,
  numbersOf,
  punchesOf,
  startCallbackRouter,
  subscribeByCallback,
  VERIFIER,
} from "../../kit/portico/callback-router.ts";
import { subscribeBySse } from "../../kit/portico/live.ts";
import { served } from "../../kit/portico/socket.ts";

type Tuning = NonNullable<NonNullable<Parameters<typeof startPortico>[2]>["subscriptionCallbacks"]>;

const QUICK: Tuning = { retryDelaysMs: [10, 20], heartbeatMs: { min: 20, max: 60_000 } };

/** Starts Portico with the router among the allowed URLs, and short retry delays. */
const start = async (router: CallbackRouter, tuning: Tuning = {}) => {
  const env = { SUBGRAPH_CALLBACK_URLS: router.prefix };
  return startPortico({}, env, { subscriptionCallbacks: { ...QUICK, ...tuning } });
};

test("the router confirms the subscription, then gets the response, then every event once, in order, one at a time", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router);
  const { status, protocol, body } = await subscribeByCallback(portico.url, router);
  expect({ status, protocol, body }).toEqual({ status: 200, protocol: "callback/1.0", body: { data: null } });
  expect(router.messages).toEqual([{ kind: "subscription", action: "check", id: "one", verifier: VERIFIER }]);
  await appendNumbered(portico.log, 1, 100);
  await arrived(router, 100);
  expect(numbersOf(router)).toEqual(range(1, 100));
  expect(router.maxConcurrent()).toBe(1);
  const senders = router.messages.map(({ kind, id, verifier }) => [kind, id, verifier].join(" "));
  expect(new Set(senders)).toEqual(new Set([`subscription one ${VERIFIER}`]));
  for (const headers of router.headers) {
    expect(headers).toMatchObject({ "content-type": "application/json", "subscription-protocol": "callback/1.0" });
  }
  expect(router.of("complete")).toEqual([]);
});

test("events between the check and the response are sent after the response", async () => {
  const router = await startCallbackRouter(({ action }) => (action === "check" ? "hang" : 204));
  const portico = await start(router);
  const subscribing = subscribeByCallback(portico.url, router);
  await expect.poll(() => router.messages.length).toBe(1);
  await appendNumbered(portico.log, 1, 3);
  router.release();
  expect((await subscribing).status).toBe(200);
  await arrived(router, 3);
  expect(numbersOf(router)).toEqual([1, 2, 3]);
});

test("Hive's form of the request is accepted, too", async () => {
  const router = await startCallbackRouter(({ action }, turn) => (action === "check" && turn === 0 ? 404 : 204));
  const portico = await start(router);
  const { status } = await subscribeByCallback(portico.url, router, {
    accept: "application/json;callbackSpec=1.0; charset=utf-8",
    extensions: { query: "subscription { a }", variables: {} },
  });
  // Hive starts to listen a moment after its request.
  expect([status, router.of("check").length]).toEqual([200, 2]);
});

test("a subscription starts after its cursor, and shares its execution with other transports", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router);
  await subscribeByCallback(portico.url, router);
  await appendNumbered(portico.log, 1, 3);
  await arrived(router, 3);
  const after = punchesOf(router)[0]?.cursor;
  const query = `subscription ($after: EventCursor) { punchAdded(after: $after) { punch { user { employeeCode } } } }`;
  await subscribeByCallback(portico.url, router, { id: "two", query, variables: { after } });
  await arrived(router, 2, "two");
  expect(numbersOf(router, "two")).toEqual([2, 3]);

  const costly = `subscription { punchAdded { punch { device { info { firmware } } } } }`;
  await subscribeByCallback(portico.url, router, { id: "three", query: costly });
  const stream = subscribeBySse(portico.url, costly);
  await served(portico, 4);
  portico.upstream();
  await appendNumbered(portico.log, 4, 4);
  await arrived(router, 1, "three");
  await expect.poll(() => stream.events.length).toBe(1);
  expect(router.of("next", "three")[0]?.payload?.data).toEqual(stream.events[0]);
  expect(portico.upstream()).toEqual(["GetDeviceInfo"]);
});

test("a router that does not keep up is served from the log, not from memory, and misses no event", async () => {
  const router = await startCallbackRouter(({ action }, turn) => (action === "next" && turn === 0 ? "hang" : 204));
  const portico = await start(router, { maxBufferedBytes: 4 * 1024, responseTimeoutMs: 60_000 });
  await subscribeByCallback(portico.url, router);
  await appendNumbered(portico.log, 1, 500);
  await arrived(router, 1);
  // A live subscriber gets the last event, so all of them were dispatched.
  const stream = subscribeBySse<{ punchAdded: { replayed: boolean } }>(
    portico.url,
    `subscription { punchAdded { replayed } }`,
  );
  await served(portico, 2);
  await appendNumbered(portico.log, 501, 501);
  await expect.poll(() => stream.events.length).toBe(1);
  router.release();
  await arrived(router, 501);
  expect(numbersOf(router)).toEqual(range(1, 501));
  const fromMemory = punchesOf(router).filter(({ replayed }) => !replayed);
  expect(fromMemory.length).toBeGreaterThan(0);
  expect(fromMemory.length).toBeLessThan(40);
});

test("the router gets heartbeats as often as it requests, or none", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router);
  await subscribeByCallback(portico.url, router, { id: "frequent", subscription: { heartbeatIntervalMs: 40 } });
  await subscribeByCallback(portico.url, router, { id: "none", subscription: { heartbeatIntervalMs: 0 } });
  const begun = performance.now();
  await expect.poll(() => router.of("check", "frequent").length).toBeGreaterThan(5);
  // Never faster than three quarters of the requested interval.
  expect(performance.now() - begun).toBeGreaterThan(4 * 30);
  expect(router.of("check", "none")).toHaveLength(1);
});

test("the heartbeat interval is limited on both sides", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router, { heartbeatMs: { min: 200, max: 200 } });
  const begun = performance.now();
  await subscribeByCallback(portico.url, router, { id: "short", subscription: { heartbeatIntervalMs: 1 } });
  await subscribeByCallback(portico.url, router, { id: "long", subscription: { heartbeatIntervalMs: 1e12 } });
  await expect.poll(() => router.of("check", "long").length).toBeGreaterThan(2);
  const heartbeats = Math.ceil((performance.now() - begun) / 150);
  expect(router.of("check", "short").length).toBeLessThanOrEqual(heartbeats + 1);
});

test.for([
  ["next", 404],
  ["next", 401],
  ["next", 307],
  ["check", 404],
  ["check", 400],
] as const)(
  "a %s that the router answers with %i ends the subscription without another message",
  async ([which, status]) => {
    const answer = ({ action }: { action: string }, turn: number) =>
      action === which && (which === "next" || turn > 0) ? status : 204;
    const router = await startCallbackRouter(answer);
    const portico = await start(router);
    await subscribeByCallback(portico.url, router, {
      subscription: { heartbeatIntervalMs: which === "check" ? 40 : 0 },
    });
    if (which === "next") await appendNumbered(portico.log, 1, 3);
    await served(portico, 0);
    expect(router.of("next").length + router.of("check").length).toBe(2);
    expect(router.of("complete")).toEqual([]);
    // The ID can be used again.
    expect((await subscribeByCallback(portico.url, await startCallbackRouter())).status).toBe(403);
    expect((await subscribeByCallback(portico.url, router, { id: "another" })).status).toBe(200);
  },
);

test.for(["cut", "hang", 500, 503, 429] as const)(
  "a message that fails by %s is sent again, and the order is kept",
  async (fault) => {
    const router = await startCallbackRouter(({ action }, turn) => (action === "next" && turn < 2 ? fault : 204));
    const portico = await start(router, { responseTimeoutMs: 1_000 });
    await subscribeByCallback(portico.url, router);
    await appendNumbered(portico.log, 1, 3);
    await arrived(router, 5);
    expect(numbersOf(router)).toEqual([1, 1, 1, 2, 3]);
  },
);

test("a router that keeps failing gets one request to subscribe again, and then nothing more", async () => {
  const router = await startCallbackRouter(({ action }) => (action === "next" ? 500 : 204));
  const portico = await start(router);
  await subscribeByCallback(portico.url, router);
  await appendNumbered(portico.log, 1, 3);
  await served(portico, 0);
  expect(numbersOf(router)).toEqual([1, 1, 1]);
  expect(router.of("complete")).toMatchObject([{ errors: [{ extensions: { code: "SUBSCRIPTION_INTERRUPTED" } }] }]);
  const warned = portico.logs.filter((line) => line.includes("router does not accept events"));
  expect(warned.map((line) => JSON.parse(line) as object)).toMatchObject([{ reason: "status 500" }]);
});

test("a subscription at the end of its data is completed without errors", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router);
  const { data } = await portico.ask<{ resendUser: { commands: { id: string }[] } }, object>(
    `mutation { resendUser(input: { employeeCode: "1042", serialNumbers: ["SN7A2300584"] }) { commands { id } } }`,
  );
  const id = data.resendUser.commands[0]?.id;
  const query = `subscription ($id: ID!) { commandUpdated(id: $id) { status } }`;
  await subscribeByCallback(portico.url, router, { query, variables: { id } });
  await expect.poll(() => router.of("complete")).toEqual([expect.not.objectContaining({ errors: expect.anything() })]);
  expect(router.of("next").at(-1)?.payload).toEqual({ data: { commandUpdated: { status: "SUCCEEDED" } } });
  expect(router.messages.at(-1)?.action).toBe("complete");
});

const rejections: readonly (readonly [string, CallbackOptions, number, string])[] = [
  ["to another URL", { subscription: { callbackUrl: "http://127.0.0.1:9/callback/one" } }, 403, "CALLBACK_NOT_ALLOWED"],
  ["to a URL with a user name", { subscription: { callbackUrl: "http://a@127.0.0.1/" } }, 403, "CALLBACK_NOT_ALLOWED"],
  ["without a URL", { subscription: { callbackUrl: null } }, 400, "BAD_REQUEST"],
  ["without an ID", { subscription: { subscriptionId: "" } }, 400, "BAD_REQUEST"],
  ["with an ID with line breaks", { subscription: { subscriptionId: "a\nb" } }, 400, "BAD_REQUEST"],
  ["without a verifier", { subscription: { verifier: 1 } }, 400, "BAD_REQUEST"],
  ["with a negative interval", { subscription: { heartbeatIntervalMs: -1 } }, 400, "BAD_REQUEST"],
  ["with an invalid document", { query: "subscription { nothing }" }, 400, "GRAPHQL_VALIDATION_FAILED"],
  [
    "with variables of the wrong type",
    { query: "subscription ($a: EventCursor!) { punchAdded(after: $a) { cursor } }" },
    400,
    "BAD_USER_INPUT",
  ],
  ["with an invalid cursor", { query: `subscription { punchAdded(after: "x") { cursor } }` }, 400, "BAD_USER_INPUT"],
];

test.for(rejections)("a subscription %s is rejected, and no router is called", async ([, options, status, code]) => {
  const router = await startCallbackRouter();
  const portico = await start(router);
  expect(await subscribeByCallback(portico.url, router, options)).toMatchObject({ status, code, protocol: null });
  expect(router.connections()).toBe(0);
  expect(portico.live.subscribers()).toBe(0);
});

test("without allowed URLs the protocol is off, and the error says so", async () => {
  const router = await startCallbackRouter();
  const portico = await startPortico();
  const { status, body } = await subscribeByCallback(portico.url, router);
  expect(status).toBe(403);
  expect(JSON.stringify(body)).toContain("Subscriptions by HTTP callback are off;");
  expect(router.connections()).toBe(0);
});

test.for([404, 401, 500, "cut"] as const)(
  "a router that answers the first check with %s gets no subscription",
  async (answer) => {
    const router = await startCallbackRouter(() => answer);
    const portico = await start(router);
    expect(await subscribeByCallback(portico.url, router)).toMatchObject({ status: 502, code: "CALLBACK_UNCONFIRMED" });
    expect(portico.live.subscribers()).toBe(0);
    const count = router.messages.length;
    await appendNumbered(portico.log, 1, 1);
    expect((await portico.ask(`{ viewer { name } }`)).errors).toBeUndefined();
    expect(router.messages).toHaveLength(count);
  },
);

test("an ID is unique among open subscriptions, and their number is limited", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router, { maxSubscriptions: 2 });
  const codes = await Promise.all(
    ["one", "one", "two"].map(async (id) => (await subscribeByCallback(portico.url, router, { id })).code),
  );
  expect(codes.filter((code) => code !== undefined)).toEqual(["SUBSCRIPTION_EXISTS"]);
  const third = await subscribeByCallback(portico.url, router, { id: "three" });
  expect(third).toMatchObject({ status: 503, code: "TOO_MANY_SUBSCRIPTIONS" });
  expect(portico.live.subscribers()).toBe(2);
});

test("a query with the extension, and a subscription without the header, are handled as without the protocol", async () => {
  const router = await startCallbackRouter();
  const portico = await start(router);
  const asked = await subscribeByCallback(portico.url, router, { query: `{ viewer { name } }` });
  expect(asked.body.data).toMatchObject({ viewer: {} });
  const plain = await subscribeByCallback(portico.url, router, { accept: "application/json" });
  expect(plain.body.errors).toBeDefined();
  expect(router.connections()).toBe(0);
});

test.for(["expires", "is revoked"])(
  "a router gets an error when the caller's key %s, and no queued events",
  async (way) => {
    const router = await startCallbackRouter(({ action }) => (action === "next" ? "hang" : 204));
    const expiresAt = new Date(Date.now() + (way === "expires" ? 2_000 : 900_000)).toISOString();
    const file = await openFile(keyFile({ ada: { scopes: ["attendance:read", "users:read"], expiresAt } }));
    const env = { SUBGRAPH_CALLBACK_URLS: router.prefix, ACCESS_API_KEYS_FILE: file.path };
    const portico = await startPortico({}, env, { subscriptionCallbacks: QUICK });
    expect((await subscribeByCallback(portico.url, router)).code).toBe("UNAUTHENTICATED");
    expect(router.connections()).toBe(0);
    await subscribeByCallback(portico.url, router, { headers: bearer(keyOf("ada")) });
    await appendNumbered(portico.log, 1, 3);
    await arrived(router, 1);
    if (way === "is revoked") await file.replace(keyFile({ bob: {} }));
    await expect.poll(portico.live.subscribers, { timeout: 10_000 }).toBe(0);
    router.release();
    await expect.poll(() => router.of("complete").length).toBe(1);
    expect(router.of("complete")).toMatchObject([{ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] }]);
    expect(numbersOf(router)).toEqual([1]);
  },
);

test("when the server stops, routers get the remaining events and a cursor to continue from", async () => {
  const router = await startCallbackRouter(({ action }, turn) => (action === "next" && turn === 0 ? "hang" : 204));
  const portico = await start(router);
  for (const id of ["one", "two"]) await subscribeByCallback(portico.url, router, { id });
  await appendNumbered(portico.log, 1, 50);
  for (const id of ["one", "two"]) await arrived(router, 1, id);
  const { latest } = await portico.log.bounds();
  const stopping = portico.stop();
  expect(await subscribeByCallback(portico.url, router, { id: "late" })).toMatchObject({ code: "SERVER_STOPPING" });
  router.release();
  await stopping;
  for (const id of ["one", "two"]) {
    expect(numbersOf(router, id)).toEqual(range(1, 50));
    const [completed, ...more] = router.of("complete", id);
    expect(more).toEqual([]);
    const { code, cursor } = completed?.errors?.[0]?.extensions ?? {};
    expect([code, decodeCursor(String(cursor))?.offset]).toEqual(["SERVER_STOPPING", latest]);
    expect(router.messages.findLast((message) => message.id === id)?.action).toBe("complete");
  }
});

test("a router that does not respond does not delay the stop", async () => {
  const router = await startCallbackRouter(({ action }) => (action === "check" ? 204 : "hang"));
  const portico = await start(router, { graceMs: 300 });
  await subscribeByCallback(portico.url, router);
  await appendNumbered(portico.log, 1, 1);
  await arrived(router, 1);
  const begun = performance.now();
  await portico.stop();
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test("no log line and no response has the verifier", async () => {
  const router = await startCallbackRouter(({ action }) => (action === "next" ? 500 : 204));
  const portico = await start(router);
  const responses = [
    await subscribeByCallback(portico.url, router),
    await subscribeByCallback(portico.url, router),
    await subscribeByCallback(portico.url, router, { subscription: { subscriptionId: "" } }),
  ];
  await appendNumbered(portico.log, 1, 1);
  await served(portico, 0);
  expect(JSON.stringify(responses) + portico.logs.join("")).not.toContain(VERIFIER);
});
