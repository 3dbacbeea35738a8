import { createHmac } from "node:crypto";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../../src/app/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { openSandbox } from "../kit/gateway/upstream.ts";
import { openRewritingGateway } from "../kit/gateway/rewrite.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { withRedis } from "../kit/with-redis.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const SECRET = "c4nary-secret-of-the-path-0123456789";
const DEVICE_TOKEN = "c4naryDeviceToken0123456789abcde";
const DEVICE = "SN7A2300583";
const PIN = "40718293";
const CARD = "0098765432";
const TEMPLATE = Buffer.from("a template of a finger ".repeat(30)).toString("base64");
const WRAPPED = TEMPLATE.replaceAll(/.{76}/g, "$&\r\n");

/** Everything in Redis: names, and values of all types. */
const dump = async (url: string): Promise<string> => {
  const client = new Redis(url);
  try {
    const keys = await client.keys("*");
    const values = await Promise.all(
      keys.map(async (key) => {
        const type = await client.type(key);
        if (type === "stream") return client.xrange(key, "-", "+");
        if (type === "hash") return client.hgetall(key);
        if (type === "string") return client.get(key);
        return type;
      }),
    );
    return JSON.stringify([keys, values]);
  } finally {
    client.disconnect();
  }
};

/** Portico in front of a gateway that echoes secrets in its texts, with its log in Redis. */
const open = async (env: Record<string, string> = {}) => {
  const sandbox = await openSandbox();
  const redis = await withRedis();
  const callbackToken = createHmac("sha256", SECRET).update("callback token").digest("base64url");
  const secrets = [sandbox.token, SECRET, callbackToken, DEVICE_TOKEN];
  const echo = [
    ...secrets,
    `http://127.0.0.1/callbacks/${SECRET}?token=${encodeURIComponent(sandbox.token)}`,
    JSON.stringify({ AuthToken: sandbox.token }),
  ].join(" | ");
  const ECHOING = /^(DeviceLabel|Model|Vendor|FirstName|LastName|EmployeeName|Message|FailureReason|DoorLabel|Field)$/;
  const url = await openRewritingGateway(sandbox, { member: (name, value) => (ECHOING.test(name) ? echo : value) });
  const lines: string[] = [];
  const config = parseConfig({
    PORT: "0",
    ACCESS: "open",
    GATEWAY_URL: url,
    GATEWAY_AUTH_TOKEN: sandbox.token,
    GATEWAY_DEVICE_TOKENS: `SN7A2300584=${DEVICE_TOKEN}`,
    CALLBACK_SECRET: SECRET,
    REDIS_URL: redis.url,
    LINK_SECRET: "l".repeat(48),
    ...env,
  });
  const app = await startApp(config, { log: { write: (line) => void lines.push(line) } });
  onTestFinished(app.stop);
  const [account] = app.accounts.values();
  if (account === undefined) throw new Error("The app must have an account.");
  const { log } = account;
  const ask = async (query: string, variables: object = {}): Promise<string> => {
    const response = await fetch(`${app.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    return response.text();
  };
  const push = async (body: unknown, headers: Record<string, string> = {}): Promise<number> => {
    const response = await fetch(`${app.url}/callbacks/${SECRET}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return response.status;
  };
  return { app, ask, push, lines, secrets, echo, sandbox, redisUrl: redis.url, log };
};

const PERIOD = `from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00"`;
const READS = [
  `{ devices { nodes { name model } } }`,
  `{ device(serialNumber: "${DEVICE}") { name model doors { name } users { nodes { name } } } }`,
  `{ user(employeeCode: "1042") { name firstName lastName devices { nodes { name } } } }`,
  `{ punches(${PERIOD}) { nodes { user { name } device { name } } } }`,
  `{ device(serialNumber: "SN0000000000") { name } }`,
  `mutation { openDoor(input: { serialNumber: "${DEVICE}", doorNumber: 1 }) {
     command { failureReason status device { name } } userErrors { message code path } } }`,
  `mutation { deleteUser(input: {
    employeeCode: "nobody", from: { serialNumbers: ["${DEVICE}"] }, options: { idempotencyKey: "key-0001" } }) {
     commands { failureReason } userErrors { message } } }`,
  `mutation { openDoor(input: { serialNumber: "SN0000000000", doorNumber: 1 }) { command { id } userErrors { message } } }`,
];

test("what the gateway echoes of secrets reaches no answer, no log line and no value in Redis", async () => {
  const { ask, lines, secrets, redisUrl } = await open();
  const answers: string[] = [];
  for (const query of READS) answers.push(await ask(query));
  expect(answers.join("")).toContain("[redacted]");
  expect(answers.join("")).not.toContain("GRAPHQL_VALIDATION_FAILED");
  for (const text of [...answers, lines.join(""), await dump(redisUrl)])
    for (const secret of secrets) expect(text).not.toContain(secret);
});

test("events keep no secret by its value, in whatever member the gateway sends it", async () => {
  const { app, push, ask, lines, secrets, echo, log, sandbox, redisUrl } = await open();
  const live = subscribeBySocket<object>(app.url, `subscription { enrollmentUpdated { failureReason } }`);
  await expect.poll(app.live.subscribers).toBe(1);
  const { token: AuthToken } = sandbox;
  const enrollment = {
    Event: "enrollment.update",
    EventID: "evt_1",
    AuthToken,
    DeviceSN: DEVICE,
    EmployeeCode: "1042",
    Action: "UserAdded",
    EnrollmentStatus: "Failed",
    Source: "Command",
    FailureReason: echo,
  };
  expect(await push(enrollment)).toBe(200);
  expect(await push({ ...enrollment, EventID: AuthToken, EmployeeCode: AuthToken })).toBe(200);
  const punch = { DeviceSN: DEVICE, EmployeeCode: "1042", AttendanceLog: "2026-06-20 09:00:02" };
  expect(
    await push({ ...punch, PunchID: SECRET, EmployeeName: echo, DeviceLabel: echo.slice(0, 200), AuthToken }),
  ).toBe(200);
  expect(await push({ Event: "new.kind", EventID: "evt_2", AuthToken, Said: echo, Deep: [{ x: { y: [echo] } }] })).toBe(
    200,
  );
  expect(await push({ Event: `new.${SECRET}`, EventID: "evt_3", AuthToken })).toBe(200);
  expect(await push({ ...punch, AttendanceLog: echo, Note: echo, AuthToken })).toBe(200);
  expect(await push(`no JSON ${echo}`)).toBe(200);
  const escaped = JSON.stringify({ ...enrollment, EventID: "evt_4" }).replaceAll(
    SECRET,
    String.raw`\u0063${SECRET.slice(1)}`,
  );
  expect(await push(escaped)).toBe(200);
  await expect.poll(() => live.events.length).toBe(3);
  const page = await ask(
    `{ events { nodes { ... on EnrollmentUpdated { failureReason enrollment { user { employeeCode } } } } } }`,
  );
  expect(await log.quarantined(10)).toHaveLength(2);
  const seen = [
    JSON.stringify(live.events),
    page,
    JSON.stringify(await log.quarantined(10)),
    lines.join(""),
    await dump(redisUrl),
  ];
  for (const text of seen) for (const secret of secrets) expect(text).not.toContain(secret);
  expect(seen[0]).toContain("[redacted]");
});

const NAMES = [
  "Password,PASSWD,Pwd,user_pwd,Passcode,pass-code,PassCode1,Pass,NewPassword,pass phrase",
  "PIN,Pin,pin,P.I.N.,p_i_n,PinCode,pin_no,UserPIN,userpin,new-pin,PINs",
  "CardNumber,Card,card_no,CARDNO,cardnumber,RfidCard,IDCard,Card Number,cards",
].flatMap((names) => names.split(","));
const values = [PIN, Number(PIN), [PIN], { deep: [PIN] }, CARD];

test("passwords, PINs and cards in bodies that are not known are kept nowhere, in any spelling and depth", async () => {
  const { push, lines, log, sandbox, redisUrl } = await open();
  const { token: AuthToken } = sandbox;
  let count = 0;
  const bodyOf = (members: object) => ({
    Event: "new.kind",
    EventID: `evt_${(count += 1)}`,
    AuthToken,
    DeviceSN: DEVICE,
    ...members,
  });
  for (const name of NAMES) {
    for (const value of values)
      expect(await push(bodyOf({ [name]: value, More: [{ a: { [name]: value } }] }))).toBe(200);
    const text = JSON.stringify({ [name]: PIN });
    expect(await push(bodyOf({ Payload: text, Twice: JSON.stringify(text) }))).toBe(200);
    expect(await push({ hello: 1, [name]: PIN, deep: [[{ [name]: CARD }]] })).toBe(200);
    expect(await push(`{"half": 1, "x": {"${name}": "${PIN}", `)).toBe(200);
    expect(await push(bodyOf({ Pair: { Name: name, Value: PIN }, List: [{ Type: name, Number: CARD }] }))).toBe(200);
  }
  for (const text of [
    `<User><Password>${PIN}</Password><Card no="1">${CARD}</Card></User>`,
    `Password=${PIN}&pin=${PIN}&Card: ${CARD}`,
  ]) {
    expect(await push(bodyOf({ Text: text }))).toBe(200);
    expect(await push(`x ${text}`)).toBe(200);
  }
  expect((await loggedEvents(log, "0-0", 1_000)).length + (await log.quarantined(1_000)).length).toBe(
    count + NAMES.length * 2 + 2,
  );
  const kept = [
    JSON.stringify(await loggedEvents(log, "0-0", 1_000)),
    JSON.stringify(await log.quarantined(1_000)),
    lines.join(""),
  ];
  for (const text of [...kept, await dump(redisUrl)])
    for (const secret of [PIN, CARD]) expect(text).not.toContain(secret);
});

test("templates and pictures are kept nowhere, under whatever name", async () => {
  const { push, lines, log, sandbox, redisUrl } = await open();
  const { token: AuthToken } = sandbox;
  const bytes = [...Buffer.from(TEMPLATE)];
  const forms = {
    Blob: TEMPLATE,
    Lines: WRAPPED,
    Url: TEMPLATE.replaceAll("+", "-"),
    Hex: Buffer.from(TEMPLATE).toString("hex"),
    Bytes: bytes,
  };
  expect(
    await push({
      Event: "new.kind",
      EventID: "evt_1",
      AuthToken,
      ...forms,
      deep: [{ forms }],
      Said: JSON.stringify(forms),
    }),
  ).toBe(200);
  expect(await push({ hello: 1, ...forms })).toBe(200);
  expect(await push(`hello ${TEMPLATE} and ${WRAPPED} and ${JSON.stringify(WRAPPED)}`)).toBe(200);
  expect(await log.quarantined(10)).toHaveLength(2);
  const all = [
    JSON.stringify(await loggedEvents(log, "0-0", 10)),
    JSON.stringify(await log.quarantined(10)),
    lines.join(""),
    await dump(redisUrl),
  ];
  const pieces = [
    TEMPLATE.slice(0, 40),
    TEMPLATE.slice(300, 340),
    Buffer.from(TEMPLATE).toString("hex").slice(0, 40),
    bytes.slice(0, 20).join(","),
  ];
  for (const text of all) for (const piece of pieces) expect(text).not.toContain(piece);
});

test("what is no secret stays: counts, kinds, and words that only contain one", async () => {
  const { push, log, sandbox } = await open();
  const members = {
    Shipping: "x",
    Opinion: 1,
    Discard: "yes",
    HasPhoto: true,
    Spinner: "a",
    EmployeeCode: "1042",
    LogTime: "2026-06-20 09:00:02",
    Compass: "n",
    Passage: "b",
    CredentialType: "Face",
    Kind: "attendance",
    Note: "at 09:00: two=2",
    Numbers: [1, 2, 3],
  };
  expect(await push({ Event: "new.kind", EventID: "evt_1", AuthToken: sandbox.token, ...members })).toBe(200);
  const [event] = await loggedEvents(log, "0-0", 10);
  expect(event?.body).toMatchObject({ kind: "other", members });
});
