import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startPortico } from "../../kit/portico/app.ts";
import { bearer, keyFile, keyOf, openFile } from "../../kit/portico/callers.ts";
import { openSocket } from "../../kit/portico/socket.ts";

const SCOPES = ["doors:control", "devices:read"];
const VIEWER = "{ viewer { name } }";
const OPEN_DOOR = `mutation { openDoor(input: { serialNumber: "SN7A2300583" }) { command { status } } }`;
const SLOW = (index: number) => `{ devices(first: ${index}) { nodes { name health { queueDepth } } } }`;

const startWithKeys = async (env: Record<string, string> = {}) => {
  const { path } = await openFile(keyFile({ ada: { scopes: SCOPES }, bob: { scopes: SCOPES } }));
  return startPortico({}, { ACCESS_API_KEYS_FILE: path, ...env });
};

const authorization = (name: string) => `authorization: ${bearer(keyOf(name))["authorization"]}`;

/** The bytes of a request; without a body they end with its head. */
const head = (name: string, length: number, credential = authorization(name)) =>
  ["POST /graphql HTTP/1.1", "host: localhost", "content-type: application/json", credential]
    .concat(`content-length: ${length}`, "", "")
    .join("\r\n");

const requestBytes = (name: string, query: string, credential?: string) => {
  const body = JSON.stringify({ query });
  return `${head(name, Buffer.byteLength(body), credential)}${body}`;
};

/** Opens connections for one test. */
const dial = async (url: string, count: number, localAddress = "127.0.0.1"): Promise<readonly Socket[]> => {
  const port = Number(new URL(url).port);
  const sockets = Array.from({ length: count }, () => connect({ port, host: "127.0.0.1", localAddress }));
  for (const socket of sockets) {
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
  }
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
};

const statusOf = async (socket: Socket): Promise<number> => {
  const [chunk] = (await once(socket, "data")) as readonly Buffer[];
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(chunk))?.[1]);
};

/** A document whose validation takes milliseconds; each number makes another one. */
const invalid = (number: number) =>
  `{ y${number} ${Array.from({ length: 200 }, (_, index) => `x${index}`).join(" ")} }`;

const numbersTo = (count: number) => Array.from({ length: count }, (_, number) => String(number));

test("a request of another caller is answered before most of a flood that was sent earlier", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys();
  // The server takes connections one by one: all are known before the flood begins.
  const sockets = await dial(portico.url, 401);
  for (const socket of sockets) socket.write(requestBytes("ada", VIEWER));
  await Promise.all(sockets.map(statusOf));
  const [flood, [last]] = [sockets.slice(0, 400), sockets.slice(400)];
  const order: string[] = [];
  for (const socket of flood) socket.once("data", () => order.push("ada"));
  last?.once("data", () => order.push("bob"));
  for (const [number, socket] of flood.entries()) socket.write(requestBytes("ada", invalid(number)));
  last?.write(requestBytes("bob", VIEWER));
  await expect.poll(() => order.length, { timeout: 25_000 }).toBe(401);
  expect(order.indexOf("bob")).toBeLessThan(200);
});

test("a request of another caller is answered before most refusals of a flood that was sent earlier", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys({ LIMIT_OPERATIONS: "2" });
  const sockets = await dial(portico.url, 403);
  for (const socket of sockets) socket.write(requestBytes("bob", "{ unknown }"));
  await Promise.all(sockets.map(statusOf));
  portico.sandbox.faults.add({ kind: "hang", times: null, operation: "ListDevices" });
  const [hanging, flood, [last]] = [sockets.slice(0, 2), sockets.slice(2, 402), sockets.slice(402)];
  for (const [index, socket] of hanging.entries()) socket.write(requestBytes("ada", SLOW(index + 1)));
  await expect.poll(() => portico.upstream().length).toBeGreaterThan(0);
  const order: string[] = [];
  for (const socket of flood) socket.once("data", (chunk) => order.push(String(chunk).slice(9, 12)));
  last?.once("data", () => order.push("bob"));
  for (const socket of flood) socket.write(requestBytes("ada", VIEWER));
  last?.write(requestBytes("bob", VIEWER));
  await expect.poll(() => order.length, { timeout: 25_000 }).toBe(401);
  expect(order.filter((status) => status === "429")).toHaveLength(400);
  expect(order.indexOf("bob")).toBeLessThan(200);
});

