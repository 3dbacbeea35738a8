import { once } from "node:events";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { networkKey } from "../../../src/server/identity/quota-key.ts";
import { createLocalBuckets } from "../../../src/server/admission/caller-buckets.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { startCallbackRouter, subscribeByCallback } from "../../kit/portico/callback-router.ts";
import {
  askAs,
  bearer,
  claims,
  keyFile,
  keyOf,
  openFile,
  startIssuer,
  token,
  TOKENS,
} from "../../kit/portico/callers.ts";
import { errorOf, openSocket, PUNCHES, refusedStatus, served, serves } from "../../kit/portico/socket.ts";
import { byPost, codesIn, type Transport, TRANSPORTS } from "../../kit/portico/transports.ts";

const DEVICES = "{ devices(first: 1) { nodes { name health { queueDepth } } } }";
const VIEWER = "{ viewer { name } }";
const SCOPES = ["doors:control", "credentials:write", "users:write", "attendance:read", "devices:read"];

/** Starts Portico with two callers. */
const startWithKeys = async (env: Record<string, string>) => {
  const { path } = await openFile(keyFile({ ada: { scopes: SCOPES }, bob: { scopes: SCOPES } }));
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path, ...env });
  const as = (name: string) => ({ url: portico.url, headers: bearer(keyOf(name)) });
  return { portico, ada: as("ada"), bob: as("bob") };
};

