import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";
import {
  codesOf,
  errorOf,
  openSocket,
  punch,
  PUNCHES,
  refusedStatus,
  served,
  serves,
} from "../../kit/portico/socket.ts";
import { listenersOf, watchBacklog, watchStreams } from "../../kit/portico/streams.ts";

const LIMIT = 64 * 1024;

/** A message of this size with a query. */
const queryOf = (bytes: number): string => {
  const message = (padding: string) =>
    JSON.stringify({ id: "1", type: "subscribe", payload: { query: `{ viewer { name } } #${padding}` } });
  return message("x".repeat(bytes - message("").length));
};

test("a message of the maximum size is executed; one more byte, in one frame or many, closes with 1009", async () => {
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

test("an operation above the limit of a socket is rejected, and the others continue", async () => {
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

test("a socket or a stream above the limit of the server is rejected with 503", async () => {
  const portico = await startPortico({}, {}, { sockets: { maxSockets: 3 }, sse: { maxStreams: 1 } });
  const sockets = await Promise.all([1, 2, 3].map(() => openSocket(portico)));
  expect(await refusedStatus(portico)).toBe(503);
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

test("a client that answers no ping is disconnected, and its subscriptions end", async () => {
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

const BOUND = 256 * 1024;

const INTROSPECTION = "{ __schema { types { name description fields { name description } } } }";

test.for([
  ["invalid operations", 1_000, "{"],
  ["queries", 1, INTROSPECTION],
] as const)(
  "the server stops reading from a client that keeps sending %s and reads no response",
  async ([, pace, query]) => {
    const streams = watchStreams();
    const portico = await startPortico();
    const { socket, send } = await openSocket(portico);
    const backlog = watchBacklog(() => streams(portico.url));
    const isPaused = () => streams(portico.url).some((stream) => stream.isPaused());
    let [sent, responses] = [0, 0];
    socket.removeAllListeners("message");
    socket.on("message", () => {
      responses += 1;
    });
    socket.pause();
    while (!isPaused()) {
      for (const last = sent + pace; sent < last; sent += 1) {
        send({ id: String(sent), type: "subscribe", payload: { query } });
      }
      await setTimeout(1);
    }
    await serves(portico);
    socket.resume();
    await expect.poll(() => responses, { timeout: 15_000 }).toBeGreaterThanOrEqual(sent);
    // Messages that arrive together are answered before reading stops.
    expect(backlog()).toBeLessThan(BOUND + 1024 * 1024);
  },
);

/** A ping of the WebSocket protocol, masked with zeros. */
const pingFrame = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x89, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

test("of pings that arrive together the last one is answered, and none while the client reads nothing", async () => {
  const streams = watchStreams();
  const portico = await startPortico();
  const { socket } = await openSocket(portico);
  const backlog = watchBacklog(() => streams(portico.url));
  const stream = Reflect.get(socket, "_socket") as Socket;
  const answers: string[] = [];
  socket.on("pong", (data) => void answers.push(String(data)));
  stream.write(Buffer.concat(Array.from({ length: 2_000 }, (_, number) => pingFrame(String(number)))));
  await expect.poll(() => answers.at(-1)).toBe("1999");
  expect(answers.length).toBeLessThan(200);
  stream.pause();
  const pings = Buffer.concat(Array.from({ length: 5_000 }, () => pingFrame("x".repeat(120))));
  for (let round = 0; round < 50; round += 1) {
    if (!stream.write(pings)) await once(stream, "drain");
    await setTimeout(1);
  }
  expect(backlog()).toBeLessThan(BOUND);
  await serves(portico);
});

test("a client that reads no response and sends nothing more is disconnected", async () => {
  const portico = await startPortico({}, {}, { sockets: { stallMs: 200, keepAliveMs: 60 } });
  const { socket, subscribe, closed } = await openSocket(portico);
  const stream = Reflect.get(socket, "_socket") as Socket;
  for (let id = 0; id < 90; id += 1) subscribe(String(id), INTROSPECTION);
  stream.pause();
  await expect.poll(portico.live.sockets, { timeout: 10_000 }).toBe(0);
  stream.resume();
  expect([1006, 1013]).toContain((await closed).code);
});

test("messages without an end take memory of their caller, who gets no more than half of it", async () => {
  const portico = await startPortico();
  const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xff, 0, 0, 0, 0]);
  const part = Buffer.alloc(1024 * 1024 - 100, 0x20);
  const codes: number[] = [];
  const sockets = await Promise.all(Array.from({ length: 40 }, () => openSocket(portico)));
  for (const { socket, closed } of sockets) {
    void closed.then(({ code }) => codes.push(code));
    (Reflect.get(socket, "_socket") as Socket).write(Buffer.concat([head, part]));
  }
  await expect.poll(() => codes.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(codes.every((code) => code === 1013 || code === 1006)).toBe(true);
  expect(codes.length).toBeLessThan(20);
  // What is small is served in any case.
  await serves(portico);
  for (const { socket } of sockets) socket.terminate();
  await expect.poll(portico.live.sockets).toBe(0);
  const { socket, send, first } = await openSocket(portico);
  send(queryOf(1024 * 1024));
  await first(({ type }) => type === "complete");
  expect(socket.readyState).toBe(socket.OPEN);
});

const LISTS = "serialNumbers: [$], employeeCodes: [$]";

test("long documents of subscriptions count for their caller for as long as they are open, identical ones once", async () => {
  const portico = await startPortico();
  const { subscribe, send, of } = await openSocket(portico);
  const codes = '"SN7A2300583" '.repeat(990);
  const long = (name: string) => `subscription ${name} { punchAdded(${LISTS.replaceAll("$", codes)}) { cursor } }`;
  const rejected = () => Array.from({ length: 90 }, (_, id) => String(id)).filter((id) => of(id, "error").length > 0);
  const subscribed = () => portico.live.subscribers() + rejected().length;
  for (let id = 0; id < 30; id += 1) subscribe(String(id), long("S"));
  await expect.poll(subscribed, { timeout: 10_000 }).toBe(30);
  expect(rejected().map((id) => of(id, "error"))).toEqual([]);
  for (let id = 30; id < 90; id += 1) subscribe(String(id), long(`S${id}`));
  await expect.poll(subscribed, { timeout: 10_000 }).toBe(90);
  const first = rejected();
  expect(first.length).toBeLessThan(40);
  expect(of(first[0] ?? "")).toMatchObject([{ payload: [{ extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } }] }]);
  // The first of the identical ones ends, and the others still keep what they share; then another one ends.
  for (const id of ["0", "30"]) send({ id, type: "complete" });
  subscribe("again", long("S30"));
  subscribe("more", long("S31x"));
  await expect.poll(() => of("more", "error").length).toBe(1);
  expect(of("again", "error")).toEqual([]);
});

test("what a first message says beyond what can be used is not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed / 1_000_000;
  };
  const portico = await startPortico();
  const long = "A".repeat(500_000);
  const connect = async (payload: object) => {
    const { send, first } = await openSocket(portico, { init: false });
    send({ type: "connection_init", payload });
    await first(({ type }) => type === "connection_ack");
  };
  await connect({});
  const before = used();
  for (let round = 0; round < 20; round += 1)
    for (const name of ["after", "lastEventId", "baggage", "tracestate"]) await connect({ [name]: long });
  expect(used() - before).toBeLessThan(20);
});

test("endless subscribing and completing, and endless connecting and disconnecting, leak nothing", {
  timeout: 60_000,
}, async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on("warning", onWarning);
  onTestFinished(() => void process.off("warning", onWarning));
  const streams = watchStreams();
  const portico = await startPortico();
  const socket = await openSocket(portico);
  const around = async (from: number, to: number) => {
    for (let round = from; round < to; round += 1) {
      socket.subscribe("1", PUNCHES);
      socket.send({ id: "1", type: "complete" });
      if (round % 100 === 0) await setImmediate();
    }
    socket.subscribe("end", `{ viewer { name } }`);
    await expect.poll(() => socket.of("end", "complete").length, { timeout: 20_000 }).toBe(1);
    (socket.received as unknown[]).length = 0;
  };
  await around(0, 1_000);
  const listeners = listenersOf(streams(portico.url));
  await around(1_000, 20_000);
  await served(portico, 0);
  expect(listenersOf(streams(portico.url))).toBe(listeners);

  const { port } = new URL(portico.url);
  const body = JSON.stringify({ query: PUNCHES });
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream`;
  for (let round = 0; round < 1_000; round += 1) {
    if (round % 2 === 0) {
      const disconnecting = await openSocket(portico);
      disconnecting.subscribe("1", PUNCHES);
      disconnecting.socket.terminate();
    } else {
      const stream = connect(Number(port), "127.0.0.1");
      const request = `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      stream.write(request + (round % 4 === 1 ? request : ""));
      await once(stream, "data");
      stream.resetAndDestroy();
    }
  }
  await served(portico, 0);
  await expect.poll(portico.live.sockets).toBe(1);
  await expect.poll(() => streams(portico.url).length).toBe(1);
  expect(listenersOf(streams(portico.url))).toBe(listeners);
  expect(warnings).toEqual([]);
  socket.subscribe("2", PUNCHES);
  await served(portico, 1);
  punch(portico, "77001");
  await expect.poll(() => codesOf(socket, "2")).toEqual(["77001"]);
});

test("streams that the server ends leave no listeners on a connection that is reused", async () => {
  const streams = watchStreams();
  const portico = await startPortico();
  const stream = connect(Number(new URL(portico.url).port), "127.0.0.1");
  const body = JSON.stringify({ query: "{ viewer { name } }" });
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream`;
  const counts: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    stream.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    for (let got = ""; !got.includes("0\r\n\r\n"); ) got += String((await once(stream, "data"))[0]);
    counts.push(listenersOf(streams(portico.url)));
  }
  expect(counts.at(-1)).toBe(counts[0]);
  stream.destroy();
});
