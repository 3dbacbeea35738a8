import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { compareOffsets } from "../../../src/events/offset.ts";
import type { LoggedEvent } from "../../../src/events/event.ts";
import { createIngress, type IngressOptions } from "../../../src/events/ingress/ingress.ts";
import { type EventLog } from "../../../src/events/log/log.ts";
import { StoreUnavailableError } from "../../../src/redis/errors.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { createScrubber } from "../../../src/runtime/redact.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import { CALLBACKS_PATH } from "../../../src/server/http/paths.ts";
import { type CallbackHandlerOptions, createCallbackHandler } from "../../../src/server/routes/callbacks.ts";
import { startHttpServer } from "../../../src/server/http/server.ts";
import { sendNotFound } from "../../../src/server/http/respond.ts";
import { setOnline } from "../../../src/sandbox/devices.ts";
import { callOver, commandOver, GATE, SIDE, startFrozen } from "../../kit/sandbox/caller.ts";
import { setBack } from "../../kit/set-back.ts";
import { until } from "../../kit/until.ts";
import { ACCOUNT_TOKEN, DEVICE, DEVICE_TOKEN, exampleOf } from "../../kit/events/deliver.ts";
import { loggedEvents } from "../../kit/events/logged.ts";

const SECRET = "c4nary-secret-of-the-path-0123456789";
const PUNCH = exampleOf("AttendanceNewEvent");
const MINIMUM = exampleOf("AttendanceNewMinimum");
const JSON_TYPE = { "content-type": "application/json" };

interface ReceiverSettings
  extends Partial<Omit<IngressOptions, "log">>,
    Partial<Omit<CallbackHandlerOptions, "ingress" | "logger">> {
  readonly log?: EventLog;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Starts the HTTP server with the callback handler only. */
const startReceiver = async (settings: ReceiverSettings = {}) => {
  const lines: string[] = [];
  const logger = createLogger({ level: "trace", destination: { write: (line) => void lines.push(line) } });
  const log = settings.log ?? createMemoryLog({ maxEvents: 100_000, dedupeMs: 86_400_000, now: Date.now });
  const tokens = { account: [ACCOUNT_TOKEN], devices: new Map([[DEVICE, DEVICE_TOKEN]]) };
  const scrub = createScrubber([ACCOUNT_TOKEN, DEVICE_TOKEN]);
  const ingress = createIngress({ tokens, scrub, pathAuthenticates: true, ...settings, log });
  const callbacks = createCallbackHandler({ ...settings, receivers: [{ ingress, callbackSecret: SECRET }], logger });
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    logger,
    handle: (context) => (context.path.startsWith(CALLBACKS_PATH) ? callbacks(context) : sendNotFound(context)),
  });
  onTestFinished(server.stop);
  const url = `${server.url}${CALLBACKS_PATH}${SECRET}`;
  const send = async (at: string, options: RequestInit): Promise<Answer> => {
    const response = await fetch(at, options);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    url,
    origin: server.url,
    log,
    lines,
    send,
    post: (body: RequestInit["body"] | object, headers: Record<string, string> = JSON_TYPE, at = url) =>
      send(at, { method: "POST", headers, body: isBody(body) ? body : JSON.stringify(body) }),
    events: (): Promise<readonly LoggedEvent[]> => loggedEvents(log, "0-0", 100_000),
  };
};

const isBody = (body: unknown): body is string | Buffer<ArrayBuffer> =>
  typeof body === "string" || Buffer.isBuffer(body);

/** Starts a sandbox whose callbacks go to a receiver that knows its token. */
const startBoth = async (
  registration: Readonly<Record<string, unknown>> = {},
  settings: ReceiverSettings = {},
  query = "",
) => {
  const sandbox = await startFrozen();
  const receiver = await startReceiver({
    tokens: { account: [sandbox.token], devices: sandbox.deviceTokens },
    ...settings,
  });
  const register = (token?: string) =>
    callOver(sandbox)("RegisterCallback", { CallbackURL: receiver.url + query, ...registration }, token);
  const delivered = (DeviceSN: string) => {
    const { Pushed, Queued } = sandbox.gateway.callbacks.health(DeviceSN).Today;
    return { Pushed, Queued };
  };
  return { sandbox, receiver, register, delivered };
};

