import { expect, onTestFinished, test } from "vitest";
import { startPortico, type TestApp } from "../kit/portico/app.ts";
import { bearer, keyOf, openFile } from "../kit/portico/callers.ts";
import { subscribeBySse } from "../kit/portico/live.ts";
import { openSocket } from "../kit/portico/socket.ts";
import { startRedis } from "../kit/redis.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { until } from "../kit/until.ts";

type Line = Readonly<Record<string, unknown>>;

const linesOf = ({ logs }: TestApp, message: string): readonly Line[] =>
  logs.map((line) => JSON.parse(line) as Line).filter((line) => line["message"] === message);

const COMMON = { caller: "anyone", account: "default", address: "127.0.0.1" };

test("each operation over a socket has one line, and the socket has one at its begin and at its end", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("1", "query Names { devices { totalCount } }");
  await socket.first(({ id, type }) => id === "1" && type === "complete");
  socket.subscribe("2", "query Wrong { unknown }");
  await socket.first(({ id, type }) => id === "2" && type === "error");
  socket.subscribe("3", "subscription Live { punchAdded { cursor } }");
  await until(() => portico.live.subscribers() === 1);
  expect(linesOf(portico, "operation")).toHaveLength(2);
  socket.send({ type: "complete", id: "3" });
  await until(() => linesOf(portico, "operation").length === 3);
  socket.socket.close(1000);
  await until(() => linesOf(portico, "socket closed").length === 1);

  const [opened] = linesOf(portico, "socket opened");
  const { socketId } = opened as { readonly socketId: string };
  expect(opened).toMatchObject({ ...COMMON, socketId: expect.stringMatching(/^[\da-f-]{36}$/) as string });
  const operations = linesOf(portico, "operation");
  const expected = { ...COMMON, socketId, transport: "websocket", ms: expect.any(Number) as number };
  expect(operations).toMatchObject([
    { ...expected, operationName: "Names", operationType: "query" },
    { ...expected, errorCodes: ["GRAPHQL_VALIDATION_FAILED"] },
    { ...expected, operationName: "Live", operationType: "subscription" },
  ]);
  expect(new Set(operations.map(({ requestId }) => requestId)).size).toBe(3);
  expect(linesOf(portico, "socket closed")).toMatchObject([{ ...COMMON, socketId, code: 1000, operations: 3 }]);
});

test("a socket that is closed by the server, and operations that it had, have their lines", async () => {
  const portico = await startPortico();
  const socket = await openSocket(portico);
  socket.subscribe("1", "subscription Live { punchAdded { cursor } }");
  await until(() => portico.live.subscribers() === 1);
  socket.send("no message of the protocol");
  await socket.closed;
  await until(() => linesOf(portico, "socket closed").length === 1);
  expect(linesOf(portico, "socket closed")).toMatchObject([{ ...COMMON, code: 4400, operations: 1 }]);
  expect(linesOf(portico, "operation")).toMatchObject([{ operationName: "Live" }]);
});

test("a stream over server-sent events has one line at its end", async () => {
  const portico = await startPortico();
  const stream = subscribeBySse(portico.url, "subscription Live { punchAdded { cursor } }");
  await until(() => portico.live.subscribers() === 1);
  stream.stop();
  await until(() => linesOf(portico, "request").length === 1);
  const line = { ...COMMON, transport: "sse", operationName: "Live", operationType: "subscription" };
  expect(linesOf(portico, "request")).toMatchObject([line]);
});

test("a caller who is refused is logged with the address, over HTTP and over a socket", async () => {
  const { path } = await openFile("[]");
  const portico = await startPortico({}, { ACCESS_API_KEYS_FILE: path, TRUSTED_PROXIES: "127.0.0.1" });
  const forwarded = { "x-forwarded-for": "203.0.113.9" };
  await fetch(`${portico.url}/graphql?query={__typename}`, { headers: { ...bearer(keyOf("nobody")), ...forwarded } });
  const socket = await openSocket(portico, { init: false, headers: forwarded });
  socket.send({ type: "connection_init", payload: { apiKey: keyOf("nobody") } });
  expect(await socket.closed).toMatchObject({ code: 4401 });
  await until(() => linesOf(portico, "socket closed").length === 1);
  const refused = { level: "warn", address: "203.0.113.9", reason: "unknown API key" };
  expect(linesOf(portico, "caller refused")).toMatchObject([refused, refused]);
  expect(linesOf(portico, "socket opened")).toEqual([]);
  expect(linesOf(portico, "socket closed")).toMatchObject([{ address: "203.0.113.9", code: 4401 }]);
});

test("LOG_SAMPLE=0 hides what succeeds, and neither failures nor mutations nor codes of sockets", async () => {
  const portico = await startPortico({}, { LOG_SAMPLE: "0" });
  await portico.ask("query Fine { viewer { name } }");
  await fetch(`${portico.url}/health/live`);
  await portico.ask("query Wrong { unknown }");
  await portico.ask(
    `mutation Open { openDoor(input: { serialNumber: "SN7A2300583", doorNumber: 1 }) { command { id } } }`,
  );
  const socket = await openSocket(portico);
  socket.subscribe("1", "query Fine { viewer { name } }");
  await socket.first(({ type }) => type === "complete");
  socket.subscribe("2", "query Wrong { unknown }");
  await socket.first(({ type }) => type === "error");
  socket.send("no message of the protocol");
  await socket.closed;
  await until(() => linesOf(portico, "socket closed").length === 1);
  expect(linesOf(portico, "request").map(({ operationName, status }) => [operationName, status])).toEqual([
    [undefined, 400],
    ["Open", 200],
  ]);
  expect(linesOf(portico, "operation")).toMatchObject([{ errorCodes: ["GRAPHQL_VALIDATION_FAILED"] }]);
  expect(linesOf(portico, "socket opened")).toEqual([]);
});

test("operations that fail because Redis is away are no defects: one line a minute, and a counter", async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const portico = await startPortico({}, { REDIS_URL: redis.url, ADMIN_PORT: "0" });
  await redis.kill();
  const EVENTS = `{ events(first: 1) { cursor } }`;
  for (let count = 0; count < 5; count += 1) {
    expect(await portico.ask(EVENTS)).toMatchObject({ errors: [{ extensions: { code: "EVENTS_UNAVAILABLE" } }] });
  }
  expect(linesOf(portico, "operation failed")).toEqual([]);
  expect(linesOf(portico, "operations failed without a store")).toMatchObject([{ level: "warn", times: 1 }]);
  const admin = linesOf(portico, "admin server listening")[0]?.["url"] as string;
  const scraped = await (await fetch(`${admin}/metrics`)).text();
  expect(scraped).toContain('portico_graphql_errors_total{code="EVENTS_UNAVAILABLE"} 5');
});

test("a gateway that cannot be reached is one line that says why, and callers do not learn it", async () => {
  const sandbox = await withSandbox();
  const portico = await startPortico(sandbox);
  await sandbox.stop();
  for (const field of ["devices { totalCount }", 'user(employeeCode: "1042") { name }']) {
    const { errors } = await portico.ask(`{ ${field} }`);
    expect(errors).toMatchObject([{ message: "The gateway failed, or did not answer in time." }]);
    expect(JSON.stringify(errors)).not.toMatch(/ECONN|127\.0/);
  }
  const lines = linesOf(portico, "gateway cannot be reached");
  expect(lines).toMatchObject([
    {
      level: "warn",
      account: "default",
      times: 1,
      err: { message: expect.stringContaining("(ECONNREFUSED).") as string },
    },
  ]);
});
