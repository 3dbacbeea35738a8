import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startPortico, type TestApp } from "./portico/app.ts";
import { openSocket, PROTOCOL, type RawSocket, refusal } from "./portico/socket.ts";

const PUNCHES = `subscription { punchAdded { punch { user { employeeCode } } } }`;
const SLOW = `{ devices(first: 1) { nodes { name } } }`;

const punch = ({ sandbox }: TestApp, EmployeeCode: string) => sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode });

const served = ({ live }: TestApp, count: number) => expect.poll(live.subscribers).toBe(count);

const codesOf = (socket: RawSocket, id: string) =>
  socket.of(id, "next").map(({ payload }) => {
    const { data } = payload as { data: { punchAdded: { punch: { user: { employeeCode: string } } } } };
    return data.punchAdded.punch.user.employeeCode;
  });

const errorOf = async (socket: RawSocket, id: string) =>
  (await socket.first((message) => message.id === id && message.type === "error")).payload;

/** That the server lives, and serves. */
const serves = async (portico: TestApp) => {
  const socket = await openSocket(portico);
  socket.subscribe("1", `{ viewer { name } }`);
  await socket.first(({ type }) => type === "complete");
  socket.socket.terminate();
};

test("a socket without the protocol, or with the legacy one, is closed with 4406", async () => {
  const portico = await startPortico();
  for (const headers of [{}, { "sec-websocket-protocol": "graphql-ws" }]) {
    const socket = await openSocket(portico, { protocols: [], headers, init: false }).catch(String);
    if (typeof socket === "string") expect(socket).toContain("subprotocol");
    else expect((await socket.closed).code).toBe(4406);
  }
  const both = await openSocket(portico, { protocols: ["graphql-ws", PROTOCOL] });
  expect(both.socket.protocol).toBe(PROTOCOL);
});

test("whatever a socket of no protocol sends, the server lives", async () => {
  const portico = await startPortico();
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const head = `GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`;
  for (const frame of [
    [0xff, 0xff, 0xff],
    [0x81, 0x05, 1, 2, 3, 4, 5],
    [0x88, 0x01, 0],
  ]) {
    const stream = connect(Number(new URL(portico.url).port), "127.0.0.1").on("error", () => {});
    stream.write(head);
    await once(stream, "data");
    stream.write(Buffer.from(frame)).valueOf();
    stream.resume();
    await once(stream, "close");
  }
  await serves(portico);
  await expect.poll(portico.live.sockets).toBe(0);
});

test("connections that are reset while they are refused do no harm", async () => {
  const portico = await startPortico();
  const port = Number(new URL(portico.url).port);
  const head = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  for (let round = 0; round < 200; round += 1) {
    const stream = connect(port, "127.0.0.1").on("error", () => {});
    await once(stream, "connect");
    stream.write(head);
    await new Promise((resolve) => setImmediate(resolve));
    stream.resetAndDestroy();
  }
  await serves(portico);
});

test("a socket that does not say hello is closed with 4408", async () => {
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
  ["a second hello", [INIT, INIT], 4429],
  ["a hello whose payload is text", [{ ...INIT, payload: "token" }], 4400],
  ["a hello whose payload is a list", [{ ...INIT, payload: [] }], 4400],
  ["a subscription before the hello", [{ id: "1", type: "subscribe", payload: { query: PUNCHES } }], 4401],
  ["no JSON", ["nonsense"], 4400],
  ["null", ["null"], 4400],
  ["a list", ["[]"], 4400],
  ["an empty message", [""], 4400],
  ["bytes", [Buffer.from([0xff, 0xfe])], 4400],
  ["JSON as bytes", [Buffer.from(JSON.stringify(INIT))], 4400],
  ["an unknown type", [{ type: "start" }], 4400],
  ["a type of the server's own", [INIT, { type: "connection_ack" }], 4400],
  ["an answer", [INIT, { id: "1", type: "next", payload: {} }], 4400],
  ["a subscription without a query", [INIT, { id: "1", type: "subscribe", payload: {} }], 4400],
  ["a list of variables", [INIT, { id: "1", type: "subscribe", payload: { query: PUNCHES, variables: [] } }], 4400],
  ["an empty id", [INIT, { id: "", type: "subscribe", payload: { query: PUNCHES } }], 4400],
  ["a number for an id", [INIT, { id: 1, type: "subscribe", payload: { query: PUNCHES } }], 4400],
  ["an endless id", [INIT, { id: HUGE_ID, type: "subscribe", payload: { query: PUNCHES } }], 4400],
  ["deep brackets", [INIT, "[".repeat(400_000)], 4400],
])("%s closes the socket and tells nothing", async ([, messages, code]) => {
  const portico = await startPortico();
  const socket = await openSocket(portico, { init: false });
  for (const message of messages) socket.send(message);
  const closed = await socket.closed;
  expect(closed.code).toBe(code);
  expect(closed.reason).toMatch(/^[A-Z][a-z ]+$/);
  await serves(portico);
  await served(portico, 0);
});

