import { createHmac } from "node:crypto";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type TestApp, startPortico } from "../kit/portico/app.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const SECRET = "c".repeat(40);
const DEVICE = "SN7A2300583";
const MEBI = 1024 * 1024;

const open = (env: Record<string, string> = {}) => startPortico({}, { CALLBACK_SECRET: SECRET, ...env });

const push = async (app: TestApp, body: string | Buffer, headers: Record<string, string> = {}): Promise<number> => {
  const options = {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : new Uint8Array(body),
  };
  const answer = await fetch(`${app.url}/callbacks/${SECRET}`, options);
  expect([answer.status, await answer.text()].join(" ")).toMatch(/^(200 {"status":"done"}|4\d\d {"error":"\w+"})$/);
  return answer.status;
};

/** The codes of the punches in the log, in order. */
const codes = async (app: TestApp): Promise<readonly (string | null)[]> =>
  (await loggedEvents(app.log, "0-0", 1000)).map(({ body }) =>
    body.kind === "attendance.new" ? body.punch.EmployeeCode : null,
  );

const reasons = async (app: TestApp): Promise<readonly string[]> =>
  (await app.log.quarantined(1000)).map(({ reason }) => reason);

const punchOf = (EmployeeCode: string, AuthToken: unknown) => ({
  EventID: `evt_${EmployeeCode}`,
  Event: "attendance.new",
  AuthToken,
  DeviceSN: DEVICE,
  EmployeeCode,
  AttendanceLog: "2026-06-20 09:00:02",
  Type: "face",
  Direction: "CheckIn",
});

const utf16 = (text: string, big: boolean, mark = true): Buffer => {
  const bytes = Buffer.from(`${mark ? "\ufeff" : ""}${text}`, "utf16le");
  return big ? bytes.swap16() : bytes;
};

const multipart = (fields: Readonly<Record<string, string>>, boundary = "----x7"): string =>
  [
    ...Object.entries(fields).map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
    `--${boundary}--\r\n`,
  ].join("");