const inOrder = (events: readonly LoggedEvent[]) =>
  events.every((event, index) => index === 0 || compareOffsets(events[index - 1]?.offset ?? "", event.offset) < 0);

describe("the sender of the sandbox", () => {
  test("punches, device states and enrollments arrive once each, in the order of their device", async () => {
    const { sandbox, receiver, register } = await startBoth();
    await register();
    for (let index = 0; index < 20; index += 1) {
      sandbox.punch({ DeviceSN: index % 2 === 0 ? GATE : SIDE, EmployeeCode: "1042", Direction: "CheckOut" });
      sandbox.clock.advance(1000);
    }
    setOnline(sandbox.gateway, SIDE, false);
    await commandOver(sandbox)("DeleteUser", { DeviceSN: GATE, EmployeeCode: "1042" });
    await until(() => [GATE, SIDE].every((each) => sandbox.gateway.callbacks.health(each).Today.Queued === 0));
    const events = await receiver.events();
    expect(inOrder(events)).toBe(true);
    const of = (kind: string, DeviceSN: string) =>
      events.filter((each) => each.body.kind === kind && each.DeviceSN === DeviceSN);
    for (const [DeviceSN, count] of [
      [GATE, 10],
      [SIDE, 10],
    ] as const) {
      const punches = of("attendance.new", DeviceSN);
      expect(punches).toHaveLength(count);
      const times = punches.map(({ occurredAt }) => Date.parse(occurredAt ?? ""));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    expect(of("attendance.new", GATE)[0]).toMatchObject({
      occurredAt: "2026-06-21T03:32:03Z",
      body: { punch: { EmployeeCode: "1042", Direction: "CheckOut", UtcOffset: "+05:30" } },
    });
    expect(of("device.status", SIDE)).toMatchObject([
      { body: { change: { Status: "Offline", PreviousStatus: "Online" } } },
    ]);
    expect(of("enrollment.update", GATE)).toMatchObject([
      { body: { update: { Action: "UserDeleted", Source: "Command" } } },
    ]);
    expect(events).toHaveLength(22);
    expect(JSON.stringify(events)).not.toContain(sandbox.token);
  });

  test("a device that was offline delivers its punches in a burst, and all of them arrive", async () => {
    const { sandbox, receiver, register } = await startBoth({ Events: ["attendance.new"] });
    await register();
    setOnline(sandbox.gateway, SIDE, false);
    for (let index = 0; index < 300; index += 1) {
      sandbox.punch({ DeviceSN: SIDE, EmployeeCode: "1042", Direction: "None" });
      sandbox.clock.advance(1000);
    }
    setOnline(sandbox.gateway, SIDE, true);
    await until(() => sandbox.gateway.callbacks.health(SIDE).Today.Pushed === 300);
    expect(new Set((await receiver.events()).map(({ key }) => key)).size).toBe(300);
  });

  test("signed and encrypted deliveries with their own token are accepted", async () => {
    const keys = { signingSecret: "a secret of the test", securityKey: "0123456789abcdef0123456789abcdef" };
    const CallbackToken = "token-of-the-test";
    const { sandbox, receiver, register, delivered } = await startBoth(
      { CallbackToken, SigningSecret: keys.signingSecret, SecurityKey: keys.securityKey },
      { ...keys, tokens: { account: [CallbackToken], devices: new Map() }, pathAuthenticates: false },
    );
    await register();
    sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
    await until(() => delivered(GATE).Pushed === 1);
    expect(await receiver.events()).toHaveLength(1);
  });

  test("a device with its own token is accepted for its own events", async () => {
    const { sandbox, receiver, register, delivered } = await startBoth({}, {}, `?stgid=${GATE}`);
    await register(sandbox.deviceTokens.get(GATE));
    sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" }, { DeviceSN: SIDE, EmployeeCode: "1042" });
    await until(() => delivered(GATE).Pushed === 1);
    expect((await receiver.events()).map(({ DeviceSN }) => DeviceSN)).toEqual([GATE]);
  });

  test("while the log is down the gateway keeps the events, and delivers them once afterwards", async () => {
    const log = createMemoryLog({ maxEvents: 1000, dedupeMs: 86_400_000, now: Date.now });
    let down = true;
    const append: EventLog["append"] = async (events) => {
      if (down) throw new StoreUnavailableError("event log", "down");
      return log.append(events);
    };
    const { sandbox, receiver, register, delivered } = await startBoth(
      { Events: ["attendance.new"] },
      { log: { ...log, append } },
    );
    await register();
    for (let index = 0; index < 3; index += 1) {
      sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
      sandbox.clock.advance(10);
      sandbox.clock.advance(990);
    }
    await until(() => sandbox.gateway.callbacks.health(GATE).Today.Failed >= 1);
    expect(sandbox.gateway.callbacks.health(GATE).LastResponse).toMatchObject({ HttpStatus: 503 });
    expect(await receiver.events()).toEqual([]);
    down = false;
    await callOver(sandbox)("ResetDeviceQueue", { DeviceSN: GATE, Scope: "Callbacks" });
    await until(() => delivered(GATE).Queued === 0);
    expect(await receiver.events()).toHaveLength(3);
  });

  test("a wrong token blocks its own delivery only, and stores nothing", async () => {
    const { sandbox, receiver, register } = await startBoth({ CallbackToken: "not-the-right-token" });
    await register();
    sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042" });
    await until(() => sandbox.gateway.callbacks.health(GATE).Today.Failed === 1);
    expect(sandbox.gateway.callbacks.health(GATE).LastResponse).toMatchObject({ HttpStatus: 401 });
    expect(await receiver.events()).toEqual([]);
  });
});

describe("over HTTP", () => {
  test("an event is acknowledged with this exact body once it is in the log", async () => {
    const log = createMemoryLog({ maxEvents: 10, dedupeMs: 1000, now: Date.now });
    let appended = false;
    const append: EventLog["append"] = async (events) => {
      const result = await log.append(events);
      await new Promise((resolve) => setImmediate(resolve));
      appended = true;
      return result;
    };
    const { post } = await startReceiver({ log: { ...log, append } });
    const { status, text, headers } = await post(PUNCH);
    expect([appended, status, text, headers.get("content-type")]).toEqual([
      true,
      200,
      '{"status":"done"}',
      "application/json",
    ]);
  });

  test("the same body 50 times at once is one event", async () => {
    const { post, events } = await startReceiver();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(PUNCH)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['200 {"status":"done"}']));
    expect(await events()).toHaveLength(1);
  });

  test("a callback path without a valid secret responds like a path that does not exist", async () => {
    const { origin, post, send, events, log } = await startReceiver();
    const shape = ({ status, text, headers }: Answer) => {
      const stable = [...headers].filter(([name]) => !["date", "x-request-id"].includes(name));
      return { status, text, headers: stable };
    };
    const unknown = shape(await post(PUNCH, JSON_TYPE, `${origin}/nowhere`));
    for (const path of [
      "",
      "x",
      `${SECRET}x`,
      SECRET.slice(0, -1),
      `${SECRET}/`,
      `/${SECRET}`,
      SECRET.toUpperCase(),
      "%00",
      "🔑",
    ]) {
      expect(shape(await post(PUNCH, JSON_TYPE, `${origin}${CALLBACKS_PATH}${path}`))).toEqual(unknown);
    }
    for (const method of ["GET", "PUT", "DELETE"]) {
      expect(shape(await send(`${origin}${CALLBACKS_PATH}wrong`, { method }))).toEqual(
        shape(await send(`${origin}/nowhere`, { method })),
      );
    }
    expect(await events()).toEqual([]);
    expect(await log.quarantined(10)).toEqual([]);
  });

  test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s gets 405", async (method) => {
    const { url, send } = await startReceiver();
    const { status, headers } = await send(url, { method });
    expect([status, headers.get("allow")]).toEqual([405, "POST"]);
  });

  test.each([
    ["application/json", 200],
    ["application/json; charset=utf-8", 200],
    ["APPLICATION/JSON", 200],
    ["application/vnd.gateway+json", 200],
    ["text/plain", 200],
    ["text/plain;charset=UTF-8", 200],
    ["text/json", 200],
    ["application/x-www-form-urlencoded", 200],
    ["text/html", 415],
    ["application/xml", 415],
    ["application/jsonx", 415],
    ["image/jpeg", 415],
    ["multipart/form-data; boundary=x", 200],
    ["application/octet-stream", 200],
    ["application/x-ndjson", 200],
    ["application/json, text/plain", 200],
    ["json", 200],
    ["*/*", 200],
    ["", 200],
  ])("a body of type %j: %i", async (contentType, expected) => {
    const { post } = await startReceiver();
    expect((await post(JSON.stringify(PUNCH), { "content-type": contentType })).status).toBe(expected);
  });

  test.each(["stgid", "STGID", "StgId"])("?%s= names the device", async (name) => {
    const { url, post, events } = await startReceiver();
    const { DeviceSN: _device, ...body } = MINIMUM;
    expect((await post(body, JSON_TYPE, `${url}?x=1&${name}=${DEVICE}`)).status).toBe(200);
    expect(await events()).toMatchObject([{ DeviceSN: DEVICE }]);
  });

  test("a body without a content type is accepted", async () => {
    const { url, events } = await startReceiver();
    const status = await new Promise((resolve, reject) => {
      httpRequest(url, { method: "POST" }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end(JSON.stringify(PUNCH));
    });
    expect(status).toBe(200);
    expect(await events()).toHaveLength(1);
  });

  test("a body in chunks is decoded up to the limit; a larger one that nothing but a token authenticates gets 413", async () => {
    const maxBytes = 64 * 1024;
    const { url, post, events, log } = await startReceiver({ maxBytes, pathAuthenticates: false });
    const text = JSON.stringify(PUNCH);
    for (const encoding of ["zstd", "compress", "gzip, compress"])
      expect((await post(text, { ...JSON_TYPE, "content-encoding": encoding })).status).toBe(415);
    const chunked = async (body: string): Promise<number> => {
      const stream = new ReadableStream({
        start(controller) {
          for (let start = 0; start < body.length; start += 1000)
            controller.enqueue(Buffer.from(body.slice(start, start + 1000)));
          controller.close();
        },
      });
      const options: RequestInit & { readonly duplex: "half" } = {
        method: "POST",
        headers: JSON_TYPE,
        body: stream,
        duplex: "half",
      };
      return (await fetch(url, options)).status;
    };
    const sized = (bytes: number) => text.padEnd(bytes, " ");
    expect(await chunked(sized(maxBytes))).toBe(200);
    expect(await chunked(sized(maxBytes + 1))).toBe(413);
    expect((await post(sized(maxBytes))).status).toBe(200);
    expect((await post(sized(maxBytes + 1))).status).toBe(413);
    expect(await events()).toHaveLength(1);
    expect(await log.quarantined(10)).toEqual([]);
  });

  test("a photo of almost 4 MiB is decoded by default, a larger one is kept as a note, and neither is stored", async () => {
    const { post, events, log, lines } = await startReceiver();
    const UserUpdated = { Photo: { Type: "Base64", UserId: "1042", Data: "" } };
    const body = (Data: string) => ({
      RealTime: {
        SerialNumber: DEVICE,
        AuthToken: ACCOUNT_TOKEN,
        UserUpdated: { Photo: { ...UserUpdated.Photo, Data } },
      },
    });
    const room = 4 * 1024 * 1024 - JSON.stringify(body("")).length;
    expect((await post(body("A".repeat(room)))).status).toBe(200);
    expect((await post(body("A".repeat(room + 1)))).status).toBe(200);
    expect(await log.quarantined(10)).toMatchObject([{ reason: expect.stringMatching(/^The body has 4194305 bytes/) }]);
    expect(JSON.stringify([await events(), await log.quarantined(10), lines])).not.toContain("AAAAAAAA");
    expect(await events()).toHaveLength(1);
  });

  test("all unauthenticated callbacks get the same response, and nothing is stored", async () => {
    const { post, url, events } = await startReceiver();
    const wrong = [undefined, "", "x", [ACCOUNT_TOKEN], 7, { $ne: "" }, null].map((AuthToken) => ({
      ...PUNCH,
      AuthToken,
    }));
    const answers = await Promise.all(wrong.map((body) => post(body)));
    const elsewhere = [
      post(
        { ...PUNCH, AuthToken: undefined },
        { ...JSON_TYPE, "auth-token": ACCOUNT_TOKEN, authorization: `Bearer ${ACCOUNT_TOKEN}` },
      ),
      post({ ...PUNCH, AuthToken: undefined }, JSON_TYPE, `${url}?AuthToken=${ACCOUNT_TOKEN}`),
    ];
    const responses = [...answers, ...(await Promise.all(elsewhere))].map(({ status, text }) => `${status} ${text}`);
    expect(new Set(responses)).toEqual(new Set(['401 {"error":"CALLBACK_UNAUTHENTICATED"}']));
    expect(await events()).toEqual([]);
  });

  test("an unavailable log causes 503 with Retry-After; so does any other failure, which is logged", async () => {
    const log = createMemoryLog({ maxEvents: 10, dedupeMs: 1000, now: Date.now });
    const failing = (fault: Error): EventLog => ({
      ...log,
      append: async () => {
        throw fault;
      },
    });
    const down = await startReceiver({ log: failing(new StoreUnavailableError("event log", "down")) });
    const first = await down.post(PUNCH);
    expect([first.status, first.headers.get("retry-after")]).toEqual([503, "5"]);
    const broken = await startReceiver({ log: failing(new TypeError("a fault of ours")) });
    const second = await broken.post(PUNCH);
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(second.text).not.toContain("fault");
    expect(broken.lines.join("")).toContain("a fault of ours");
  });

  test("an unreadable body is acknowledged, logged without its values, and quarantined", async () => {
    const { post, lines, log } = await startReceiver();
    expect((await post({ ...PUNCH, AttendanceLog: "c4nary" })).text).toBe('{"status":"done"}');
    const [kept] = await log.quarantined(10);
    expect(kept).toMatchObject({ reason: "AttendanceLog: expected a date and time" });
    const line = lines.find((each) => each.includes("quarantine"));
    expect(JSON.parse(line ?? "")).toMatchObject({
      level: "warn",
      count: 1,
      reason: "AttendanceLog: expected a date and time",
    });
    expect(lines.join("")).not.toContain("c4nary");
  });

  test("a client that disconnects during its body leaves nothing behind", async () => {
    const { url, lines, events } = await startReceiver();
    const request = httpRequest(url, { method: "POST", headers: { ...JSON_TYPE, "content-length": "1000" } });
    request.on("error", () => {});
    request.write('{"Event":');
    await until(() => request.socket?.writableLength === 0 && request.socket.bytesWritten > 0);
    request.destroy();
    await until(() => lines.some((line) => line.includes('"aborted":true')));
    expect(await events()).toEqual([]);
    expect(lines.filter((line) => line.includes("error"))).toEqual([]);
  });

  test("no log line contains the secret or the token", async () => {
    const { origin, url, post, send, lines } = await startReceiver({ signingSecret: "c4nary-signing-secret" });
    const signature = `sha256=${createHmac("sha256", "c4nary-signing-secret").update("{}").digest("hex")}`;
    await post(PUNCH);
    await post("{}", { ...JSON_TYPE, "x-gateway-signature": signature });
    await post("no JSON", JSON_TYPE, `${url}?stgid=x&AuthToken=${ACCOUNT_TOKEN}`);
    await send(url, { method: "GET" });
    for (const path of [
      `${CALLBACKS_PATH}${SECRET}/x`,
      `/x${CALLBACKS_PATH}${SECRET}`,
      `/CALLBACKS/${SECRET}`,
      `/callbacks/./${SECRET}`,
    ]) {
      await send(origin + path, { method: "POST", body: "x" });
    }
    await until(() => lines.filter((line) => line.includes('"message":"request"')).length === 8);
    expect(lines.join("")).not.toMatch(new RegExp(`c4nary|${ACCOUNT_TOKEN}|${signature}`));
    const paths = lines
      .map((line) => (JSON.parse(line) as { path?: string }).path)
      .filter((path) => path !== undefined);
    expect(new Set(paths)).toEqual(new Set(["/callbacks/***", "/x/callbacks/***", "/CALLBACKS/***"]));
  });
});