test.each(TRANSPORTS)("more concurrent operations than LIMIT_OPERATIONS are rejected over %s", async (_, ask) => {
  const { portico, ada, bob } = await startWithKeys({ LIMIT_OPERATIONS: "2" });
  portico.sandbox.faults.add({ kind: "hang", times: null, operation: "ListDevices" });
  portico.upstream();
  const [ignore, controller] = [() => {}, new AbortController()];
  const slow = (index: number) =>
    fetch(`${ada.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...ada.headers },
      body: JSON.stringify({ query: DEVICES.replace("first: 1", `first: ${index}`) }),
      signal: controller.signal,
    }).catch(ignore);
  const both = [slow(1), slow(2)];
  await expect.poll(portico.upstream).toContain("ListDevices");
  await expect.poll(async () => codesIn(await ask(ada, { query: VIEWER }))).toEqual(["TOO_MANY_REQUESTS"]);
  const rejected = await ask(ada, { query: VIEWER });
  expect([429, null]).toContain(rejected.status);
  if (rejected.status !== null) expect(rejected.retryAfter).toBe("1");
  expect(await ask(bob, { query: VIEWER })).not.toHaveProperty("errors");
  controller.abort();
  await Promise.all(both);
  await expect.poll(async () => codesIn(await ask(ada, { query: VIEWER }))).toEqual([]);
});

const KEYED = `mutation ($key: String!) {
  openDoor(input: { serialNumber: "SN7A2300583", options: { idempotencyKey: $key } }) { command { id operationId } userErrors { code } } }`;

/** Starts Portico with an API key and a token of the same name, account and scopes. */
const startWithNamesakes = async (env: Record<string, string> = {}) => {
  const issuer = await startIssuer();
  const { path } = await openFile(keyFile({ admin: { scopes: SCOPES } }));
  const access = { ...TOKENS, ACCESS_API_KEYS_FILE: path, ACCESS_JWT_JWKS_URL: issuer.url };
  const portico = await startPortico({}, { ...access, ...env });
  const callers = [bearer(keyOf("admin")), bearer(token(claims({ sub: "admin", scope: SCOPES.join(" ") })))] as const;
  const ask = async (index: 0 | 1, query: string, variables: object = {}): Promise<string> =>
    (await askAs(portico.url, callers[index], query, variables)).text();
  return { portico, ask };
};

test("an API key and a token of the same name do not share idempotency keys", async () => {
  const { portico, ask } = await startWithNamesakes();
  const answers = [await ask(0, KEYED, { key: "visit-1" }), await ask(1, KEYED, { key: "visit-1" })];
  expect(answers[0]).not.toBe(answers[1]);
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(2);
  expect([await ask(0, KEYED, { key: "visit-1" }), await ask(1, KEYED, { key: "visit-1" })]).toEqual(answers);
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(2);
});

test("an API key and a token of the same name do not share quotas", async () => {
  const { ask } = await startWithNamesakes({ LIMIT_DOORS: "1" });
  const open = (index: 0 | 1) => ask(index, KEYED, { key: "" });
  expect(await open(0)).not.toContain("RATE_LIMITED");
  expect(await open(0)).toContain("RATE_LIMITED");
  expect(await open(1)).not.toContain("RATE_LIMITED");
});

test("the audit trail tells an API key and a token of the same name apart", async () => {
  const { portico, ask } = await startWithNamesakes();
  await ask(0, KEYED, { key: "" });
  await ask(1, KEYED, { key: "" });
  const lines = portico.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(
    lines
      .filter(({ audit }) => audit === "mutation")
      .map(({ viewer, credential, issuer }) => [viewer, credential, issuer]),
  ).toEqual([
    ["admin", "apiKey", undefined],
    ["admin", "token", TOKENS.ACCESS_JWT_ISSUER],
  ]);
});

test("subscriptions of one caller are counted over all its sockets and streams", async () => {
  const { portico, ada, bob } = await startWithKeys({ LIMIT_SUBSCRIPTIONS: "3" });
  const first = await openSocket(portico, { headers: ada.headers });
  const second = await openSocket(portico, { headers: ada.headers });
  first.subscribe("1", PUNCHES);
  first.subscribe("2", PUNCHES);
  second.subscribe("1", PUNCHES);
  await served(portico, 3);
  second.subscribe("2", PUNCHES);
  expect(await errorOf(second, "2")).toMatchObject([{ extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } }]);
  const stream = () =>
    fetch(`${ada.url}/graphql?query=${encodeURIComponent(PUNCHES)}`, {
      headers: { accept: "text/event-stream", ...ada.headers },
    });
  const rejected = await stream();
  expect([rejected.status, rejected.headers.get("retry-after")]).toEqual([429, "1"]);
  const other = await openSocket(portico, { headers: bob.headers });
  other.subscribe("1", PUNCHES);
  await served(portico, 4);
  first.send({ id: "1", type: "complete" });
  await served(portico, 3);
  const accepted = await stream();
  expect(accepted.status).toBe(200);
  await served(portico, 4);
  await accepted.body?.cancel();
  await served(portico, 3);
  first.socket.terminate();
  await served(portico, 2);
  second.subscribe("3", PUNCHES);
  second.subscribe("4", PUNCHES);
  await served(portico, 4);
});

test("subscriptions by HTTP callback are admitted and counted like all others", async () => {
  const router = await startCallbackRouter();
  const env = { SUBGRAPH_CALLBACK_URLS: router.prefix, LIMIT_SUBSCRIPTIONS: "1", LIMIT_COST: "10" };
  const portico = await startPortico({}, env);
  const query = `subscription { punchAdded { punch { device { health { queueDepth } doors { name } } } } }`;
  const expensive = await subscribeByCallback(portico.url, router, { query });
  expect(expensive).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: "QUERY_TOO_EXPENSIVE" } }] } });
  expect((await subscribeByCallback(portico.url, router, { id: "one" })).status).toBe(200);
  const excess = await subscribeByCallback(portico.url, router, { id: "two" });
  expect(excess).toMatchObject({ status: 429, body: { errors: [{ extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } }] } });
  expect(router.messages.map(({ id }) => id)).not.toContain("two");
});

test("more sockets than LIMIT_SOCKETS are rejected until one is closed", async () => {
  const { portico, ada, bob } = await startWithKeys({ LIMIT_SOCKETS: "2" });
  const forwardedFor = (address: number) => ({ "x-forwarded-for": `203.0.113.${address}` });
  const one = await openSocket(portico, { headers: ada.headers });
  await openSocket(portico, { headers: ada.headers });
  expect(await refusedStatus(portico, { headers: { ...bob.headers, ...forwardedFor(1) } })).toBe(429);
  one.socket.terminate();
  await expect.poll(portico.live.sockets).toBe(1);
  await openSocket(portico, { headers: bob.headers });
});

test("sockets are counted by the address that a trusted proxy reports, and by their caller", async () => {
  const { portico, ada, bob } = await startWithKeys({ LIMIT_SOCKETS: "2", TRUSTED_PROXIES: "127.0.0.1" });
  const from = (address: string, { headers }: typeof ada) => ({ headers: { ...headers, "x-forwarded-for": address } });
  await openSocket(portico, from("203.0.113.1", ada));
  await openSocket(portico, from("203.0.113.1", bob));
  expect(await refusedStatus(portico, from("203.0.113.1", bob))).toBe(429);
  expect(await refusedStatus(portico, from("198.51.100.9, 203.0.113.1", bob))).toBe(429);
  expect(await refusedStatus(portico, from("203.0.113.1:51234", bob))).toBe(429);
  await openSocket(portico, from("203.0.113.2", ada));
  const third = await openSocket(portico, { ...from("203.0.113.3", ada), init: false });
  third.send({ type: "connection_init" });
  expect(await third.closed).toEqual({ code: 4429, reason: "Too many sockets" });
  await openSocket(portico, from("203.0.113.3", bob));
});

test("a rejected upgrade has a Retry-After header", async () => {
  const { url } = await startPortico({}, { LIMIT_SOCKETS: "1" });
  await openSocket({ url });
  const stream = connect(Number(new URL(url).port), "127.0.0.1");
  stream.write(
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const [answer] = (await once(stream, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\nRetry-After: 10\r\n/);
  stream.destroy();
});

test("sockets without a first message are closed and release their memory", { timeout: 60_000 }, async () => {
  const portico = await startPortico({}, { LOG_LEVEL: "silent" }, { sockets: { initTimeoutMs: 300 } });
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const crowd = async () => {
    const sockets = await Promise.all(Array.from({ length: 500 }, () => openSocket(portico, { init: false })));
    const closed = await Promise.all(sockets.map((socket) => socket.closed));
    expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([4408]));
    await expect.poll(portico.live.sockets).toBe(0);
    collect();
    return process.memoryUsage().heapUsed;
  };
  await crowd();
  const before = await crowd();
  const after = Math.min(await crowd(), await crowd());
  expect(after - before).toBeLessThan(500 * 4 * 1024);
  await serves(portico);
});

const PASSWORD = `setUserPassword(input: { employeeCode: "1042", serialNumbers: ["SN7A2300583"], password: "4711" }) {
  userErrors { code }
}`;
const OPEN = `openDoor(input: { serialNumber: "SN7A2300583" }) { userErrors { code } }`;
const five = (field: string) =>
  `mutation { ${Array.from({ length: 5 }, (_, index) => `a${index}: ${field}`).join(" ")} }`;

test.each(TRANSPORTS)("password fields are counted one by one, not per request, over %s", async (_, ask) => {
  const { portico, ada, bob } = await startWithKeys({ LIMIT_CREDENTIALS: "10" });
  portico.upstream();
  expect(await ask(ada, { query: five(PASSWORD) })).not.toHaveProperty("errors");
  expect(await ask(ada, { query: `mutation { ...F ...F } fragment F on Mutation { ${PASSWORD} }` })).not.toHaveProperty(
    "errors",
  );
  const sent = portico.upstream().length;
  expect(sent).toBeGreaterThan(0);
  const rejected = await ask(ada, {
    query: `mutation { ...F } fragment F on Mutation { ... { ${five(PASSWORD).slice(10)} }`,
  });
  expect(codesIn(rejected)).toEqual(["RATE_LIMITED"]);
  const seconds = rejected.errors?.[0]?.extensions["retryAfter"];
  expect(seconds).toBeGreaterThan(0);
  expect([429, null]).toContain(rejected.status);
  if (rejected.status !== null) expect(rejected.retryAfter).toBe(String(seconds));
  expect(portico.upstream()).toEqual([]);
  expect(await ask(ada, { query: `mutation { ${OPEN} }` })).not.toHaveProperty("errors");
  expect(await ask(bob, { query: five(PASSWORD) })).not.toHaveProperty("errors");
});

test("aliased door commands beyond LIMIT_DOORS are rejected", async () => {
  const portico = await startPortico({}, { LIMIT_DOORS: "20" });
  const codes: unknown[] = [];
  for (let round = 0; round < 10; round += 1) codes.push(...codesIn(await byPost(portico, { query: five(OPEN) })));
  expect(codes).toEqual(Array.from({ length: 6 }, () => "RATE_LIMITED"));
  expect(portico.sandbox.ledger.entries({ operation: "OpenDoor" })).toHaveLength(20);
});

const ADD = `($input: AddUserInput!) { addUser(input: $input) { userErrors { code } } }`;
const person = (templates: number) => ({
  employeeCode: "90001",
  firstName: "Ravi",
  serialNumbers: ["SN7A2300583"],
  templates: Array.from({ length: templates }, () => ({ kind: "PASSWORD", data: "4711" })),
});

test.each([
  [
    "in a variable",
    (ask: Transport, target: Parameters<Transport>[0]) =>
      ask(target, { query: `mutation ${ADD}`, variables: { input: person(3) } }),
  ],
  [
    "in the default of one",
    (ask: Transport, target: Parameters<Transport>[0]) =>
      ask(target, {
        query: `mutation ($input: AddUserInput! = { employeeCode: "90001", firstName: "Ravi", serialNumbers: ["SN7A2300583"],
        templates: [{ kind: PASSWORD, data: "1" }, { kind: PASSWORD, data: "2" }, { kind: PASSWORD, data: "3" }] })
        { addUser(input: $input) { userErrors { code } } }`,
      }),
  ],
])("the credentials of a user %s are counted one by one", async (_, add) => {
  const { ada } = await startWithKeys({ LIMIT_CREDENTIALS: "6" });
  expect(await add(byPost, ada)).not.toHaveProperty("errors");
  expect(await add(byPost, ada)).not.toHaveProperty("errors");
  expect(codesIn(await add(byPost, ada))).toEqual(["RATE_LIMITED"]);
  expect(await byPost(ada, { query: `mutation ${ADD}`, variables: { input: person(0) } })).not.toHaveProperty("errors");
});

test("spent tokens are refilled over time, up to the limit", () => {
  let now = 0;
  const buckets = createLocalBuckets(() => now);
  const take = (caller: string, tokens: number) => buckets.take(caller, tokens, 60);
  expect(take("ada", 60)).toBe(0);
  expect(take("ada", 5)).toBe(5);
  expect(take("bob", 60)).toBe(0);
  now = 4_999;
  expect(take("ada", 5)).toBe(1);
  now = 5_000;
  expect(take("ada", 5)).toBe(0);
  now = 1e9;
  expect(take("ada", 180)).toBe(0);
  expect(take("ada", 1)).toBe(121);
  now += 121_000;
  expect(take("ada", 1)).toBe(0);
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:0db8:0001:0002::9", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["unknown", "unknown"],
])("%s is counted as %s", (address, network) => {
  expect(networkKey(address)).toBe(network);
});
