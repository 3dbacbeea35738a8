import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createClient } from "graphql-ws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CLOSE_CODES } from "../../../src/server/transports/websocket/protocol.ts";
import { startPortico } from "../../kit/portico/app.ts";
import { rawRequest } from "../../kit/server/harness.ts";
import {
  codesOf,
  errorOf,
  openSocket,
  PROTOCOL,
  punch,
  PUNCHES,
  refusedStatus,
  served,
  serves,
} from "../../kit/portico/socket.ts";

const SLOW = `{ devices(first: 1) { nodes { name } } }`;

test("a socket without the protocol, or with the legacy one, is closed with 4406", async () => {
  const portico = await startPortico();
  for (const headers of [{}, { "sec-websocket-protocol": "graphql-ws" }]) {
    const socket = await openSocket(portico, { protocols: [], headers, init: false });
    expect((await socket.closed).code).toBe(4406);
  }
  const both = await openSocket(portico, { protocols: ["graphql-ws", PROTOCOL] });
  expect(both.socket.protocol).toBe(PROTOCOL);
});

test("the server survives everything that a socket without a protocol sends", async () => {
  const portico = await startPortico();
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const head = `GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`;
  for (const frame of [
    [0xff, 0xff, 0xff],
    [0x81, 0x05, 1, 2, 3, 4, 5],
    [0x88, 0x01, 0],
  ]) {
    const stream = connect(Number(new URL(portico.url).port), "127.0.0.1").on("error", () => {});
    stream.write(head);
    await once(stream, "data");
    stream.write(Buffer.from(frame));
    stream.resume();
    await once(stream, "close");
  }
  await serves(portico);
  await expect.poll(portico.live.sockets).toBe(0);
});

test("the server survives connections that are reset while they are rejected", async () => {
  const portico = await startPortico();
  const port = Number(new URL(portico.url).port);
  const head = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  for (let round = 0; round < 200; round += 1) {
    const stream = connect(port, "127.0.0.1").on("error", () => {});
    await once(stream, "connect");
    stream.write(head);
    await new Promise((resolve) => setImmediate(resolve));
    stream.resetAndDestroy();
  }
  await serves(portico);
});

test("a socket that does not send connection_init is closed with 4408", async () => {
  const portico = await startPortico({}, {}, { sockets: { initTimeoutMs: 50 } });
  const silent = await openSocket(portico, { init: false });
  expect(await silent.closed).toEqual({ code: 4408, reason: "Connection initialisation timeout" });
  const crowd = await Promise.all(Array.from({ length: 200 }, () => openSocket(portico, { init: false })));
  for (const { closed } of crowd) expect((await closed).code).toBe(4408);
  await expect.poll(portico.live.sockets).toBe(0);
});

const INIT = { type: "connection_init" };
const HUGE_ID = "x".repeat(129);

test.for<[what: string, messages: readonly unknown[], code: number]>([
  ["a second connection_init", [INIT, INIT], 4429],
  ["a connection_init whose payload is a string", [{ ...INIT, payload: "token" }], 4400],
  ["a connection_init whose payload is a list", [{ ...INIT, payload: [] }], 4400],
  ["a subscription before connection_init", [{ id: "1", type: "subscribe", payload: { query: PUNCHES } }], 4401],
  ["invalid JSON", ["nonsense"], 4400],
  ["null", ["null"], 4400],
  ["a list", ["[]"], 4400],
  ["an empty message", [""], 4400],
  ["bytes", [Buffer.from([0xff, 0xfe])], 4400],
  ["JSON as bytes", [Buffer.from(JSON.stringify(INIT))], 4400],
  ["an unknown type", [{ type: "start" }], 4400],
  ["a type that only servers send", [INIT, { type: "connection_ack" }], 4400],
  ["a result", [INIT, { id: "1", type: "next", payload: {} }], 4400],
  ["a subscription without a query", [INIT, { id: "1", type: "subscribe", payload: {} }], 4400],
  ["a list of variables", [INIT, { id: "1", type: "subscribe", payload: { query: PUNCHES, variables: [] } }], 4400],
  ["an empty ID", [INIT, { id: "", type: "subscribe", payload: { query: PUNCHES } }], 4400],
  ["a number as an ID", [INIT, { id: 1, type: "subscribe", payload: { query: PUNCHES } }], 4400],
  ["an ID above the maximum length", [INIT, { id: HUGE_ID, type: "subscribe", payload: { query: PUNCHES } }], 4400],
  ["deep brackets", [INIT, "[".repeat(400_000)], 4400],
])("%s closes the socket with a generic reason", async ([, messages, code]) => {
  const portico = await startPortico();
  const socket = await openSocket(portico, { init: false });
  for (const message of messages) socket.send(message);
  const closed = await socket.closed;
  expect(closed.code).toBe(code);
  expect(closed.reason).toMatch(/^[A-Z][a-z ]+$/);
  await serves(portico);
  await served(portico, 0);
});