describe("sources", () => {
  const from = async (sources: CallbackHandlerOptions["sources"], forwarded?: string): Promise<number> => {
    const { post } = await startReceiver(sources === undefined ? {} : { sources });
    const header = forwarded === undefined ? undefined : { "x-forwarded-for": forwarded };
    return (await post(PUNCH, { ...JSON_TYPE, ...header })).status;
  };

  test.each([
    ["an address of the list", { allow: ["127.0.0.1"] }, undefined, 200],
    ["a network of the list", { allow: ["10.0.0.0/8", "127.0.0.0/8"] }, undefined, 200],
    ["another address", { allow: ["203.0.113.0/24"] }, undefined, 403],
    ["another address that says it was sent on", { allow: ["203.0.113.0/24"] }, "203.0.113.7", 403],
    ["an address that says it is another", { allow: ["127.0.0.1"] }, "198.51.100.1", 200],
    ["a known proxy", { allow: ["203.0.113.0/24"], proxies: ["127.0.0.0/8"] }, "203.0.113.7", 200],
    ["a known proxy that writes ports", { allow: ["203.0.113.7"], proxies: ["127.0.0.1"] }, "203.0.113.7:51234", 200],
    [
      "known proxies that write ports and brackets",
      { allow: ["2001:db8::7"], proxies: ["127.0.0.1", "10.0.0.0/8"] },
      "[2001:db8::7]:51234, 10.1.1.1:80",
      200,
    ],
    ["a known proxy that writes brackets", { allow: ["2001:db8::7"], proxies: ["127.0.0.1"] }, "[2001:db8::7]", 200],
    ["a port without an address", { allow: ["203.0.113.7"], proxies: ["127.0.0.1"] }, "203.0.113:7", 403],
    [
      "a known proxy, with one of IPv6 behind",
      { allow: ["2001:db8::/32"], proxies: ["127.0.0.1"] },
      "2001:db8::7",
      200,
    ],
    [
      "a chain of known proxies",
      { allow: ["203.0.113.7"], proxies: ["127.0.0.1", "10.0.0.0/8"] },
      "203.0.113.7, 10.1.1.1",
      200,
    ],
    ["a forged first hop", { allow: ["203.0.113.7"], proxies: ["127.0.0.1"] }, "203.0.113.7, 198.51.100.1", 403],
    [
      "forged hops in number",
      { allow: ["203.0.113.7"], proxies: ["127.0.0.1", "10.0.0.0/8"] },
      "203.0.113.7, 10.1.1.1, 198.51.100.1, 10.1.1.1",
      403,
    ],
    ["a proxy that says nothing", { allow: ["203.0.113.7"], proxies: ["127.0.0.1"] }, undefined, 403],
    ["a proxy that says nonsense", { allow: ["203.0.113.7"], proxies: ["127.0.0.1"] }, "203.0.113.7, unknown", 403],
  ])("%s: %s", async (_name, sources, forwarded, expected) => {
    expect(await from(sources, forwarded)).toBe(expected);
  });

  test("an invalid address is found at the start", () => {
    const start = (range: string) => startReceiver({ sources: { allow: [range] } });
    return Promise.all(
      ["x", "300.0.0.1", "10.0.0.0/33", "10.0.0.0/x"].map((range) => expect(start(range)).rejects.toThrow()),
    );
  });
});

