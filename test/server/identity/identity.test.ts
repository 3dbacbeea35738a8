import { connect } from "node:net";
import { createClient } from "graphql-ws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { startPortico } from "../../kit/portico/app.ts";
import { askAs, bearer, keyFile, keyOf, openFile, seen, sha256 } from "../../kit/portico/callers.ts";
import { codesOf, errorOf, openSocket, PUNCHES, punch, type RawSocket, served } from "../../kit/portico/socket.ts";

const PAST = "2020-01-01T00:00:00Z";

const KEYS = keyFile({
  ada: { scopes: ["users:read", "attendance:read"] },
  bob: { scopes: ["attendance:read", "users:read"] },
  eve: { scopes: ["attendance:read", "users:read", "doors:read"] },
  ops: { scopes: ["devices:read"] },
  low: { scopes: ["attendance:read"] },
  old: { scopes: ["attendance:read"], expiresAt: PAST },
});

const start = async (text = KEYS) => {
  const file = await openFile(text);
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: file.path });
  return { ...portico, ...file };
};

const BAD: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["no credential", {}],
  ["an empty credential", { authorization: "" }],
  ["an unknown key", bearer(keyOf("nobody"))],
  ["an expired key", bearer(keyOf("old"))],
  ["the hash of a key", bearer(sha256(keyOf("ada")))],
  ["another scheme", { authorization: `Basic ${keyOf("ada")}` }],
  ["a key without its scheme", { authorization: keyOf("ada") }],
  ["two different credentials", { ...bearer(keyOf("ada")), "x-api-key": keyOf("bob") }],
  ["a malformed and a valid credential", { ...bearer("a b"), "x-api-key": keyOf("ada") }],
  ["nine kilobytes", bearer("x".repeat(9 * 1024))],
];

test.for(["application/json", "text/event-stream"])(
  "every invalid credential gets the same response, and nothing is executed: %s",
  async (accept) => {
    const portico = await start();
    const answers = [];
    for (const [what, headers] of BAD) {
      const query = accept === "application/json" ? `{ devices { totalCount } }` : PUNCHES;
      answers.push([what, await seen(await askAs(portico.url, { accept, ...headers }, query))]);
    }
    const { headers, ...first } = (answers[0] as [string, { headers: [string, string][] }])[1];
    expect(first).toEqual({
      status: 401,
      body: '{"errors":[{"message":"Send a valid API key or token.","extensions":{"code":"UNAUTHENTICATED"}}]}',
    });
    expect(headers).toContainEqual(["www-authenticate", "Bearer"]);
    for (const [what, answer] of answers) expect(answer, String(what)).toEqual({ ...first, headers });
    expect(portico.upstream()).toEqual([]);
    expect(portico.live.subscribers()).toBe(0);
  },
);

test("the log contains the reason of a failed authentication, and no credential", async () => {
  const portico = await start();
  for (const [, headers] of BAD) await askAs(portico.url, headers);
  await askAs(portico.url, { "x-api-key": keyOf("ada") });
  const socket = await openSocket(portico, { init: false });
  socket.send({ type: "connection_init", payload: { apiKey: keyOf("nobody") } });
  await socket.closed;
  const log = portico.logs.join("");
  const reasons = portico.logs
    .map((line) => JSON.parse(line) as { message: string; reason?: string })
    .filter(({ message }) => message === "caller refused")
    .map(({ reason }) => reason);
  expect(reasons).toEqual([
    "no credential",
    "malformed or too long",
    "unknown API key",
    "the API key has expired",
    "unknown API key",
    "malformed or too long",
    "malformed or too long",
    "different credentials",
    "malformed or too long",
    "malformed or too long",
    "unknown API key",
  ]);
  expect(log).not.toMatch(/key-of-|xxxx/);
});

test("a key is accepted in either header, and in both if they are equal", async () => {
  const { url } = await start();
  const either = [bearer(keyOf("ada")), { "x-api-key": keyOf("ada") }, { authorization: `bearer ${keyOf("ada")}` }];
  for (const headers of [...either, { ...either[0], ...either[1] }]) {
    const { data } = (await (await askAs(url, headers)).json()) as { data: unknown };
    expect(data).toEqual({ viewer: { name: "ada", scopes: ["users:read", "attendance:read"] } });
  }
});

