import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/runtime/logger.ts";
import type { Handle } from "../../../src/server/http/context.ts";
import { sendText } from "../../../src/server/http/respond.ts";
import { startHttpServer } from "../../../src/server/http/server.ts";
import { rawRequest, startTestServer } from "../../kit/server/harness.ts";
import { until } from "../../kit/until.ts";

test("health reports whether the process is alive and whether it is ready, with reasons", async () => {
  const reasons: string[] = [];
  const warnings: string[] = [];
  const { url } = await startTestServer({ readiness: () => ({ reasons, warnings }) });
  const live = await fetch(`${url}/health/live`);
  expect([live.status, await live.json()]).toEqual([200, { status: "ok", reasons: [] }]);
  const ready = await fetch(`${url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ok", reasons: [], warnings: [] }]);
  warnings.push("Redis has no append-only file.");
  const warned = await fetch(`${url}/health/ready`);
  expect([warned.status, await warned.json()]).toEqual([200, { status: "ok", reasons: [], warnings }]);
  reasons.push("The gateway rejects the token.");
  const unready = await fetch(`${url}/health/ready`);
  expect([unready.status, await unready.json()]).toEqual([503, { status: "unavailable", reasons, warnings }]);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect(unready.headers.get("cache-control")).toBe("no-store");
  const head = await fetch(`${url}/health/ready`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([503, ""]);
});

test.each([
  "/nothing",
  "/graphql/",
  "/graphql/x",
  "/health",
  "/GRAPHQL",
  "/..%2f",
  "//x",
  "/__proto__",
  "/constructor",
])("%s is not found", async (path) => {
  const { url } = await startTestServer();
  const response = await fetch(url + path);
  expect([response.status, await response.json()]).toEqual([404, { error: "Not found." }]);
});

test.each(["//graphql", "//evil.example/", "//evil.example/graphql", "/\\evil.example", "///"])(
  "the target %s is a path that does not exist, and is redirected nowhere",
  async (target) => {
    const { port } = await startTestServer({ development: true });
    const answer = await rawRequest(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer.toLowerCase()).not.toContain("location:");
  },
);

test("the root redirects to GraphiQL in development and is not found in production", async () => {
  const development = await startTestServer({ development: true });
  const response = await fetch(development.url, { redirect: "manual" });
  expect([response.status, response.headers.get("location")]).toEqual([302, "/graphql"]);
  const production = await startTestServer();
  expect((await fetch(production.url, { redirect: "manual" })).status).toBe(404);
});

test.each([
  ["POST", "/health/live", "GET, HEAD"],
  ["DELETE", "/links/photo", "GET, HEAD"],
  ["PUT", "/graphql", "GET, POST"],
  ["PATCH", "/graphql", "GET, POST"],
  ["HEAD", "/graphql", "GET, POST"],
])("%s %s gets 405 and the allowed methods", async (method, path, allow) => {
  const { url } = await startTestServer();
  const response = await fetch(url + path, { method });
  expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
});

test("every response has the security headers, and allows no other origin", async () => {
  const { url } = await startTestServer({ development: true });
  for (const path of ["/graphql?query={hello}", "/nothing", "/health/live", "/"]) {
    const { headers } = await fetch(url + path, { headers: { origin: "https://evil.example" }, redirect: "manual" });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("server")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
  }
  const preflight = await fetch(`${url}/graphql`, {
    method: "OPTIONS",
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([405, null]);
});

test("a request with 64 KB or thousands of headers is rejected, and the server continues", async () => {
  const { url, port } = await startTestServer();
  const big = await rawRequest(port, `GET /health/live HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(64 * 1024)}\r\n\r\n`);
  expect(big).toMatch(/^HTTP\/1\.1 431 /);
  const many = "a:\r\n".repeat(3_000);
  const plain = await rawRequest(port, `GET /health/live HTTP/1.1\r\nHost: x\r\n${many}\r\n`);
  expect(plain).toMatch(/^HTTP\/1\.1 431 /);
  const upgrade = `GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${many}\r\n`;
  expect(await rawRequest(port, upgrade)).toMatch(/^HTTP\/1\.1 431 /);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

test.each([
  ["two hosts", "Host: a\r\nHost: b\r\n", 400],
  ["the same host twice", "Host: a\r\nHost: a\r\n", 400],
  ["two hosts in other cases, apart", "hOST: a\r\nX: y\r\nHOST: b\r\n", 400],
  ["an empty second host", "Host: a\r\nHost:\r\n", 400],
  ["no host", "", 400],
  ["one host, and headers that begin or end like it", "Host: a\r\nX-Host: b\r\nHosts: c\r\nForwarded-Host: d\r\n", 200],
])("a request with %s is checked before it is handled", async (_, hosts, status) => {
  const { url, port } = await startTestServer();
  for (const path of ["/health/live", "/graphql?query={hello}", "/graphql?query={hello}&documentId="]) {
    const answer = await rawRequest(port, `GET ${path} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.includes("hello world")).toBe(status === 200 && path.startsWith("/graphql"));
  }
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