test("while the oldest callback waits for too long, further ones get 503 with Retry-After, and nothing of them is stored", async () => {
  const inner = createMemoryLog({ maxEvents: 100_000, dedupeMs: 86_400_000, now: Date.now });
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let appending = 0;
  const append: EventLog["append"] = async (events) => {
    appending += 1;
    await opened;
    return inner.append(events);
  };
  const receiver = await startReceiver({ log: { ...inner, append }, maxAgeMs: 200 });
  const numbered = (number: number) => receiver.post({ ...PUNCH, EventID: `evt_${number}`, EmployeeCode: `${number}` });
  const accepted = [numbered(1), numbered(2)];
  // A sender that is slow with its body delays nobody.
  const slow = httpRequest(receiver.url, { method: "POST", headers: { ...JSON_TYPE, "content-length": 1_000 } });
  slow.on("error", () => {}).write("{");
  onTestFinished(() => void slow.destroy());
  // Their age does not depend on the time of day.
  await until(() => appending === 2);
  setBack();
  let number = 2;
  const refused = async (): Promise<Answer> => {
    number += 1;
    const answer = numbered(number);
    const isEarly = Symbol("it was accepted");
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, isEarly))]);
    if (first === isEarly) accepted.push(answer);
    return first === isEarly ? refused() : (first as Answer);
  };
  const { status, headers, text } = await refused();
  expect([status, headers.get("retry-after"), JSON.parse(text)]).toEqual([503, "1", { error: "CALLBACK_LATER" }]);
  open();
  for (const answer of accepted) expect(await answer).toMatchObject({ status: 200, text: '{"status":"done"}' });
  expect(await receiver.events()).toHaveLength(accepted.length);
  expect(await numbered(number)).toMatchObject({ status: 200 });
});
