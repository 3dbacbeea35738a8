import type { IncomingHttpHeaders } from "node:http";
import { expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { CANARIES } from "../attack/canaries.ts";
import { openRewritingGateway } from "../kit/gateway/rewrite.ts";
import { type Collector, type ReceivedSpan, startCollector } from "../kit/otlp.ts";
import { askAs, bearer, keyFile, keyOf, openFile } from "../kit/portico/callers.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { type SpawnedProgram, spawnProgram } from "../kit/program.ts";
import { withRedis } from "../kit/with-redis.ts";
import { withSandbox } from "../kit/sandbox/with-sandbox.ts";
import { until } from "../kit/until.ts";

type Line = Readonly<Record<string, unknown>>;

interface Traced {
  readonly program: SpawnedProgram;
  readonly sandbox: Sandbox;
  readonly collector: Collector;
  readonly lines: () => readonly Line[];
  readonly ask: (query: string, headers?: Readonly<Record<string, string>>) => Promise<unknown>;
  /** Posts a punch as the gateway does. */
  readonly callback: (id: string, headers?: Readonly<Record<string, string>>) => Promise<void>;
}

const TOKEN = CANARIES["token of the gateway"];
const CALLBACKS = CANARIES["path of callbacks"];
const DEVICE = "SN7A2300583";

const ALL = ["devices:read", "devices:manage", "users:read", "users:write", "credentials:write", "attendance:read"];

/** Starts the real program in front of a gateway, which exports its traces as the environment says. */
const start = async (
  env: Readonly<Record<string, string>> = {},
  redisUrl?: string,
  gatewayUrl: (sandbox: Sandbox) => string | Promise<string> = ({ url }) => url,
): Promise<Traced> => {
  const collector = await startCollector();
  const sandbox = await withSandbox({ accountToken: TOKEN, live: false, acknowledgeMs: 10 });
  const { path } = await openFile(keyFile({ ada: { scopes: [...ALL, "doors:control"] } }));
  const program = await spawnProgram({
    stdout: "pipe",
    env: {
      GATEWAY_URL: await gatewayUrl(sandbox),
      GATEWAY_AUTH_TOKEN: TOKEN,
      CALLBACK_SECRET: CALLBACKS,
      ACCESS_API_KEYS_FILE: path,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: "50",
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
      ...env,
    },
  });
  let log = "";
  program.child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    log += part;
  });
  await program.answers();
  return {
    program,
    sandbox,
    collector,
    lines: () =>
      log
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line),
    ask: async (query, headers = {}) =>
      (await askAs(program.url, { ...bearer(keyOf("ada")), ...headers }, query)).json(),
    async callback(id, headers = {}) {
      const body = {
        EventID: id,
        Event: "attendance.new",
        AuthToken: TOKEN,
        DeviceSN: DEVICE,
        EmployeeCode: "1042",
        // A punch is known by its device, person and time.
        AttendanceLog: `2026-06-20 09:00:0${id.at(-1) ?? ""}`,
        Type: "face",
        Direction: "CheckIn",
      };
      const answer = await fetch(`${program.url}/callbacks/${CALLBACKS}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      expect(await answer.json()).toEqual({ status: "done" });
    },
  };
};

const traceOf = (digit: string) => {
  const [traceId, spanId] = [digit.repeat(32), digit.repeat(16)];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
};

const NAMES = `query Names { user(employeeCode: "1042") { name } }`;
const nano = ({ startTimeUnixNano, endTimeUnixNano }: ReceivedSpan) =>
  Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano));

test("a query is a trace of its client: operation, calls with their plan, requests with their retries", {
  timeout: 60_000,
}, async () => {
  const { ask, sandbox, collector, lines } = await start({ OTEL_SERVICE_NAME: "front-door" });
  const client = traceOf("a");
  sandbox.faults.add({ operation: "FindUser", kind: "5xx", times: 1 });
  expect(await ask(NAMES, { traceparent: client.traceparent })).toMatchObject({ data: { user: {} } });
  const operation = await collector.span("query Names");
  expect(operation).toMatchObject({
    traceId: client.traceId,
    parentSpanId: client.spanId,
    kind: "server",
    service: "front-door",
    attributes: {
      "graphql.operation.type": "query",
      "graphql.operation.name": "Names",
      "http.request.method": "POST",
      "http.route": "/graphql",
      "http.response.status_code": 200,
      "portico.upstream.plan": ["FindUser x2"],
    },
  });
  const call = await collector.span("gateway FindUser");
  expect(call).toMatchObject({ parentSpanId: operation.spanId, kind: "internal" });
  const requests = collector.children(call);
  expect(requests).toMatchObject([
    {
      name: "GET /FindUser",
      kind: "client",
      status: { code: 2 },
      attributes: { "error.type": expect.any(String) as string },
    },
    {
      name: "GET /FindUser",
      kind: "client",
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
        "url.full": `${sandbox.url}/FindUser`,
        "server.address": "127.0.0.1",
      },
    },
  ]);
  await until(() => lines().some(({ message }) => message === "request"));
  const line = lines().find(({ operationName }) => operationName === "Names");
  expect(line).toMatchObject({ message: "request", trace_id: client.traceId, caller: "ada" });
});

test("a command is traced from its order to its end, through the keys in Redis", { timeout: 60_000 }, async () => {
  const redis = await withRedis();
  const { ask, collector, lines } = await start({}, redis.url);
  await ask(`mutation Open { openDoor(input: { serialNumber: "${DEVICE}", doorNumber: 1, options: { idempotencyKey: "once-only" } })
    { command { status } } }`);
  const operation = await collector.span("mutation Open");
  const command = await collector.span("command openDoor");
  expect(command).toMatchObject({
    parentSpanId: operation.spanId,
    attributes: { "portico.command.status": "Done", "portico.command.id": expect.any(String) as string },
  });
  // From the order: it covers the call that sent it.
  expect(nano(command)).toBeGreaterThan(nano(await collector.span("POST /OpenDoor")));
  const writes = collector.children(operation).filter(({ attributes }) => attributes["db.system.name"] === "redis");
  expect(writes).toMatchObject([
    { kind: "client", name: "EVALSHA", attributes: { "db.query.summary": "writing an idempotency key" } },
    { kind: "client", name: "SET", attributes: { "db.query.summary": "writing the outcome of a command" } },
  ]);
  const audit = await until(() => lines().find((line) => line["audit"] === "mutation"));
  expect(audit).toMatchObject({ trace_id: operation.traceId });
});

test("an event is traced from its callback through the log to its delivery, on another instance as well", {
  timeout: 60_000,
}, async () => {
  const redis = await withRedis();
  const receiving = await start({}, redis.url);
  const serving = await start({}, redis.url);
  const [gateway, client] = [traceOf("b"), traceOf("c")];
  const subscriber = subscribeBySocket(
    serving.program.url,
    "subscription Live { punchAdded { cursor } }",
    {},
    { apiKey: keyOf("ada"), traceparent: client.traceparent },
  );
  await until(async () => (await serving.program.metric("portico_subscribers")) === 1);
  await receiving.callback("evt_1", { traceparent: gateway.traceparent });
  await until(() => subscriber.events.length === 1, { timeoutMs: 15_000 });

  const { collector } = receiving;
  const callback = await collector.span("POST /callbacks");
  expect(callback).toMatchObject({
    traceId: gateway.traceId,
    parentSpanId: gateway.spanId,
    kind: "server",
    attributes: { "http.route": "/callbacks", "http.response.status_code": 200 },
  });
  const append = await collector.span("append events");
  expect(append).toMatchObject({ parentSpanId: callback.spanId, kind: "producer" });
  expect(await collector.span("EVALSHA")).toMatchObject({
    parentSpanId: append.spanId,
    kind: "client",
    attributes: { "db.system.name": "redis" },
  });
  const opened = await serving.collector.span("subscription Live");
  expect(opened).toMatchObject({ traceId: client.traceId, parentSpanId: client.spanId, kind: "server" });
  const delivery = await serving.collector.span("deliver Live");
  expect(delivery).toMatchObject({ traceId: gateway.traceId, parentSpanId: append.spanId, kind: "consumer" });
  expect(delivery.links).toMatchObject([{ spanId: append.spanId }, { traceId: client.traceId, spanId: opened.spanId }]);
});

test("an entry of an instance without tracing is delivered by one with tracing, and the other way round", {
  timeout: 60_000,
}, async () => {
  const redis = await withRedis();
  const plain = await start({ OTEL_SDK_DISABLED: "true" }, redis.url);
  const traced = await start({}, redis.url);
  const subscribe = ({ program }: Traced) =>
    subscribeBySocket(program.url, "subscription { punchAdded { cursor gap } }", {}, { apiKey: keyOf("ada") });
  const subscribers = [subscribe(plain), subscribe(traced)];
  for (const { program } of [plain, traced]) {
    await until(async () => (await program.metric("portico_subscribers")) === 1);
  }
  await plain.callback("evt_1");
  await traced.callback("evt_2");
  for (const { events } of subscribers) await until(() => events.length === 2, { timeoutMs: 15_000 });
  const punch = { punchAdded: { gap: false } };
  for (const { events } of subscribers) expect(events).toMatchObject([punch, punch]);
  expect(plain.collector.spans).toEqual([]);
  await until(() => plain.lines().some(({ message }) => message === "request"));
  expect(plain.lines().filter((line) => "trace_id" in line)).toEqual([]);
});

test("the gateway gets the trace context only where GATEWAY_TRACE_CONTEXT is on", { timeout: 60_000 }, async () => {
  const client = traceOf("d");
  const headers = { traceparent: client.traceparent, tracestate: "vendor=1", baggage: "tenant=7" };
  const seen = async (env: Readonly<Record<string, string>>) => {
    const received: IncomingHttpHeaders[] = [];
    const { ask, collector } = await start(env, undefined, (sandbox) =>
      openRewritingGateway(sandbox, {
        member: (_name, value) => value,
        onRequest: (each) => void received.push(each),
      }),
    );
    await ask(NAMES, headers);
    const { spanId } = await collector.span("GET /FindUser");
    return { sent: received.at(-1) ?? {}, spanId };
  };
  const off = await seen({});
  expect(Object.keys(off.sent)).toContain("auth-token");
  for (const name of Object.keys(headers)) expect(off.sent).not.toHaveProperty(name);
  const on = await seen({ GATEWAY_TRACE_CONTEXT: "on" });
  expect(on.sent).toMatchObject({ ...headers, traceparent: `00-${client.traceId}-${on.spanId}-01` });
});

test("no secret is part of a trace", { timeout: 60_000 }, async () => {
  const { ask, callback, collector, program } = await start();
  const { "PIN of a person": pin, template, photo } = CANARIES;
  await ask(`mutation Add { addUser(input: {
    serialNumbers: ["${DEVICE}"], employeeCode: "7001", firstName: "Canary", photo: "${photo}",
    templates: [{ kind: PASSWORD, data: "${pin}" }, { kind: FINGERPRINT, data: "${template}" }]
  }) { commands { status } } }`);
  await ask(`query Wrong { user(employeeCode: "${pin}") { unknown } }`);
  await askAs(program.url, bearer(keyOf("nobody")), NAMES);
  const subscriber = subscribeBySocket(
    program.url,
    "subscription Live { punchAdded { cursor } }",
    {},
    { apiKey: keyOf("ada") },
  );
  await until(async () => (await program.metric("portico_subscribers")) === 1);
  await callback("evt_1");
  await until(() => subscriber.events.length === 1);
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  // What waited was sent before the end.
  const names = collector.spans.map(({ name }) => name);
  for (const name of ["mutation Add", "POST /AddUser", "POST /graphql", "append events", "deliver Live"]) {
    expect(names).toContain(name);
  }
  const text = collector.text();
  const found = [...Object.entries(CANARIES), ["unknown key", keyOf("nobody")] as const].filter(([, secret]) =>
    text.includes(secret),
  );
  expect(found).toEqual([]);
});

test("a collector that is away costs no answer, is reported once, and does not delay the end", {
  timeout: 60_000,
}, async () => {
  const { ask, program, lines } = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    OTEL_EXPORTER_OTLP_TIMEOUT: "500",
  });
  for (let count = 0; count < 5; count += 1) expect(await ask(NAMES)).toMatchObject({ data: { user: {} } });
  await until(() => lines().some(({ message }) => message === "traces cannot be sent"), { timeoutMs: 15_000 });
  const begun = performance.now();
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(performance.now() - begun).toBeLessThan(8_000);
  expect(lines().filter(({ message }) => message === "traces cannot be sent")).toHaveLength(1);
});

test("traces are sampled as OTEL_TRACES_SAMPLER says, and lines name their trace all the same", {
  timeout: 60_000,
}, async () => {
  const { ask, collector, program, lines } = await start({ OTEL_TRACES_SAMPLER: "always_off" });
  const client = traceOf("e");
  await ask(NAMES, { traceparent: client.traceparent });
  await until(() => lines().some(({ operationName }) => operationName === "Names"));
  expect(lines().find(({ operationName }) => operationName === "Names")).toMatchObject({ trace_id: client.traceId });
  program.child.kill("SIGTERM");
  expect(await program.ended).toBe(0);
  expect(collector.spans).toEqual([]);
});