test("a request is rejected before its body is read", async () => {
  const { url } = await start();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3000000";
  socket.write(`${head}\r\n\r\n{`);
  const answer = await new Promise<string>((resolve) => {
    socket.once("data", (data) => resolve(data.toString()));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  socket.destroy();
});

test("health and the GraphiQL page require no credential", async () => {
  const { url } = await start();
  const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
  const health = await fetch(`${url}/health/live`);
  expect([page.status, health.status]).toEqual([200, 200]);
});

test.for([
  ["authorization", `Bearer ${keyOf("ada")}`],
  ["AUTHORIZATION", `bearer ${keyOf("ada")}`],
  ["x-api-key", keyOf("ada")],
  ["X-Api-Key", keyOf("ada")],
  ["apiKey", keyOf("ada")],
  ["APIKEY", keyOf("ada")],
  ["authToken", keyOf("ada")],
  ["AuthToken", `Bearer ${keyOf("ada")}`],
  ["headers", { Authorization: `Bearer ${keyOf("ada")}` }],
  ["Headers", { "x-api-key": keyOf("ada"), "x-tenant": "north" }],
  ["headers", { authToken: keyOf("ada"), authorization: null }],
] as const)("a socket is authenticated by %s in its first message", async ([member, value]) => {
  const portico = await start();
  const socket = await openSocket(portico, { init: false });
  socket.send({ type: "connection_init", payload: { [member]: value } });
  socket.send({ type: "ping" });
  await socket.first(({ type }) => type === "pong");
  socket.subscribe("1", "{ viewer { name } }");
  const { payload } = await socket.first(({ type }) => type === "next");
  expect(payload).toEqual({ data: { viewer: { name: "ada" } } });
});

test("credentials in several members of the first message must be equal", async () => {
  const portico = await start();
  const same = { authToken: keyOf("ada"), headers: { Authorization: `Bearer ${keyOf("ada")}`, apiKey: keyOf("ada") } };
  const socket = await openSocket(portico, { init: false });
  socket.send({ type: "connection_init", payload: same });
  await socket.first(({ type }) => type === "connection_ack");
  const other = await openSocket(portico, { init: false });
  other.send({ type: "connection_init", payload: { ...same, apiKey: keyOf("bob") } });
  expect(await other.closed).toEqual({ code: 4401, reason: "Unauthorized" });
});

/** Subscribes as graphql-ws does, and connects again as often as it can. */
const subscribePersistently = (url: string, connectionParams: () => Record<string, unknown>) => {
  let opened = 0;
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 10)),
    connectionParams,
    on: { opened: () => void (opened += 1) },
  });
  onTestFinished(() => client.dispose());
  const received: unknown[] = [];
  const ended = new Promise<unknown>((resolve) => {
    const sink = { next: (result: unknown) => void received.push(result), error: resolve, complete: () => {} };
    client.subscribe({ query: PUNCHES }, sink);
  });
  return { ended, received, opened: () => opened };
};

test("a client that always connects again stops when its key is rejected", async () => {
  const portico = await start();
  const client = subscribePersistently(portico.url, () => ({ headers: { Authorization: "Bearer nobody" } }));
  expect(await client.ended).toMatchObject({ code: 4401, reason: "Unauthorized" });
  expect(client.opened()).toBe(1);
});

test("a client whose key is removed connects once more: with a new key it continues, with the same one it stops", async () => {
  const portico = await start();
  let name = "ada";
  const careful = subscribePersistently(portico.url, () => ({ authToken: keyOf(name) }));
  const stubborn = subscribePersistently(portico.url, () => ({ apiKey: keyOf("ada") }));
  await served(portico, 2);
  name = "new";
  await portico.replace(keyFile({ new: { scopes: ["attendance:read", "users:read"] } }));
  expect(await stubborn.ended).toMatchObject({ code: 4401 });
  expect(stubborn.opened()).toBe(2);
  await expect.poll(careful.opened).toBe(2);
  await served(portico, 1);
  punch(portico, "77001");
  await expect.poll(() => careful.received.length).toBe(1);
});

test("a socket is authenticated by the headers of its upgrade request", async () => {
  const portico = await start();
  const socket = await openSocket(portico, { headers: bearer(keyOf("ada")) });
  socket.subscribe("1", "{ viewer { name } }");
  const { payload } = await socket.first(({ type }) => type === "next");
  expect(payload).toEqual({ data: { viewer: { name: "ada" } } });
});