interface Form {
  readonly name: string;
  readonly bytes: (text: string) => string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const formOf = (text: string): string => new URLSearchParams(JSON.parse(text) as Record<string, string>).toString();

const FORMS: readonly Form[] = [
  { name: "gzip", bytes: gzipSync, headers: { "content-encoding": "gzip" } },
  { name: "x-gzip in capitals", bytes: gzipSync, headers: { "content-encoding": "X-GZIP" } },
  { name: "deflate", bytes: deflateSync, headers: { "content-encoding": "deflate" } },
  { name: "deflate without its header", bytes: deflateRawSync, headers: { "content-encoding": "deflate" } },
  { name: "brotli", bytes: brotliCompressSync, headers: { "content-encoding": "br" } },
  {
    name: "gzip twice",
    bytes: (text) => gzipSync(gzipSync(text)),
    headers: { "content-encoding": "gzip, identity,gzip" },
  },
  { name: "no coding", bytes: (text) => text, headers: { "content-encoding": "identity" } },
  { name: "a character set as its coding", bytes: (text) => text, headers: { "content-encoding": "UTF-8" } },
  { name: "gzip and a character set", bytes: gzipSync, headers: { "content-encoding": "gzip, utf-8" } },
  { name: "gzip that was removed on the way", bytes: (text) => text, headers: { "content-encoding": "gzip" } },
  { name: "gzip of which one was removed", bytes: gzipSync, headers: { "content-encoding": "gzip, gzip" } },
  { name: "brotli that was removed on the way", bytes: (text) => text, headers: { "content-encoding": "br" } },
  { name: "deflate that was removed on the way", bytes: (text) => text, headers: { "content-encoding": "deflate" } },
  { name: "JSON with the end of a text in C behind it", bytes: (text) => `${text}\0` },
  { name: "UTF-16 LE", bytes: (text) => utf16(text, false) },
  { name: "UTF-16 BE", bytes: (text) => utf16(text, true) },
  { name: "UTF-16 LE without a mark", bytes: (text) => utf16(text, false, false) },
  { name: "UTF-16 BE without a mark", bytes: (text) => utf16(text, true, false) },
  { name: "UTF-16 in gzip", bytes: (text) => gzipSync(utf16(text, true)), headers: { "content-encoding": "gzip" } },
  {
    name: "Latin 1",
    bytes: (text) => Buffer.from(text, "latin1"),
    headers: { "content-type": "application/json; charset=ISO-8859-1" },
  },
  {
    name: "an unknown character set",
    bytes: (text) => text,
    headers: { "content-type": "application/json; charset=x-none" },
  },
  { name: "octets", bytes: (text) => text, headers: { "content-type": "application/octet-stream" } },
  { name: "a type that is empty", bytes: (text) => text, headers: { "content-type": "" } },
  { name: "a list of one", bytes: (text) => `[${text}]` },
  { name: "a list in JSON text", bytes: (text) => JSON.stringify(`[${text}]`) },
  {
    name: "a form field",
    bytes: (text) => `request_data=${encodeURIComponent(text)}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  {
    name: "a form of octets",
    bytes: formOf,
    headers: { "content-type": "application/octet-stream" },
  },
  { name: "a form that calls itself JSON", bytes: formOf },
  { name: "a form of plain text", bytes: formOf, headers: { "content-type": "text/plain" } },
  {
    name: "multipart with JSON",
    bytes: (text) => multipart({ event: text }),
    headers: { "content-type": 'multipart/form-data; boundary="----x7"' },
  },
  {
    name: "multipart with members",
    bytes: (text) => multipart(JSON.parse(text) as Record<string, string>),
    headers: { "content-type": "multipart/form-data; boundary=----x7" },
  },
  { name: "multipart that calls itself JSON", bytes: (text) => multipart({ request_data: text, other: "1" }, "b") },
  { name: "wrapped in ApiRequestInfo", bytes: (text) => `{"ApiRequestInfo":${text}}` },
  { name: "wrapped in request_data as text", bytes: (text) => JSON.stringify({ stgid: DEVICE, request_data: text }) },
  { name: "wrapped twice", bytes: (text) => JSON.stringify({ request_data: `{"apirequestinfo":${text}}` }) },
];

describe("bodies in other forms", () => {
  test.each(FORMS)("$name: decoded, and its token is checked", async ({ bytes, headers }) => {
    const app = await open();
    const send = (code: string, token: unknown) => push(app, bytes(JSON.stringify(punchOf(code, token))), headers);
    expect(await send("1", "x".repeat(32))).toBe(401);
    expect(await send("2", app.sandbox.token)).toBe(200);
    expect(await codes(app)).toEqual(["2"]);
    expect(await reasons(app)).toEqual([]);
  });

  const LISTS: readonly (readonly [string, (bodies: readonly unknown[]) => string])[] = [
    ["a list", (bodies) => JSON.stringify(bodies)],
    ["lines", (bodies) => bodies.map((each) => JSON.stringify(each)).join("\n")],
    ["lines with blank ones between", (bodies) => bodies.map((each) => JSON.stringify(each)).join("\r\n\r\n")],
  ];
  test.each(LISTS)(
    "several bodies as %s are stored in order, and a wrong token in one refuses all",
    async (_name, join) => {
      const app = await open();
      const { token } = app.sandbox;
      const legacy = {
        RealTime: { SerialNumber: DEVICE, AuthToken: token, PunchLog: { UserID: "3", LogTime: "2026-06-20 09:00:02" } },
      };
      expect(await push(app, join([punchOf("1", token), punchOf("2", token), legacy]))).toBe(200);
      expect(await codes(app)).toEqual(["1", "2", "3"]);
      for (const wrong of ["x", "", 7, [token]])
        expect(await push(app, join([punchOf("4", token), punchOf("5", wrong)]))).toBe(401);
      expect(await push(app, join([punchOf("6", token), punchOf("7", undefined)]))).toBe(200);
      expect(await push(app, join([punchOf("8", undefined), punchOf("9", undefined)]))).toBe(401);
      expect(await push(app, join([punchOf("10", token), { hello: 1 }, punchOf("11", token)]))).toBe(200);
      expect(await codes(app)).toEqual(["1", "2", "3", "6", "7", "10", "11"]);
      expect(await reasons(app)).toEqual(["value: expected an event of the gateway"]);
    },
  );

  test("a line that is not JSON costs that line", async () => {
    const app = await open();
    const { token } = app.sandbox;
    const lines = [JSON.stringify(punchOf("1", token)), '{"half": ', JSON.stringify(punchOf("2", token))];
    expect(await push(app, lines.join("\n"))).toBe(200);
    expect(await codes(app)).toEqual(["1", "2"]);
    expect(await reasons(app)).toEqual(["value: expected an object"]);
  });

  test("a list with far too many bodies is one that cannot be decoded", async () => {
    const app = await open();
    const began = performance.now();
    expect(await push(app, `[${"{},".repeat(1_300_000)}{}]`)).toBe(200);
    expect(await push(app, `{}\n`.repeat(1_300_000))).toBe(200);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await reasons(app)).toHaveLength(2);
  });

  test.each([
    ["an unknown request of version 2", { ApiRequestInfo: { Operation: "Sync", Rows: [1] } }],
    ["a wrapper without a body", { request_data: "nothing" }],
  ])("%s is kept in quarantine, and its token is checked", async (_name, body) => {
    const app = await open();
    const { token } = app.sandbox;
    const withToken = (AuthToken: string) => JSON.stringify({ ...body, AuthToken });
    expect(await push(app, withToken("x"))).toBe(401);
    expect(await push(app, JSON.stringify(body))).toBe(401);
    expect(await push(app, withToken(token))).toBe(200);
    expect(await reasons(app)).toHaveLength(1);
    expect(JSON.stringify(await app.log.quarantined(10))).not.toContain(token);
  });
});

describe("a token that stands twice", () => {
  const twice = (first: string, second: string, name = "AuthToken") =>
    JSON.stringify(punchOf("1", second)).replace("{", `{"${name}":${JSON.stringify(first)},`);

  test.each([
    ["the right one first", (token: string) => [twice(token, "x")]],
    ["the right one last", (token: string) => [twice("x", token), twice("", token)]],
    ["with an escape in its name", (token: string) => [twice("x", token, String.raw`Auth\u0054oken`)]],
    ["in another case", (token: string) => [twice("x", token, "AUTHTOKEN")]],
    ["no text", (token: string) => [twice("x", token).replace('"x"', "7"), twice("x", token).replace('"x"', '["x"]')]],
    ["in a part", (token: string) => [`{"RealTime":${twice("x", token)}}`, `{"ApiRequestInfo":${twice("x", token)}}`]],
    ["in one of a list", (token: string) => [`[${JSON.stringify(punchOf("2", token))},${twice("x", token)}]`]],
    ["in a line", (token: string) => [`${JSON.stringify(punchOf("2", token))}\n${twice("x", token)}`]],
    ["in JSON text", (token: string) => [JSON.stringify(twice("x", token))]],
  ])("%s: refused", async (_name, bodiesOf) => {
    const app = await open();
    for (const body of bodiesOf(app.sandbox.token)) expect(await push(app, body), body).toBe(401);
    expect(await codes(app)).toEqual([]);
  });

  test("with the same value, or in a text that only mentions it: taken", async () => {
    const app = await open();
    const { token } = app.sandbox;
    expect(await push(app, twice(token, token))).toBe(200);
    expect(await push(app, JSON.stringify({ ...punchOf("2", token), Note: `{"AuthToken":"x","AuthToken":"y"}` }))).toBe(
      200,
    );
    expect(await push(app, JSON.stringify({ ...punchOf("3", token), Device: { AuthToken: "of another" } }))).toBe(200);
    expect(await codes(app)).toEqual(["1", "2", "3"]);
  });
});

describe("an enrollment of which members are unknown", () => {
  interface Events {
    readonly events: { readonly nodes: readonly object[] };
  }
  const FIELDS = `... on EnrollmentUpdated { action succeeded command { id status } enrollment { user { employeeCode } } }`;
  const ENROLLMENT = {
    Event: "enrollment.update",
    DeviceSN: DEVICE,
    EmployeeCode: "1042",
    Action: "UserAdded",
    EnrollmentStatus: "Completed",
    Source: "Device",
  };
  const UPDATED = {
    action: "USER_ADDED",
    succeeded: true,
    command: null,
    enrollment: { user: { employeeCode: "1042" } },
  };
  const OTHER_VALUES = [undefined, null, 7, true, ["Completed"], { word: "Completed" }];

  const deliver = async (bodies: readonly object[]) => {
    const app = await open();
    for (const [index, body] of bodies.entries())
      expect(await push(app, JSON.stringify({ ...body, EventID: `evt_${index}`, AuthToken: app.sandbox.token }))).toBe(
        200,
      );
    expect(await reasons(app)).toEqual([]);
    return (await app.ask<Events, object>(`{ events { nodes { ${FIELDS} } } }`, {})).data.events.nodes;
  };

  test.each([
    ["Source", UPDATED],
    ["EnrollmentStatus", { ...UPDATED, succeeded: null }],
    ["Action", { ...UPDATED, action: "OTHER" }],
  ])("%s missing, null or of another type: delivered with what is known", async (member, expected) => {
    const nodes = await deliver(OTHER_VALUES.map((value) => ({ ...ENROLLMENT, [member]: value })));
    expect(nodes).toEqual(OTHER_VALUES.map(() => expected));
  });

  test.each([
    [true, ["Completed", "complete", "Done", "SUCCESS", "Succeeded", "Successful", "ok"]],
    [false, ["Failed", "Failure", "error", "Rejected", "Expired", "Cancelled", "CANCELED"]],
    [null, ["Pending", "Partially", "成功", ""]],
  ])("the outcome is %j: %j", async (succeeded, words) => {
    const nodes = await deliver(words.map((EnrollmentStatus) => ({ ...ENROLLMENT, EnrollmentStatus })));
    expect(nodes).toEqual(words.map(() => ({ ...UPDATED, succeeded })));
  });

  test("a command whose outcome the event does not say is read from the gateway", async () => {
    const app = await open();
    const { data } = await app.ask<{ enrollCard: { commands: readonly { id: string }[] } }, object>(
      `mutation { enrollCard(input: { employeeCode: "1042", serialNumbers: ["${DEVICE}"], cardNumber: "77" }) {
        commands { id } } }`,
      {},
    );
    const id = data.enrollCard.commands[0]?.id;
    const finished = () => app.ask<{ command: { status: string } }, object>(`{ command(id: "${id}") { status } }`, {});
    await expect.poll(async () => (await finished()).data.command.status).toBe("SUCCEEDED");
    const [CommandID] = (await loggedEvents(app.log, "0-0", 1000)).map(({ body }) =>
      body.kind === "enrollment.update" ? body.update.CommandID : null,
    );
    const sent = { ...ENROLLMENT, EventID: "evt_1", AuthToken: app.sandbox.token, EnrollmentStatus: "Pending" };
    expect(await push(app, JSON.stringify({ ...sent, CommandID, OperationID: "op0000000001" }))).toBe(200);
    const { nodes } = (await app.ask<Events, object>(`{ events { nodes { ${FIELDS} } } }`, {})).data.events;
    expect(nodes.at(-1)).toEqual({ ...UPDATED, succeeded: null, command: { id, status: "SUCCEEDED" } });
  });
});

describe("large bodies", () => {
  const sized = (bytes: number, token: string) => JSON.stringify(punchOf("1", token)).padEnd(bytes, " ");

  test("up to 4 MiB are decoded; more are acknowledged, with a note of their size and beginning", async () => {
    const app = await open();
    const { token } = app.sandbox;
    expect(await push(app, sized(4 * MEBI, token))).toBe(200);
    expect(await codes(app)).toEqual(["1"]);
    expect(await push(app, sized(4 * MEBI + 1, token))).toBe(200);
    expect(await push(app, sized(80 * MEBI, token))).toBe(200);
    const kept = await app.log.quarantined(10);
    expect(kept.map(({ reason }) => reason)).toEqual([
      `The body has ${4 * MEBI + 1} bytes, which is too many to decode it.`,
      expect.stringMatching(/^The body has 6[4-9]\d{6} bytes, which is too many to decode it\.$/),
    ]);
    for (const { body } of kept) {
      expect(body).toContain('"EmployeeCode":"1"');
      expect(body).not.toContain(token);
    }
  });

  const signingSecret = "a signing secret of the test";
  const sign = (body: string | Buffer) => `sha256=${createHmac("sha256", signingSecret).update(body).digest("hex")}`;

  test("where bodies are signed, a large one without a valid signature gets 413, and a signed one is acknowledged", async () => {
    const app = await open({ CALLBACK_SIGNING_SECRET: signingSecret });
    const body = sized(5 * MEBI, app.sandbox.token);
    expect(await push(app, body)).toBe(413);
    expect(await push(app, body, { "x-gateway-signature": sign("x") })).toBe(413);
    expect(await reasons(app)).toEqual([]);
    expect(await push(app, body, { "x-gateway-signature": sign(body) })).toBe(200);
    expect(await reasons(app)).toHaveLength(1);
  });

  test("a compressed body may be signed before or after it was compressed", async () => {
    const app = await open({ CALLBACK_SIGNING_SECRET: signingSecret });
    const gzip = { "content-encoding": "gzip" };
    const text = (code: string) => JSON.stringify(punchOf(code, app.sandbox.token));
    expect(await push(app, gzipSync(text("1")), { ...gzip, "x-gateway-signature": sign(text("1")) })).toBe(200);
    expect(await push(app, gzipSync(text("2")), { ...gzip, "x-gateway-signature": sign(gzipSync(text("2"))) })).toBe(
      200,
    );
    expect(await push(app, gzipSync(text("3")), { ...gzip, "x-gateway-signature": sign("x") })).toBe(401);
    expect(await push(app, gzipSync(text("4")), gzip)).toBe(401);
    expect(await codes(app)).toEqual(["1", "2"]);
  });

  test.each([
    ["gzip", gzipSync(Buffer.alloc(400 * MEBI))],
    ["br", brotliCompressSync(Buffer.alloc(400 * MEBI))],
    ["gzip, gzip", gzipSync(gzipSync(Buffer.alloc(400 * MEBI)))],
  ])("a bomb in %s is kept as a note, in bounded time and memory", async (coding, bomb) => {
    const app = await open();
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => push(app, bomb, { "content-encoding": coding })));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEBI);
    expect(new Set(await reasons(app))).toEqual(
      new Set([`The body has more than ${4 * MEBI} bytes after decompression.`]),
    );
  });

  test("a body in a coding that is none, and that cannot be read as it is, is acknowledged and kept", async () => {
    const app = await open();
    expect(await push(app, gzipSync("{}"), { "content-encoding": "UTF-8" })).toBe(200);
    expect(await reasons(app)).toHaveLength(1);
  });

  test.each([
    ["what is no gzip", Buffer.from("hello")],
    ["a gzip that is cut off", gzipSync(JSON.stringify(punchOf("1", "x"))).subarray(0, 60)],
    ["nothing", Buffer.alloc(0)],
  ])("%s is acknowledged and kept", async (_name, body) => {
    const app = await open();
    expect(await push(app, body, { "content-encoding": "gzip" })).toBe(200);
    expect(await reasons(app)).toHaveLength(1);
  });
});

test.each([
  ["a tab", "Gate\t1"],
  ["a line end", "Gate\r\n1"],
  ["a zero", "Gate 1\0"],
])("a body with %s in a text is read", async (_name, label) => {
  const app = await open();
  const body = JSON.stringify({ ...punchOf("0042", app.sandbox.token), DeviceLabel: "Gate 1" });
  expect(await push(app, body.replace("Gate 1", label).replace('"0042"', '"0042\0"'))).toBe(200);
  expect([await codes(app), await reasons(app)]).toEqual([["0042"], []]);
});
