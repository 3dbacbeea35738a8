import { createHmac } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { signRequest } from "../../../examples/router-signature.ts";
import { createHiveCheck } from "../../../src/server/identity/router-signature/hive.ts";
import { createMemoryNonceStore } from "../../../src/server/identity/router-signature/nonce-store.ts";
import { withRedis } from "../../kit/with-redis.ts";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { APOLLO_ACCEPT, arrived, NUMBERS, startCallbackRouter, VERIFIER } from "../../kit/portico/callback-router.ts";
import {
  codesOf,
  errorOf,
  openSocket,
  punch,
  PUNCHES,
  type RawSocket,
  refusedStatus,
  served,
} from "../../kit/portico/socket.ts";
import { KEY, OLD, postSigned, socketSignature } from "../../kit/portico/signed.ts";

const NAME = {
  query: `query Name { viewer { name } } query Devices($first: Int) { devices(first: $first) { totalCount } }`,
};
const OPERATION = { ...NAME, operationName: "Name" };
const UNSIGNED = {
  errors: [{ message: "The request must be signed by the router.", extensions: { code: "UNAUTHENTICATED" } }],
};

const start = (env: Record<string, string> = {}) => startPortico({}, { SUBGRAPH_ROUTER_KEYS: `${KEY},${OLD}`, ...env });

const postPlain = ({ url }: TestApp, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const expectRejected = async (response: Response) => {
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual(UNSIGNED);
};

const expectAccepted = async (response: Response) => {
  expect(await response.json()).toEqual({ data: { viewer: { name: expect.any(String) } } });
  expect(response.status).toBe(200);
};

const now = () => Math.floor(Date.now() / 1000);

test("a request that a router signed is accepted, by POST and by GET", async () => {
  const portico = await start();
  await expectAccepted(await postSigned(portico.url, OPERATION));
  const path = `/graphql?${new URLSearchParams({ query: "{ viewer { name } }" }).toString()}`;
  const signature = signRequest({ key: KEY, method: "GET", path });
  await expectAccepted(await fetch(`${portico.url}${path}`, { headers: { "x-portico-signature": signature } }));
});

test.for([
  ["a query", { query: "{ viewer { name } }" }, {}],
  ["the service query of a router", { query: "{ _service { sdl } }" }, {}],
  ["a subscription by server-sent events", { query: PUNCHES }, { accept: "text/event-stream" }],
  ["no GraphQL at all", { rubbish: 1 }, {}],
  ["another type", { query: "{ viewer { name } }" }, { "content-type": "text/plain" }],
] as const)("%s without a signature is rejected with the same response", async ([, body, headers]) => {
  const portico = await start();
  await expectRejected(await postPlain(portico, body, headers));
  expect(portico.live.subscribers()).toBe(0);
});

test.for(["GET", "PUT", "DELETE", "OPTIONS"])("a %s request without a signature is rejected", async (method) => {
  const portico = await start();
  for (const accept of ["application/json", "text/html", "text/event-stream"]) {
    await expectRejected(await fetch(`${portico.url}/graphql?query={viewer{name}}`, { method, headers: { accept } }));
  }
});

test("a body that is too large gets 413, and no body is parsed before its signature is checked", async () => {
  const portico = await start();
  expect((await postSigned(portico.url, { query: "x".repeat(5 * 1024 * 1024) })).status).toBe(413);
  expect((await postSigned(portico.url, "{")).status).toBe(400);
  await expectRejected(await postSigned(portico.url, "{", { key: "x".repeat(32) }));
});

const FORGED = `x-portico-signature: v1;t=1;n=${"n".repeat(16)};h=${"h".repeat(43)}`;

/** The status of a request whose body never comes. */
const statusWithoutBody = async ({ url }: TestApp, ...headers: readonly string[]): Promise<number> => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const head = ["POST /graphql HTTP/1.1", "host: localhost", "content-type: application/json", ...headers];
  socket.write([...head, "content-length: 1000000", "", ""].join("\r\n"));
  const [answer] = (await once(socket, "data")) as readonly Buffer[];
  return Number(String(answer).split(" ")[1]);
};