test.for([
  ["nothing", {}, undefined],
  ["null", {}, null],
  ["an object", {}, { authorization: { Bearer: keyOf("ada") } }],
  ["an unknown key", {}, { apiKey: keyOf("nobody") }],
  ["an expired key", {}, { apiKey: keyOf("old") }],
  ["other headers", bearer(keyOf("bob")), { apiKey: keyOf("ada") }],
  ["two different values", {}, { apiKey: keyOf("ada"), APIKEY: keyOf("bob") }],
  ["a megabyte", {}, { apiKey: "x".repeat(1_000_000) }],
] as const)("a socket that presents %s is closed with 4401, and executes nothing", async ([, headers, payload]) => {
  const portico = await start();
  const socket = await openSocket(portico, { init: false, headers });
  socket.send({ type: "connection_init", ...(payload === undefined ? {} : { payload }) });
  socket.subscribe("1", "{ devices { totalCount } }");
  expect(await socket.closed).toEqual({ code: 4401, reason: "Unauthorized" });
  expect(socket.received).toEqual([]);
  expect(portico.upstream()).toEqual([]);
});

test("a socket is closed when its key expires", async () => {
  const expiresAt = new Date(Date.now() + 1_500);
  const portico = await start(keyFile({ ada: { expiresAt: expiresAt.toISOString() } }));
  const socket = await openSocket(portico, { headers: bearer(keyOf("ada")) });
  expect(await socket.closed).toEqual({ code: 4403, reason: "token expired" });
  const late = Date.now() - expiresAt.getTime();
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(1_000);
  expect((await askAs(portico.url, bearer(keyOf("ada")))).status).toBe(401);
});

test("a key is added and removed without a restart, and an invalid file changes nothing", async () => {
  const portico = await start();
  const status = async (name: string) => (await askAs(portico.url, bearer(keyOf(name)))).status;
  expect([await status("ada"), await status("new")]).toEqual([200, 401]);
  await portico.replace(keyFile({ new: {} }));
  await expect.poll(() => status("ada"), { timeout: 8_000 }).toBe(401);
  expect(await status("new")).toBe(200);

  await portico.replace(`[{ "name": "new", "sha256": "s3cret" }]`);
  const faults = () => portico.logs.filter((line) => line.includes("credential source cannot be read"));
  await expect.poll(async () => status("new").then(() => faults().length), { timeout: 8_000 }).toBeGreaterThan(0);
  expect(await status("new")).toBe(200);
  expect(faults()[0]).toContain("key 1, sha256");
  expect(portico.logs.join("")).not.toContain("s3cret");
});

test("sockets and streams of a removed key are closed, and those of another key continue", async () => {
  const portico = await start();
  const [ada, bob] = await Promise.all(
    ["ada", "bob"].map((name) => openSocket(portico, { headers: bearer(keyOf(name)) })),
  );
  const stream = await askAs(portico.url, { accept: "text/event-stream", ...bearer(keyOf("ada")) }, PUNCHES);
  bob?.subscribe("1", PUNCHES);
  await served(portico, 2);
  await portico.replace(keyFile({ bob: { scopes: ["attendance:read", "users:read"] }, new: {} }));
  expect(await ada?.closed).toEqual({ code: 4403, reason: "Forbidden" });
  expect(await stream.text()).toMatch(/UNAUTHENTICATED.*\n\nevent: complete\n/s);
  await served(portico, 1);
  punch(portico, "77001");
  await bob?.first(({ type }) => type === "next");
});

const entry = { name: "ada", sha256: sha256("x"), scopes: [] };

test.for([
  ["no JSON", "sha256=", ["the file must be JSON."]],
  ["no list", "{}", ["the file must be a list of keys."]],
  ["an unknown scope", [{ ...entry, scopes: ["doors:open"] }], [/^key 1, scopes\.0: must be one of devices:read, /]],
  ["no hash", [entry, { ...entry, name: "bob", sha256: "x" }], [/^key 2, sha256: must be the SHA-256 of the key/]],
  ["a date", [{ ...entry, expiresAt: "2027-01-31" }], [/^key 1, expiresAt: must be an RFC 3339 time/]],
  ["an unknown member", [{ ...entry, key: "s3cret" }], [/^key 1: .*key/]],
  ["a name twice", [entry, { ...entry, sha256: sha256("y") }], [/^key 2, name: must differ between keys/]],
  ["a hash twice", [entry, { ...entry, name: "bob" }], [/^key 2, sha256: must differ between keys/]],
  [
    "two faults",
    [
      { ...entry, name: "" },
      { ...entry, scopes: "x" },
    ],
    [/^key 1, name: /, /^key 2, scopes: /],
  ],
  ["a member twice", `[{"name":"a","name":"b","sha256":"${sha256("x")}","scopes":[]}]`, [/must be unique/]],
] as const)("a key file with %s is a fault of the configuration", async ([, content, faults]) => {
  const { path } = await openFile(typeof content === "string" ? content : JSON.stringify(content));
  const reported = await startPortico({}, { ACCESS_API_KEYS_FILE: path }).then(
    () => [],
    (error: { faults: string[] }) => error.faults,
  );
  const lines = reported.map((line) => line.replace(/^ACCESS_API_KEYS_FILE: /, ""));
  expect(lines).toEqual(faults.map((fault) => (typeof fault === "string" ? fault : expect.stringMatching(fault))));
  expect(lines.join("")).not.toContain("s3cret");
});