test("an ID that is in use closes the socket with 4409, also while its operation is in progress", async () => {
  const portico = await startPortico();
  const streaming = await openSocket(portico);
  streaming.subscribe("1", PUNCHES);
  streaming.subscribe("1", PUNCHES);
  expect((await streaming.closed).code).toBe(4409);
  await served(portico, 0);
  portico.sandbox.faults.add({ operation: "*", kind: "delay", ms: 500, times: null });
  const running = await openSocket(portico);
  running.subscribe("1", SLOW);
  running.subscribe("1", SLOW);
  expect((await running.closed).code).toBe(4409);
});

test("messages behind the one that closes the socket are not executed", async () => {
  const portico = await startPortico();
  const { socket, send, closed } = await openSocket(portico);
  const query = `mutation { openDoor(input: { serialNumber: "SN7A2300583", durationSeconds: 5 }) { command { id } } }`;
  portico.upstream();
  socket.pause();
  send("nonsense");
  for (let id = 0; id < 10; id += 1) send({ id: String(id), type: "subscribe", payload: { query } });
  socket.resume();
  expect((await closed).code).toBe(4400);
  await serves(portico);
  expect(portico.upstream()).toEqual([]);
});

test("an ID can be used again when its operation has ended", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  for (let round = 1; round <= 3; round += 1) {
    socket.subscribe("1", `subscription { punchAdded(after: "garbage") { cursor } }`);
    await expect.poll(() => socket.of("1", "error").length).toBe(round);
  }
  socket.subscribe("1", PUNCHES);
  await served(portico, 1);
  socket.send({ id: "1", type: "complete" });
  await served(portico, 0);
  socket.subscribe("1", PUNCHES);
  await served(portico, 1);
  punch(portico, "77001");
  await expect.poll(() => codesOf(socket, "1")).toEqual(["77001"]);
});

test("an error ends only its own operation, with a public message, and other operations continue", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("live", PUNCHES);
  await served(portico, 1);
  const bad: Readonly<Record<string, readonly [query: string, code: string]>> = {
    syntax: ["subscription { punchAdded { ", "GRAPHQL_PARSE_FAILED"],
    empty: ["", "GRAPHQL_PARSE_FAILED"],
    unknown: ["{ nothingLikeIt }", "GRAPHQL_VALIDATION_FAILED"],
    two: ["subscription { punchAdded { cursor } deviceStatusChanged { cursor } }", "GRAPHQL_VALIDATION_FAILED"],
    introspective: ["subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"],
    cursor: [`subscription { punchAdded(after: "garbage") { cursor } }`, "BAD_USER_INPUT"],
    variables: ["subscription ($a: [String!]!) { punchAdded(serialNumbers: $a) { cursor } }", "BAD_USER_INPUT"],
    many: [`subscription { punchAdded(serialNumbers: [${'"x",'.repeat(1_001)}]) { cursor } }`, "BAD_USER_INPUT"],
    long: [`subscription { punchAdded { cursor } } #${"x".repeat(70_000)}`, "BAD_USER_INPUT"],
    missing: [`{ device(serialNumber: "nothing") { id name } }`, "NOT_FOUND"],
  };
  for (const [id, [query]] of Object.entries(bad)) socket.subscribe(id, query);
  for (const [id, [, code]] of Object.entries(bad)) {
    if (id === "missing") continue;
    expect(await errorOf(socket, id), id).toMatchObject([{ extensions: { code } }]);
  }
  await expect.poll(() => socket.of("missing").map(({ type }) => type)).toContain("complete");
  expect(JSON.stringify(socket.received)).not.toMatch(/"http"|stack|node_modules|src\//);
  punch(portico, "77001");
  await expect.poll(() => codesOf(socket, "live")).toEqual(["77001"]);
});

test("a fault of the gateway fails one operation, and its message reveals no internals", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("live", PUNCHES);
  await served(portico, 1);
  portico.sandbox.faults.add({ operation: "ListDevices", kind: "brokenJson", times: null });
  socket.subscribe("1", `{ devices(first: 1) { nodes { name } } }`);
  const { payload } = await socket.first((message) => message.id === "1");
  expect(JSON.stringify(payload)).toContain("UPSTREAM_INVALID_RESPONSE");
  expect(JSON.stringify(payload)).not.toMatch(/"http"|stack|node_modules|127\.0\.0\.1/);
  punch(portico, "77001");
  await expect.poll(() => codesOf(socket, "live")).toEqual(["77001"]);
});