test("what no router can have signed is rejected before its body is read, and so is whatever has no credential", async () => {
  const { path } = await openFile(keyFile({ ada: { scopes: ["devices:read"] } }));
  const portico = await start({ ACCESS_API_KEYS_FILE: path, LIMIT_OPERATIONS: "1" });
  const authorization = `authorization: ${bearer(keyOf("ada"))["authorization"]}`;
  expect(await statusWithoutBody(portico, authorization)).toBe(401);
  expect(await statusWithoutBody(portico, authorization, "x-portico-signature: forged")).toBe(401);
  expect(await statusWithoutBody(portico, FORGED)).toBe(401);
  // One that may be signed is received within the limits of its caller.
  void statusWithoutBody(portico, FORGED, authorization).catch(() => {});
  await expect.poll(() => statusWithoutBody(portico, FORGED, authorization)).toBe(429);
});

test.for([
  ["query", { ...OPERATION, query: `${NAME.query} ` }],
  ["variables", { ...OPERATION, variables: { first: 2 } }],
  ["operationName", { ...OPERATION, operationName: "Devices" }],
  ["extensions", { ...OPERATION, extensions: { a: 1 } }],
])("a request with manipulated %s is rejected", async ([, sent]) => {
  const portico = await start();
  await expectRejected(await postSigned(portico.url, OPERATION, { sent: JSON.stringify(sent) }));
});

test("a signature covers one method, one path and one query string", async () => {
  const portico = await start();
  await expectRejected(await postSigned(portico.url, OPERATION, { method: "GET" }));
  await expectRejected(await postSigned(portico.url, OPERATION, { path: "/graphql?" }));
  const signature = signRequest({ key: KEY, method: "GET", path: "/graphql?query={viewer{name}}" });
  const headers = { "x-portico-signature": signature };
  await expectRejected(await fetch(`${portico.url}/graphql?query={viewer{scopes}}`, { headers }));
});

test.for([-61, -3_600, 62, 1e11])("a signature of %i seconds from now is rejected", async (seconds) => {
  const portico = await start();
  await expectRejected(await postSigned(portico.url, OPERATION, { at: now() + seconds }));
});

test.for([-58, 58])("a signature of %i seconds from now is accepted", async (seconds) => {
  const portico = await start();
  await expectAccepted(await postSigned(portico.url, OPERATION, { at: now() + seconds }));
});

test("the old key is accepted during a rotation, and no other key is", async () => {
  const portico = await start();
  await expectAccepted(await postSigned(portico.url, OPERATION, { key: OLD }));
  await expectRejected(await postSigned(portico.url, OPERATION, { key: `${KEY}x` }));
  await expectRejected(await postSigned(portico.url, OPERATION, { key: `${KEY},${OLD}` }));
  const rotated = await start({ SUBGRAPH_ROUTER_KEYS: KEY });
  await expectRejected(await postSigned(rotated.url, OPERATION, { key: OLD }));
});

const valid = signRequest({ key: KEY, method: "POST", path: "/graphql", body: JSON.stringify(OPERATION) });

test.for([
  "",
  "v1",
  valid.replace("v1", "v2"),
  `${valid}=`,
  ` ${valid}, ${valid}`,
  valid.replace(/t=\d+/, "t=1e9"),
  valid.replace(/n=.*;/, "n=short;"),
  valid.replace(/h=.*/, "h="),
  valid.slice(0, -1),
])("%s is not a signature", async (signature) => {
  const portico = await start();
  await expectRejected(await postPlain(portico, OPERATION, { "x-portico-signature": signature }));
});

test("a replayed request is rejected, and a manipulated one does not consume the nonce of a signature", async () => {
  const portico = await start();
  const first = { at: now(), nonce: "n".repeat(22) };
  await expectRejected(await postSigned(portico.url, OPERATION, { ...first, sent: JSON.stringify(NAME) }));
  await expectAccepted(await postSigned(portico.url, OPERATION, first));
  await expectRejected(await postSigned(portico.url, OPERATION, first));
  await expectRejected(await postSigned(portico.url, { query: "{ viewer { name } }" }, first));
  await expectAccepted(await postSigned(portico.url, OPERATION, { ...first, nonce: "m".repeat(22) }));
});