test("a missing key file is a fault of the configuration", async () => {
  const starting = startPortico({}, { ACCESS_API_KEYS_FILE: "/none" });
  await expect(starting).rejects.toThrow(/ACCESS_API_KEYS_FILE: ENOENT/);
});

const NAMED = `subscription { punchAdded { punch { user { employeeCode credentials { kind } } } } }`;

test("subscribers with the same scopes share a rendered event, and those with different scopes do not", async () => {
  const portico = await start();
  const follow = async (name: string) => {
    const socket = await openSocket(portico, { headers: bearer(keyOf(name)) });
    socket.subscribe("1", NAMED);
    return socket;
  };
  const readsFor = async (code: string, ...names: readonly string[]) => {
    const sockets = await Promise.all(names.map(follow));
    await served(portico, names.length);
    portico.upstream();
    punch(portico, code);
    for (const socket of sockets) await expect.poll(() => codesOf(socket, "1")).toEqual([code]);
    for (const { socket } of sockets) socket.terminate();
    await served(portico, 0);
    return portico.upstream().filter((operation) => operation === "FindUser").length;
  };
  expect(await readsFor("77001", "ada", "bob", "bob")).toBe(1);
  expect(await readsFor("77002", "ada", "eve")).toBe(2);
  expect(await readsFor("77003", "ada", "low")).toBe(1);
});

const OPEN = `mutation ($key: String!) {
  openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: 5, options: { idempotencyKey: $key, waitSeconds: 1 } }) { command { id } }
}`;

test("an idempotency key belongs to its caller", async () => {
  const keys = { scopes: ["doors:control", "doors:read", "devices:read"] };
  const portico = await start(keyFile({ ada: keys, bob: keys }));
  const open = async (name: string) => {
    const response = await askAs(portico.url, bearer(keyOf(name)), OPEN, { key: "visit-0001" });
    const { data } = (await response.json()) as { data: { openDoor: { command: { id: string } } } };
    return data.openDoor.command.id;
  };
  const first = await open("ada");
  expect(await open("ada")).toBe(first);
  expect(await open("bob")).not.toBe(first);
  const opened = portico.sandbox.ledger.entries({ operation: "OpenDoor" });
  expect(opened).toHaveLength(2);
});

test("a subscription without the required scope is rejected immediately, over either transport", async () => {
  const portico = await start();
  const STATUS = "subscription { deviceStatusChanged { device { serialNumber } } }";
  const socket = await openSocket(portico, { headers: bearer(keyOf("low")) });
  socket.subscribe("1", STATUS);
  const forbidden = [{ extensions: { code: "FORBIDDEN", scopes: ["devices:read"] } }];
  expect(await errorOf(socket, "1")).toMatchObject(forbidden);
  const stream = await askAs(portico.url, { accept: "text/event-stream", ...bearer(keyOf("low")) }, STATUS);
  expect(await stream.json()).toMatchObject({ errors: forbidden });
  expect(portico.live.subscribers()).toBe(0);
});

test("a subscriber receives only the kinds of events that its scopes allow", async () => {
  const portico = await start();
  const follow = async (name: string) => {
    const socket = await openSocket(portico, { headers: bearer(keyOf(name)) });
    socket.subscribe("1", "subscription { events { __typename } }");
    return socket;
  };
  const typesOf = (socket: RawSocket) =>
    socket.of("1", "next").map(({ payload }) => (payload as { data: object }).data);
  const [low, ops] = [await follow("low"), await follow("ops")];
  await served(portico, 2);
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  await expect.poll(() => typesOf(ops)).toEqual([{ events: { __typename: "DeviceStatusChanged" } }]);
  punch(portico, "77001");
  await expect.poll(() => typesOf(low)).toEqual([{ events: { __typename: "PunchAdded" } }]);
  expect(typesOf(ops)).toHaveLength(1);
});