test("a page of another origin gets no socket, and no other path has sockets", async () => {
  const portico = await startPortico();
  const { host } = new URL(portico.url);
  const own = await openSocket(portico, { headers: { origin: `http://${host}` } });
  expect(own.socket.readyState).toBe(own.socket.OPEN);
  for (const origin of ["https://evil.example", "null", "", `http://${host}.evil.example`, "http://127.0.0.1:1"]) {
    expect(await refusedStatus(portico, { headers: { origin, cookie: "a=b" } }), origin).toBe(403);
  }
  for (const path of ["/", "/graphql/", "/nothing", "/health/live", "/callbacks/x", "//graphql", "/graphql%00"]) {
    expect(await refusedStatus(portico, { path }), path).toBe(404);
  }
});

test("a refused upgrade is a line of the log, without the query and what a path of callbacks hides", async () => {
  const portico = await startPortico();
  const { host } = new URL(portico.url);
  const path = "/graphql?ticket=one-that-nobody-may-read";
  expect(await refusedStatus(portico, { path, headers: { origin: `http://${host}.evil.example` } })).toBe(403);
  expect(await refusedStatus(portico, { path: "/callbacks/a-secret" })).toBe(404);
  const lines = portico.logs.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const request = { level: "info", address: "127.0.0.1", transport: "websocket", method: "GET" };
  expect(lines.filter(({ message }) => message === "upgrade refused")).toMatchObject([
    { ...request, path: "/graphql", status: 403 },
    { ...request, path: "/callbacks/***", status: 404 },
  ]);
  expect(portico.logs.join("")).not.toMatch(/nobody-may-read|a-secret/);
});

test("a client that offers an upgrade to HTTP/2 gets a response in HTTP/1", async () => {
  const { url } = await startPortico();
  const stream = connect(Number(new URL(url).port), "127.0.0.1");
  const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA";
  stream.write(`GET /health/live HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n\r\n`);
  const [answer] = (await once(stream, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  stream.destroy();
});

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  `Sec-WebSocket-Protocol: ${PROTOCOL}`,
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
].join("\r\n");

test.each([
  ["two hosts", "Host: localhost\r\nHost: evil.example", 400],
  ["the same host twice", "Host: localhost\r\nhost: localhost", 400],
  ["one host", "Host: localhost\r\nX-Host: evil.example", 101],
])("an upgrade with %s is checked before it is accepted", async (_, hosts, status) => {
  const portico = await startPortico();
  const stream = connect(Number(new URL(portico.url).port), "127.0.0.1");
  stream.write(`GET /graphql HTTP/1.1\r\n${hosts}\r\n${UPGRADE}\r\n\r\n`);
  const [answer] = (await once(stream, "data")) as [Buffer];
  expect(String(answer).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  stream.destroy();
  await serves(portico);
});

test("an upgrade with thousands of headers is rejected", async () => {
  const portico = await startPortico();
  const stream = connect(Number(new URL(portico.url).port), "127.0.0.1");
  stream.write(
    `GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${"a:\r\n".repeat(3_000)}\r\n`,
  );
  const [answer] = (await once(stream, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /);
  await serves(portico);
});

/** Proxies that speak HTTP/1.0 to the server, or do not forward hop-by-hop headers, remove these. */
test.each([
  ["Upgrade and Connection", []],
  ["Upgrade", ["Connection: Upgrade"]],
  ["Connection", ["Upgrade: websocket"]],
  ["Upgrade and the key", ["Connection: close"]],
])("a handshake that lost %s is answered with a sentence that says so", async (lost, kept) => {
  const portico = await startPortico();
  const key = lost.includes("key") ? [] : ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
  const lines = ["Host: localhost", "Sec-WebSocket-Version: 13", ...key, ...kept, ""];
  const answer = await rawRequest(
    Number(new URL(portico.url).port),
    `GET /graphql HTTP/1.0\r\n${lines.join("\r\n")}\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain("must have the headers `Upgrade: websocket` and `Connection: Upgrade`");
});

test.each(Object.values(CLOSE_CODES))(
  "docs/events.md says what graphql-ws does after $code",
  async ({ code, isRetried }) => {
    const server = new WebSocketServer({ port: 0, handleProtocols: () => PROTOCOL });
    onTestFinished(() => server.close());
    await once(server, "listening");
    let connections = 0;
    server.on("connection", (socket) => {
      connections += 1;
      socket.close(connections === 1 ? code : 4400);
    });
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryWait: async () => {} });
    await new Promise((resolve) => client.subscribe({ query: PUNCHES }, { next() {}, error: resolve, complete() {} }));
    expect(connections).toBe(isRetried ? 2 : 1);
  },
);