test("an id that is in use closes the socket with 4409, also while its operation is still running", async () => {
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

test("what a client sends behind the message that closes its socket is not carried out", async () => {
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

test("an id is free again when its operation is over", async () => {
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

test("an operation that fails fails alone, in public words, and its neighbour goes on", async () => {
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

test("a fault of the server fails one operation, in words that tell nothing of it", async () => {
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

const LIMIT = 64 * 1024;

/** A query of so many bytes, as a message. */
const queryOf = (bytes: number): string => {
  const message = (padding: string) =>
    JSON.stringify({ id: "1", type: "subscribe", payload: { query: `{ viewer { name } } #${padding}` } });
  return message("x".repeat(bytes - message("").length));
};

test("a message of the largest size is answered; one byte more, in one frame or many, closes with 1009", async () => {
  const portico = await startPortico({}, {}, { sockets: { maxMessageBytes: LIMIT } });
  const fitting = await openSocket(portico, { perMessageDeflate: true });
  expect(fitting.socket.extensions).toBe("");
  fitting.send(queryOf(LIMIT));
  await fitting.first(({ type }) => type === "complete");
  const whole = await openSocket(portico);
  whole.send(queryOf(LIMIT + 1));
  expect((await whole.closed).code).toBe(1009);
  const parts = await openSocket(portico);
  const text = queryOf(LIMIT + 1);
  for (let at = 0; at < text.length; at += 1_000) {
    parts.socket.send(text.slice(at, at + 1_000), { fin: at + 1_000 >= text.length });
  }
  expect((await parts.closed).code).toBe(1009);
  const huge = await openSocket(portico);
  huge.send("x".repeat(30 * 1024 * 1024));
  expect([1006, 1009]).toContain((await huge.closed).code);
  await serves(portico);
});

test("one operation more than a socket may have is refused, and the others go on", async () => {
  const portico = await startPortico({}, {}, { sockets: { maxOperations: 5 } });
  const socket = await openSocket(portico);
  for (let id = 1; id <= 6; id += 1) socket.subscribe(String(id), PUNCHES);
  expect(await errorOf(socket, "6")).toMatchObject([{ extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } }]);
  punch(portico, "77001");
  for (let id = 1; id <= 5; id += 1) await expect.poll(() => codesOf(socket, String(id))).toEqual(["77001"]);
  expect(codesOf(socket, "6")).toEqual([]);
  socket.send({ id: "3", type: "complete" });
  socket.subscribe("7", PUNCHES);
  await served(portico, 5);
  punch(portico, "77002");
  await expect.poll(() => codesOf(socket, "7")).toEqual(["77002"]);
  expect(codesOf(socket, "3")).toEqual(["77001"]);
});

test("one socket, or one stream, more than the server takes is refused with 503", async () => {
  const portico = await startPortico({}, {}, { sockets: { maxSockets: 3 }, sse: { maxStreams: 1 } });
  const sockets = await Promise.all([1, 2, 3].map(() => openSocket(portico)));
  expect(await refusal(portico)).toBe(503);
  sockets[0]?.socket.close();
  await expect.poll(portico.live.sockets).toBe(2);
  await openSocket(portico);
  const stream = () =>
    fetch(`${portico.url}/graphql?query=${encodeURIComponent(PUNCHES)}`, { headers: { accept: "text/event-stream" } });
  const first = await stream();
  const second = await stream();
  expect([first.status, second.status]).toEqual([200, 503]);
  expect(await second.json()).toMatchObject({ errors: [{ extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } }] });
  await first.body?.cancel();
  await served(portico, 0);
  expect((await stream()).status).toBe(200);
});

test("a client that answers no ping is cut off, and its subscriptions with it", async () => {
  const portico = await startPortico({}, {}, { sockets: { keepAliveMs: 60 } });
  const mute = await openSocket(portico, { mute: true });
  const lively = await openSocket(portico);
  mute.subscribe("1", PUNCHES);
  lively.subscribe("1", PUNCHES);
  await served(portico, 2);
  let pings = 0;
  lively.socket.on("ping", () => (pings += 1));
  expect((await mute.closed).code).toBe(1006);
  await served(portico, 1);
  await expect.poll(() => pings).toBeGreaterThan(5);
  expect(lively.socket.readyState).toBe(lively.socket.OPEN);
});

test("a page of another origin gets no socket, nor does any other path", async () => {
  const portico = await startPortico();
  const { host } = new URL(portico.url);
  const own = await openSocket(portico, { headers: { origin: `http://${host}` } });
  expect(own.socket.readyState).toBe(own.socket.OPEN);
  for (const origin of ["https://evil.example", "null", "", `http://${host}.evil.example`, "http://127.0.0.1:1"]) {
    expect(await refusal(portico, { headers: { origin, cookie: "a=b" } }), origin).toBe(403);
  }
  for (const path of ["/", "/graphql/", "/nothing", "/health/live", "/callbacks/x", "//graphql", "/graphql%00"]) {
    expect(await refusal(portico, { path }), path).toBe(404);
  }
});

test("a client that offers HTTP/2 in passing is answered in HTTP/1", async () => {
  const { url } = await startPortico();
  const stream = connect(Number(new URL(url).port), "127.0.0.1");
  const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA";
  stream.write(`GET /health/live HTTP/1.1\r\nHost: x\r\n${offer}\r\n\r\n`);
  const [answer] = (await once(stream, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  stream.destroy();
});

test("an upgrade with thousands of headers is refused", async () => {
  const portico = await startPortico();
  const stream = connect(Number(new URL(portico.url).port), "127.0.0.1");
  stream.write(
    `GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${"a:\r\n".repeat(3_000)}\r\n`,
  );
  const [answer] = (await once(stream, "data")) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /);
  await serves(portico);
});

test("each operation of a document is its own, whichever of them was asked for first", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  const query = `subscription A { punchAdded { cursor } } subscription B { deviceStatusChanged { status } }`;
  for (const name of ["A", "B"]) {
    socket.send({ id: name, type: "subscribe", payload: { query, operationName: name } });
  }
  await served(portico, 2);
  portico.sandbox.changeDevice("SN7A2300584", { online: false });
  await expect.poll(() => socket.of("B", "next").length).toBe(1);
  punch(portico, "77001");
  await expect.poll(() => socket.of("A", "next").length).toBe(1);
  expect(socket.of("B", "next")).toMatchObject([{ payload: { data: { deviceStatusChanged: { status: "OFFLINE" } } } }]);
});

test("subscriptions that differ in any other place than where they begin are not mixed up", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  const nested = `subscription ($after: String) {
    punchAdded { punch { device { punches(from: "2026-06-01T00:00:00", to: "2026-06-30T00:00:00", first: 1, after: $after) { nodes { id } pageInfo { endCursor } } } } }
  }`;
  interface Page {
    readonly data: {
      readonly punchAdded: {
        readonly punch: { readonly device: { readonly punches: { pageInfo: { endCursor: string } } } };
      };
    };
  }
  socket.subscribe("first", nested);
  await served(portico, 1);
  punch(portico, "77001");
  const { payload } = await socket.first((message) => message.id === "first" && message.type === "next");
  const { endCursor } = (payload as Page).data.punchAdded.punch.device.punches.pageInfo;
  socket.subscribe("second", nested, { after: endCursor });
  await served(portico, 2);
  punch(portico, "77002");
  await expect.poll(() => socket.of("second", "next").length).toBe(1);
  await expect.poll(() => socket.of("first", "next").length).toBe(2);
  const pageOf = (id: string) => (socket.of(id, "next").at(-1)?.payload as Page).data.punchAdded.punch.device.punches;
  expect(pageOf("second").pageInfo).not.toEqual(pageOf("first").pageInfo);
});