test("a signed subscription is served by server-sent events", async () => {
  const portico = await start();
  const stream = await postSigned(portico.url, { query: PUNCHES }, { headers: { accept: "text/event-stream" } });
  await served(portico, 1);
  punch(portico, "1042");
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("event: next")) text += (await reader?.read())?.value ?? "";
  expect(text).toContain("1042");
  await reader?.cancel();
});

const follow = async (portico: TestApp, socket: RawSocket) => {
  socket.subscribe("1", PUNCHES);
  await served(portico, 1);
  punch(portico, "1042");
  await expect.poll(() => codesOf(socket, "1")).toEqual(["1042"]);
};

test("a signature in the headers of its upgrade request opens a socket", async () => {
  const portico = await start();
  const headers = { "x-portico-signature": socketSignature() };
  await follow(portico, await openSocket(portico, { headers }));
  // The signature is valid for one socket and for no other request.
  expect(await refusedStatus(portico, { headers })).toBe(401);
  await expectRejected(await fetch(`${portico.url}/graphql`, { headers }));
  expect(
    await refusedStatus(portico, { headers: { "x-portico-signature": socketSignature({ key: "x".repeat(32) }) } }),
  ).toBe(401);
});

test("a signature in its first message opens a socket", async () => {
  const portico = await start();
  const payload = { "x-portico-signature": socketSignature() };
  const socket = await openSocket(portico, { init: false });
  // A message that follows immediately waits for the check.
  socket.send({ type: "connection_init", payload });
  await follow(portico, socket);
  expect(socket.received[0]?.type).toBe("connection_ack");
  const second = await openSocket(portico, { init: false });
  second.send({ type: "connection_init", payload });
  expect(await second.closed).toEqual({ code: 4401, reason: "Unauthorized" });
});

test.for([
  ["nothing", undefined],
  ["null", null],
  ["no signature", { "x-portico-signature": "v1" }],
  ["a wrong key", { "x-portico-signature": socketSignature({ key: "x".repeat(32) }) }],
  ["another path", { "x-portico-signature": socketSignature({ path: "/" }) }],
  ["a list", { "x-portico-signature": [socketSignature()] }],
  ["an old timestamp", { "x-portico-signature": socketSignature({ at: now() - 61 }) }],
] as const)("a socket whose first message has %s is closed, and executes nothing", async ([, payload]) => {
  const portico = await start();
  const socket = await openSocket(portico, { init: false });
  portico.upstream();
  socket.send({ type: "connection_init", payload });
  socket.subscribe("1", `{ devices(first: 1) { nodes { serialNumber } } }`);
  expect(await socket.closed).toEqual({ code: 4401, reason: "Unauthorized" });
  expect(socket.received).toEqual([]);
  expect(portico.upstream()).toEqual([]);
});

test("a subscription by callback must be signed; otherwise the router is not called", async () => {
  const router = await startCallbackRouter();
  const portico = await start({ SUBGRAPH_CALLBACK_URLS: router.prefix });
  const subscription = {
    callbackUrl: router.prefix,
    subscriptionId: "one",
    verifier: VERIFIER,
    heartbeatIntervalMs: 0,
  };
  const body = { query: NUMBERS, extensions: { subscription } };
  const headers = { accept: APOLLO_ACCEPT };
  await expectRejected(await postPlain(portico, body, headers));
  const elsewhere = {
    ...body,
    extensions: { subscription: { ...subscription, callbackUrl: `${router.prefix}/other` } },
  };
  await expectRejected(await postSigned(portico.url, body, { headers, sent: JSON.stringify(elsewhere) }));
  expect(router.connections()).toBe(0);
  expect((await postSigned(portico.url, body, { headers })).status).toBe(200);
  punch(portico, "1042");
  await arrived(router, 1);
});