/** How many answers of a flood come before that of one request of bob which is sent behind it. */
const answersBefore = async (
  { url }: { readonly url: string },
  send: (onAnswer: () => void) => void,
  count: number,
): Promise<number> => {
  const [last] = await dial(url, 1);
  const order: string[] = [];
  send(() => order.push("ada"));
  last?.once("data", () => order.push("bob"));
  last?.write(requestBytes("bob", VIEWER));
  await expect.poll(() => order.length, { timeout: 25_000 }).toBe(count + 1);
  return order.indexOf("bob");
};

test("a request of another caller is answered before most of a flood on WebSockets that was sent earlier", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys();
  const headers = bearer(keyOf("ada"));
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(portico, { headers })));
  const flood = (onAnswer: () => void) => {
    for (const [number, { socket, subscribe }] of sockets.entries()) {
      socket.on("message", onAnswer);
      for (let id = 0; id < 20; id += 1) subscribe(String(id), invalid(number * 100 + id));
    }
  };
  expect(await answersBefore(portico, flood, 400)).toBeLessThan(200);
});

test("what a client sends behind a message that waits for its turn keeps its order", async () => {
  const portico = await startWithKeys();
  const { socket, subscribe, send, received } = await openSocket(portico, { headers: bearer(keyOf("ada")) });
  for (let id = 0; id < 20; id += 1) subscribe(String(id), invalid(id));
  for (let number = 0; number < 3_000; number += 1) send({ type: "ping" });
  subscribe("last", VIEWER);
  await expect.poll(() => received.at(-1)).toEqual({ id: "last", type: "complete" });
  const order = received.map(({ type, id }) => (type === "error" ? id : type));
  const pongs = Array.from({ length: 3_000 }, () => "pong");
  expect(order).toEqual(["connection_ack", ...numbersTo(20), ...pongs, "next", "complete"]);
  expect(socket.readyState).toBe(socket.OPEN);
});

test("a request of another caller is answered before most of a flood of requests for tickets", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys();
  const sockets = await dial(portico.url, 400);
  for (const socket of sockets) socket.write(requestBytes("ada", VIEWER));
  await Promise.all(sockets.map(statusOf));
  const flood = (onAnswer: () => void) => {
    for (const [number, socket] of sockets.entries()) {
      socket.once("data", onAnswer);
      socket.write(requestBytes("ada", `subscription ${invalid(number)}`).replace("/graphql", "/graphql/ticket"));
    }
  };
  expect(await answersBefore(portico, flood, 400)).toBeLessThan(200);
});

test("an address with another credential for each request has one turn for all of them", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys();
  const flood = await dial(portico.url, 400, "127.0.0.2");
  const [last] = await dial(portico.url, 1);
  for (const socket of flood) socket.write(requestBytes("bob", VIEWER));
  await Promise.all(flood.map(statusOf));
  const order: string[] = [];
  for (const socket of flood) socket.once("data", (chunk) => order.push(String(chunk).slice(9, 12)));
  last?.once("data", () => order.push("bob"));
  for (const [number, socket] of flood.entries())
    socket.write(requestBytes("", VIEWER, `authorization: Bearer unknown-${number}`));
  last?.write(requestBytes("bob", VIEWER));
  await expect.poll(() => order.length, { timeout: 25_000 }).toBe(401);
  expect(order.filter((status) => status === "401")).toHaveLength(400);
  expect(order.indexOf("bob")).toBeLessThan(200);
});