test.each([
  ["a broken head", "GARBAGE\r\n\r\n", /^HTTP\/1\.1 400 /],
  [
    "a broken host",
    "GET /graphql?query={hello} HTTP/1.1\r\nHost: [[\r\nConnection: close\r\n\r\n",
    /^HTTP\/1\.1 200 [\s\S]*hello world/,
  ],
  ["a target that is not a URL", "GET http://[[/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 404 /],
  [
    "a whole URL as target",
    "GET http://h/graphql?query={hello} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    /hello world/,
  ],
  [
    "two lengths",
    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    /^HTTP\/1\.1 400 /,
  ],
])("%s gets a response without internals", async (_, bytes, expected) => {
  const { port } = await startTestServer();
  const answer = await rawRequest(port, bytes);
  expect(answer).toMatch(expected);
  expect(answer).not.toMatch(/node_modules|src\/|Error:/);
});

test("each request writes one log line, without query, variables and body", async () => {
  const { url, post, logs } = await startTestServer();
  const secret = "t0pSecretValue";
  await post({ query: "query Greet($name: String) { hello(name: $name) coded }", variables: { name: secret } });
  await fetch(`${url}/links/photo?claims=${secret}`, { headers: { authorization: secret, cookie: secret } });
  await fetch(`${url}/files/${"x".repeat(100)}${secret.repeat(30)}`);
  await until(() => logs.length === 3);
  expect(logs[0]).toEqual({
    level: "info",
    time: expect.any(String),
    requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    method: "POST",
    path: "/graphql",
    status: 200,
    ms: expect.any(Number),
    bytes: expect.any(Number),
    address: "127.0.0.1",
    caller: "anyone",
    account: "default",
    transport: "http",
    operationName: "Greet",
    operationType: "query",
    errorCodes: ["NOT_FOUND"],
    message: "request",
  });
  expect(logs[1]).toMatchObject({ method: "GET", path: "/links/photo" });
  expect(logs[2]).toMatchObject({ path: "/files/..." });
  expect(JSON.stringify(logs)).not.toContain(secret.slice(0, 8));
});

test("a long operation name is truncated, and one that is not in the document is not logged", async () => {
  const { post, logs } = await startTestServer();
  const long = "N".repeat(300);
  await post({ query: `query ${long} { hello }` });
  await post({ query: "query A { hello }", operationName: 'B"\n{"level":"fatal"}' });
  await until(() => logs.length === 2);
  expect(logs[0]?.["operationName"]).toBe("N".repeat(64));
  expect(logs[1]).not.toHaveProperty("operationName");
});

test("a well-formed request id of the caller is kept", async () => {
  const { url, post } = await startTestServer();
  const response = await post({ query: "{ requestId }" }, { "x-request-id": "caller_12345678" });
  expect(response.headers.get("x-request-id")).toBe("caller_12345678");
  expect(await response.json()).toEqual({ data: { requestId: "caller_12345678" } });
  for (const id of ["short", "with space", "x".repeat(65), '"}{"']) {
    const { headers } = await fetch(`${url}/health/live`, { headers: { "x-request-id": id } });
    expect(headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  }
});

test("stopping waits for requests in flight and accepts no more", async () => {
  const { url, post, stop, began } = await startTestServer();
  const slow = post({ query: "mutation { slow }" });
  await began;
  const stopped = stop();
  const isRefused = () =>
    fetch(`${url}/health/live`, { headers: { connection: "close" } }).then(
      () => false,
      () => true,
    );
  await expect.poll(isRefused).toBe(true);
  const response = await slow;
  expect([response.status, response.headers.get("connection"), await response.json()]).toEqual([
    200,
    "close",
    { data: { slow: "done" } },
  ]);
  await stopped;
});

test("stopping does not wait for idle connections, and closes requests that exceed the limit", async () => {
  const { post, stop, began } = await startTestServer({ drainMs: 100 });
  await post({ query: "{ hello }" });
  const never = post({ query: "{ never }" });
  await began;
  const start = performance.now();
  await Promise.all([stop(), expect(never).rejects.toThrow()]);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test("a port in use is reported in a sentence", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const options = { handle: () => {}, logger: createLogger({ level: "silent" }) };
  await expect(startHttpServer({ host: "127.0.0.1", port, ...options })).rejects.toThrow(
    `Cannot listen on 127.0.0.1, port ${port}: the port is in use. Set PORT to another port, or to 0 for a free one.`,
  );
  await expect(startHttpServer({ host: "192.0.2.1", port: 0, ...options })).rejects.toThrow("Set HOST");
  other.close();
});

test.each([
  ["::1", /^http:\/\/\[::1\]:\d+$/],
  ["0.0.0.0", /^http:\/\/127\.0\.0\.1:\d+$/],
  ["localhost", /^http:\/\/localhost:\d+$/],
])("a server on %s reports a URL that reaches it", async (host, url) => {
  const server = await startHttpServer({
    host,
    port: 0,
    handle: ({ response }) => void response.end(),
    logger: createLogger({ level: "silent" }),
  });
  expect(server.url).toMatch(url);
  expect((await fetch(server.url)).status).toBe(200);
  await server.stop();
});

test("a failing handler causes 500 without internals, and is logged", async () => {
  const { url, logs } = await startTestServer({
    links: {
      photo: () => {
        throw new Error("inside");
      },
      export: async ({ response }) => {
        response.write("half");
        throw new Error("inside");
      },
    },
  });
  const response = await fetch(`${url}/links/photo`);
  expect([response.status, await response.json()]).toEqual([
    500,
    { error: "The server failed to handle the request.", requestId: response.headers.get("x-request-id") },
  ]);
  await expect(fetch(`${url}/links/export`).then((half) => half.text())).rejects.toThrow();
  await until(() => logs.length === 4);
  expect(logs.filter(({ level }) => level === "error").map(({ err }) => (err as Error).message)).toEqual([
    "inside",
    "inside",
  ]);
});

const PHOTO = "GET /links/photo HTTP/1.1\r\nHost: localhost\r\n\r\n";
const PHOTO_BYTES = 30_000_000;

test("a client that reads nothing of a complete response is disconnected; one that reads slowly gets all of it", async () => {
  const photo: Handle = (context) => sendText(context, 200, "text/plain", "x".repeat(PHOTO_BYTES));
  const { port } = await startTestServer({ links: { photo, export: photo }, stallMs: 300 });
  const receive = async (read: (socket: Socket) => Promise<unknown>) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => void (bytes += chunk.length)).pause();
    socket.write(PHOTO);
    await read(socket);
    return bytes;
  };
  const nothing = receive(async (socket) => {
    await setTimeout(2_000);
    socket.resume();
    await once(socket, "close");
  });
  const slowly = receive(async (socket) => {
    for (let round = 0; round < 12; round += 1) {
      await setTimeout(100);
      socket.resume();
      await setTimeout(5);
      socket.pause();
    }
    socket.resume();
    await setTimeout(1_000);
  });
  expect(await nothing).toBeLessThan(PHOTO_BYTES);
  expect(await slowly).toBeGreaterThan(PHOTO_BYTES);
});

const HELLO = (bytes: number) =>
  JSON.stringify({ query: "query ($name: String) { hello(name: $name) }", variables: { name: "x".repeat(bytes) } });

const postHead = (length: number) =>
  `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

test.for([
  ["a response that nobody reads", (body: string) => `${postHead(body.length)}${body}`, 1],
  ["a body without an end", (body: string) => `${postHead(32_000_000)}${body}${body}`, 0],
] as const)("%s takes memory of its caller until its connection is closed", async ([, bytesOf, executions]) => {
  const { port, post, contexts } = await startTestServer({ maxBodyBytes: 32_000_000 });
  const socket = connect(port, "127.0.0.1").pause();
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => void socket.write(bytesOf(HELLO(12_000_000)), resolve));
  await expect.poll(() => contexts.length).toBe(executions);
  const ask = async (bytes: number) => {
    const response = await post(HELLO(bytes));
    const { errors = [] } = (await response.json()) as { errors?: readonly { extensions: { code: string } }[] };
    return [response.status, response.headers.get("retry-after"), ...errors.map(({ extensions }) => extensions.code)];
  };
  expect(await ask(12_000_000)).toEqual([429, "1", "TOO_MANY_REQUESTS"]);
  expect(await ask(100)).toEqual([200, null]);
  socket.destroy();
  await expect.poll(() => ask(12_000_000), { timeout: 10_000 }).toEqual([200, null]);
});