test("health, signed links and the gateway's callbacks require no signature", async () => {
  const portico = await start();
  for (const path of ["/health/live", "/health/ready"]) expect((await fetch(`${portico.url}${path}`)).status).toBe(200);
  const response = await postSigned(portico.url, {
    query: `{ attendanceExport(from: "2026-06-01T00:00:00", to: "2026-06-02T00:00:00", format: CSV) { url } }`,
  });
  const { data } = (await response.json()) as { data: { attendanceExport: { url: string } } };
  expect((await fetch(data.attendanceExport.url)).status).toBe(200);
  // The sandbox posts its punch as the gateway does.
  const headers = { "x-portico-signature": socketSignature() };
  await follow(portico, await openSocket(portico, { headers }));
});

test("a signature that one instance accepted is rejected by another, and none is accepted while Redis is unavailable", {
  timeout: 60_000,
}, async () => {
  const redis = await withRedis();
  const env = { REDIS_URL: redis.url, CALLBACK_SECRET: "c".repeat(32) };
  const gateway = await start(env);
  const instance = () => startPortico(gateway.sandbox, { ...env, SUBGRAPH_ROUTER_KEYS: KEY });
  const [one, two] = [await instance(), await instance()];
  const first = { at: now(), nonce: "n".repeat(22) };
  await expectAccepted(await postSigned(one.url, OPERATION, first));
  await expectRejected(await postSigned(two.url, OPERATION, first));
  const keys = (await redis.ask("KEYS", "*:signature:*")) as string[];
  expect(keys).toHaveLength(1);
  const ttl = Number(await redis.ask("PTTL", keys[0] ?? ""));
  expect(ttl).toBeGreaterThan(120_000);
  expect(ttl).toBeLessThanOrEqual(180_000);

  await redis.kill();
  const response = await postSigned(one.url, OPERATION);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "SIGNATURE_UNCHECKED" } }] });
  const portico = { url: one.url } as TestApp;
  expect(await refusedStatus(portico, { headers: { "x-portico-signature": socketSignature() } })).toBe(503);
  const socket = await openSocket(portico, { init: false });
  socket.send({ type: "connection_init", payload: { "x-portico-signature": socketSignature() } });
  expect((await socket.closed).code).toBe(1013);
  await redis.restart();
  await expect.poll(async () => (await postSigned(one.url, OPERATION)).status, { timeout: 10_000 }).toBe(200);
});

test("nonces are stored until their signatures expire, in bounded memory", async () => {
  let seconds = 1_000;
  const nonces = createMemoryNonceStore(() => seconds * 1_000, 2);
  expect(await nonces.claim("a", 1_000)).toBe(true);
  expect(await nonces.claim("b", 1_060)).toBe(true);
  await expect(nonces.claim("c", 1_000)).rejects.toThrow("at most 2 nonces");
  seconds = 1_060;
  expect(await nonces.claim("a", 1_000)).toBe(false);
  seconds = 1_061;
  expect(await nonces.claim("c", 1_061)).toBe(true);
  expect(await nonces.claim("b", 1_060)).toBe(false);
  await expect(nonces.claim("d", 1_061)).rejects.toThrow("at most 2 nonces");
});

const hiveSignature = (text: string, key = KEY) => createHmac("sha256", key).update(text).digest("base64");

/** Signs an operation as Hive Gateway does. */
const hive = (query: string, variables?: Record<string, number>, key?: string) => {
  const text = JSON.stringify(variables === undefined ? { query } : { query, variables });
  return { query, variables, extensions: { "hmac-signature": hiveSignature(text, key) } };
};