test("while a caller's queries take all its slots, its door command and the queries of others pass them", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys();
  for (const operation of ["ListDevices", "CheckDeviceHealth"])
    portico.sandbox.faults.add({ kind: "delay", ms: 600, times: null, operation });
  const order: string[] = [];
  const send = (socket: Socket | undefined, name: string, query: string, label: string) => {
    socket?.once("data", () => order.push(label));
    socket?.write(requestBytes(name, query));
  };
  const sockets = await dial(portico.url, 303);
  const [flood, [waiting, door, other]] = [sockets.slice(0, 300), sockets.slice(300)];
  for (const [index, socket] of flood.entries()) send(socket, "ada", SLOW(index + 1), "slow");
  // The requests of a caller begin in their order: the command is behind a query that waits for a slot.
  send(waiting, "ada", VIEWER, "waiting");
  send(door, "ada", OPEN_DOOR, "door");
  send(other, "bob", VIEWER, "other");
  await expect.poll(() => order.length, { timeout: 20_000 }).toBe(303);
  for (const label of ["door", "other"]) expect(order.indexOf(label)).toBeLessThan(order.indexOf("waiting"));
});

test("queries that wait for a device that hangs do not keep those of the same caller from their work", {
  timeout: 30_000,
}, async () => {
  const portico = await startWithKeys();
  portico.sandbox.faults.add({ kind: "hang", times: null, operation: "ListDevices" });
  const sockets = await dial(portico.url, 301);
  const [hanging, [last]] = [sockets.slice(0, 300), sockets.slice(300)];
  let answered = 0;
  for (const [index, socket] of hanging.entries()) {
    socket.once("data", () => void (answered += 1));
    socket.write(requestBytes("ada", SLOW(index + 1)));
  }
  await expect.poll(() => portico.upstream().length).toBeGreaterThan(0);
  last?.write(requestBytes("ada", VIEWER));
  expect(last && (await statusOf(last))).toBe(200);
  expect(answered).toBe(0);
});

test("a request beyond the limit of its caller is refused before its body is sent", async () => {
  const portico = await startWithKeys({ LIMIT_OPERATIONS: "2" });
  portico.sandbox.faults.add({ kind: "hang", times: null, operation: "ListDevices" });
  const [first, second, third, other] = await dial(portico.url, 4);
  for (const [index, socket] of [first, second].entries()) socket?.write(requestBytes("ada", SLOW(index + 1)));
  await expect.poll(portico.upstream).toContain("ListDevices");
  third?.write(head("ada", 1_000_000));
  expect(third && (await statusOf(third))).toBe(429);
  other?.write(requestBytes("bob", VIEWER));
  expect(other && (await statusOf(other))).toBe(200);
});

test("connections of one address beyond LIMIT_CONNECTIONS are refused before their request is read", async () => {
  const portico = await startWithKeys({ LIMIT_CONNECTIONS: "3" });
  const [first, second, third, excess] = await dial(portico.url, 4);
  excess?.write(head("bob", 1_000_000));
  expect(excess && (await statusOf(excess))).toBe(429);
  for (const socket of [first, second]) {
    socket?.write(requestBytes("ada", VIEWER));
    expect(socket && (await statusOf(socket))).toBe(200);
  }
  third?.destroy();
  const isServed = async () => {
    const [next] = await dial(portico.url, 1);
    next?.write(requestBytes("bob", VIEWER));
    return next && statusOf(next);
  };
  await expect.poll(isServed).toBe(200);
});

test("behind a trusted proxy the connections of each caller are counted, not those of the proxy", async () => {
  const portico = await startWithKeys({ LIMIT_CONNECTIONS: "2", TRUSTED_PROXIES: "127.0.0.1" });
  const statuses: (number | undefined)[] = [];
  for (const [index, socket] of (await dial(portico.url, 5)).entries()) {
    socket.write(requestBytes(index < 3 ? "ada" : "bob", VIEWER));
    statuses.push(await statusOf(socket));
  }
  expect(statuses).toEqual([200, 200, 429, 200, 200]);
});