test("the signature of Hive Gateway 2.12 is accepted", () => {
  const query = "query Devices($first: Int!, $filter: Filter) { devices(first: $first) { nodes { label } } }";
  const alpha = { y: '"', x: 2 };
  const zeta = ["ü", 1.5e21, null, true, { b: 1, a: [{ d: "\u2028", c: -0 }] }];
  const variables = { zeta, alpha, first: 3, "10": 1, "9": 2 };
  const signature = "orehPxLAqoLnt4dpjI+byvmFK3sICwDyAVLSUjDIec0=";
  const isSigned = createHiveCheck(["a-key-of-a-router-of-at-least-32-bytes"]);
  expect(isSigned({ query, variables, extensions: { "hmac-signature": signature } })).toBe(true);
  // The callback transport of Hive Gateway nests the extensions one level deeper.
  expect(isSigned({ query, variables, extensions: { extensions: { "hmac-signature": signature } } })).toBe(true);
  expect(isSigned({ query, variables: { ...variables, "9": 3 }, extensions: { "hmac-signature": signature } })).toBe(
    false,
  );
});

test("a signature of Hive Gateway is accepted only with SUBGRAPH_HIVE_HMAC=on", async () => {
  const signed = hive("{ viewer { name } }");
  await expectRejected(await postPlain(await start(), signed));
  const portico = await start({ SUBGRAPH_HIVE_HMAC: "on" });
  await expectAccepted(await postPlain(portico, signed));
  // The signature has no timestamp: it is valid again.
  await expectAccepted(await postPlain(portico, signed));
  await expectAccepted(await postPlain(portico, hive("{ viewer { name } }", undefined, OLD)));
  await expectAccepted(await postSigned(portico.url, OPERATION));
  const search = new URLSearchParams({ query: signed.query, extensions: JSON.stringify(signed.extensions) });
  await expectAccepted(await fetch(`${portico.url}/graphql?${search.toString()}`));
});

test.for([
  ["without it", { query: "{ viewer { name } }" }],
  ["with another query", { ...hive("{ viewer { name } }"), query: "{ viewer { name scopes } }" }],
  ["with other variables", { ...hive(NAME.query, { first: 1 }), variables: { first: 2 }, operationName: "Devices" }],
  ["with additional variables", { ...hive(NAME.query), variables: { first: 2 }, operationName: "Devices" }],
  ["with a wrong key", hive("{ viewer { name } }", undefined, "x".repeat(32))],
  ["with a number for it", { ...hive("{ viewer { name } }"), extensions: { "hmac-signature": 1 } }],
  ["that is not GraphQL", { rubbish: 1 }],
  [
    "with very deep nesting",
    `{"query":"{ a }","extensions":{"hmac-signature":"x"},"variables":{"a":${"[".repeat(2e5)}${"]".repeat(2e5)}}}`,
  ],
] as const)("a request %s is rejected with SUBGRAPH_HIVE_HMAC=on", async ([, body]) => {
  const portico = await start({ SUBGRAPH_HIVE_HMAC: "on" });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  await expectRejected(await fetch(`${portico.url}/graphql`, { method: "POST", headers, body: text }));
  await expectRejected(await postPlain(portico, OPERATION, { "x-portico-signature": valid.replace("v1", "v2") }));
});

test("an unsigned operation on a socket of Hive Gateway fails, and the others continue", async () => {
  const portico = await start({ SUBGRAPH_HIVE_HMAC: "on" });
  const socket = await openSocket(portico);
  socket.send({ id: "1", type: "subscribe", payload: hive(PUNCHES) });
  await served(portico, 1);
  socket.subscribe("2", PUNCHES);
  expect(await errorOf(socket, "2")).toEqual(UNSIGNED.errors);
  socket.subscribe("3", `{ viewer { name } }`);
  expect(await errorOf(socket, "3")).toEqual(UNSIGNED.errors);
  punch(portico, "1042");
  await expect.poll(() => codesOf(socket, "1")).toEqual(["1042"]);
  expect(portico.live.subscribers()).toBe(1);
});

test("no log line contains a key of a router", async () => {
  const portico = await start();
  await postSigned(portico.url, { query: `{ viewer { ${KEY.replaceAll("-", "_")} } }` });
  await postSigned(portico.url, { query: `{ viewer { name } }`, operationName: KEY });
  expect(portico.logs.length).toBeGreaterThan(1);
  expect(portico.logs.join("")).not.toContain(KEY);
});
