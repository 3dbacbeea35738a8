import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { DEVICE, pageOf, PUNCH, RawAnswer, startOnScratch } from "../kit/gateway/scratch.ts";

const ENVELOPE = { Status: "done", StatusCode: 0, OperationID: "op0000000001", OffSet: "" };
const bytesOf = (members: object, mark = ""): Buffer => Buffer.from(mark + JSON.stringify({ ...ENVELOPE, ...members }));

const PUNCHES = `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { localTime } } }`;
const ROWS = pageOf("AttendanceLogs", [PUNCH]);
const READ = { punches: { nodes: [{ localTime: "2026-11-20T09:00:00" }] } };
const MARK = "\uFEFF";

const startAtGate = async (answer: RawAnswer) => {
  const devices = pageOf("Devices", [DEVICE]);
  return startOnScratch({ ListDevices: devices, GetDeviceInfo: { Device: DEVICE }, GetAttendanceByDate: answer });
};

test("requests to the gateway ask for bodies without codings", async () => {
  const portico = await startAtGate(new RawAnswer(bytesOf(ROWS)));
  await portico.ask(PUNCHES);
  await portico.ask(`mutation { openDoor(input: { serialNumber: "GATE-001" }) { command { id } } }`);
  expect(portico.calls).toContain("OpenDoor");
  expect(new Set(portico.headers.map((headers) => headers["accept-encoding"]))).toEqual(new Set(["identity"]));
});

test.each([
  ["a byte order mark", bytesOf(ROWS, MARK), ""],
  ["gzip", gzipSync(bytesOf(ROWS)), "gzip"],
  ["gzip and a byte order mark", gzipSync(bytesOf(ROWS, MARK)), "GZIP"],
  ["deflate", deflateSync(bytesOf(ROWS)), "deflate"],
  ["deflate without a header of zlib", deflateRawSync(bytesOf(ROWS)), "deflate"],
  ["brotli", brotliCompressSync(bytesOf(ROWS)), "br"],
  ["a coding that was removed on the way", bytesOf(ROWS), "br"],
  ["two codings", gzipSync(brotliCompressSync(bytesOf(ROWS))), "br, gzip"],
])("an answer with %s is read", async (_name, body, coding) => {
  const portico = await startAtGate(new RawAnswer(body, { "content-encoding": coding }));
  const { data, errors } = await portico.ask(PUNCHES);
  expect([data, errors]).toEqual([READ, undefined]);
});

test.each([
  ["more bytes than an answer may have, in few", gzipSync(Buffer.alloc(17 * 1024 * 1024, " ")), "gzip"],
  ["half of its bytes", gzipSync(bytesOf(ROWS)).subarray(0, 60), "gzip"],
  ["another coding than it says", gzipSync(bytesOf(ROWS)), "br"],
  ["an unknown coding", bytesOf(ROWS), "compress"],
])("an answer with %s is an answer that cannot be read", async (_name, body, coding) => {
  const portico = await startAtGate(new RawAnswer(body, { "content-encoding": coding }));
  const { data, errors } = await portico.ask(PUNCHES);
  expect(data).toEqual({ punches: null });
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
});

const PEOPLE = `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { user { employeeCode name } } } }`;
const CODE = "12345678901234567890";
const PERSON = JSON.stringify({
  ...ENVELOPE,
  ...pageOf("AttendanceLogs", [{ ...PUNCH, EmployeeCode: CODE, EmployeeName: "Zo\u00EB M\u00FCller" }]),
}).replace(`"${CODE}"`, CODE);

test.each([
  ["ISO-8859-1", Buffer.from(PERSON, "latin1"), "application/json; charset=iso-8859-1"],
  ["UTF-16 with its mark", Buffer.from(MARK + PERSON, "utf16le"), "application/json"],
  ["UTF-16 with its bytes swapped", Buffer.from(PERSON, "utf16le").swap16(), "application/json; charset=utf-16be"],
  ["UTF-8 with a zero behind it", Buffer.from(`${PERSON}\0`), "application/json"],
])("an answer in %s is read as a callback is, with its names and codes", async (_name, body, type) => {
  const portico = await startAtGate(new RawAnswer(body, { "content-type": type }));
  const { data, errors } = await portico.ask(PEOPLE);
  const user = { employeeCode: CODE, name: "Zo\u00EB M\u00FCller" };
  expect([data, errors]).toEqual([{ punches: { nodes: [{ user }] } }, undefined]);
});

test("a refusal keeps its meaning with a byte order mark and compressed", async () => {
  const refusal = { Status: "API_RESPONSE_OPERATION_NOT_ALLOWED", StatusCode: 35 };
  const body = gzipSync(bytesOf(refusal, MARK));
  const portico = await startAtGate(new RawAnswer(body, { "content-encoding": "gzip" }, 403));
  const { errors } = await portico.ask(PUNCHES);
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_NOT_ALLOWED", statusCode: 35 } }]);
});

const exportOf = async (body: Buffer, coding: string): Promise<Response> => {
  const headers = { "content-type": "text/csv", "content-encoding": coding };
  const portico = await startOnScratch({ ExportAttendance: new RawAnswer(body, headers) });
  const { data } = await portico.ask<{ readonly attendanceExport: { readonly url: string } }, object>(
    `{ attendanceExport(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { url } }`,
  );
  return fetch(data.attendanceExport.url);
};

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
])("an export in %s is delivered without the coding, and its formulas are neutralized", async (coding, compress) => {
  const response = await exportOf(compress(Buffer.from("EmployeeCode\n=1+1\n")), coding);
  expect([response.status, response.headers.get("content-encoding")]).toEqual([200, null]);
  expect(await response.text()).toBe("EmployeeCode\n'=1+1\n");
});

test.each(["gzip", "compress"])("an export that is not in %s, as it says, is no file", async (coding) => {
  const response = await exportOf(Buffer.from("EmployeeCode\n=1+1\n"), coding);
  expect([response.status, await response.json()]).toEqual([502, { code: "UPSTREAM_INVALID_RESPONSE" }]);
});

test("an export that breaks off inside its coding ends in a closed connection", async () => {
  const rows = Buffer.from(Array.from({ length: 50_000 }, () => `${Math.random()}\n`).join(""));
  const whole = gzipSync(rows);
  const response = await exportOf(whole.subarray(0, whole.length / 2), "gzip");
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
});

const DAY = 'from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"';
const ACCESS_EVENT = {
  EventID: "ev_1",
  DeviceSN: "GATE-001",
  DoorNo: 1,
  EventTime: "2026-11-20 09:00:00",
  EventType: "DoorOpened",
};
const NONE = { ReturnRowCount: 0, ActualRowCount: 0 };
const LISTS = [
  [
    "GetAttendanceByDate",
    "AttendanceLogs",
    PUNCH,
    `query ($first: Int) { punches(${DAY}, first: $first) { nodes { __typename } } }`,
  ],
  ["ListDevices", "Devices", DEVICE, "query ($first: Int) { devices(first: $first) { nodes { __typename } } }"],
  [
    "GetAccessEvents",
    "AccessEvents",
    ACCESS_EVENT,
    `query ($first: Int) { accessEvents(${DAY}, first: $first) { nodes { __typename } } }`,
  ],
] as const;

test.each(LISTS)(
  "no rows of %s are an empty list, however the gateway writes them",
  async (operation, member, _row, query) => {
    const portico = await startOnScratch({});
    for (const [index, none] of [
      { ...NONE, [member]: null },
      { ...NONE, [member]: {} },
      { ...NONE, [member]: "" },
      NONE,
      { ReturnRowCount: "0" },
      { ActualRowCount: 0, [member]: null },
      {},
      { Warnings: [], Filter: {}, [member]: null, Note: "none" },
      { ReturnRowCount: 0, Filter: { Days: 1 } },
      { ReturnRowCount: "0\0", StatusCode: undefined, Status: "Done " },
    ].entries()) {
      portico.answers[operation] = none;
      const { data, errors } = await portico.ask<object, object>(query, { first: 10 + index });
      expect([Object.values(data), errors]).toEqual([[{ nodes: [] }], undefined]);
    }
  },
);

test.each(LISTS)("rows of %s that are missing are not no rows", async (operation, member, row, query) => {
  const portico = await startOnScratch({});
  for (const [index, missing] of [
    { ReturnRowCount: 3, [member]: null },
    { ActualRowCount: 3, [member]: {} },
    { ReturnRowCount: 1, ActualRowCount: 0 },
    { ...NONE, [member]: "none" },
    { Data: { ReturnRowCount: 1, [member]: [row] } },
    { [member]: null, Rows: [row] },
    { [member]: {}, Row: row },
    { Data: JSON.stringify({ [member]: [row] }) },
    new RawAnswer(Buffer.from("{}")),
    new RawAnswer(Buffer.from(JSON.stringify({ success: true, [member]: null }))),
  ].entries()) {
    portico.answers[operation] = missing;
    const { errors } = await portico.ask<object, object>(query, { first: 10 + index });
    expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
  }
});

test.each(LISTS)("a single row of %s may stand without its list", async (operation, member, row, query) => {
  const portico = await startOnScratch({ [operation]: { ReturnRowCount: 1, ActualRowCount: 1, [member]: row } });
  const { data, errors } = await portico.ask<object, object>(query);
  expect([Object.values(data), errors]).toMatchObject([[{ nodes: [{}] }], undefined]);
});

const written = (text: string, name: string): string => text.replace("Asha N", name);

test.each([
  ["a tab", "Asha\tN"],
  ["a line end", "Asha\r\nN"],
  ["a zero in front", "\0Asha N"],
  ["a quote, a backslash and a tab", String.raw`Asha \"N\\` + "\t"],
])("an answer with %s in a text costs no row, and reads as if it were escaped", async (_name, name) => {
  const rows = [PUNCH, { ...PUNCH, EmployeeCode: "0043" }].map((row) => ({ ...row, EmployeeName: "Asha N" }));
  const text = JSON.stringify({ ...ENVELOPE, ...pageOf("AttendanceLogs", rows) }).replaceAll('"0042"', '"0042\0"');
  const escaped = name.replaceAll(/\p{Cc}/gu, (found) => JSON.stringify(found).slice(1, -1));
  const portico = await startAtGate(new RawAnswer(Buffer.from(written(text, escaped))));
  const { data: expected } = await portico.ask(PEOPLE);
  portico.answers.GetAttendanceByDate = new RawAnswer(Buffer.from(written(text, name)));
  const { data, errors } = await portico.ask(PEOPLE);
  expect([data, errors]).toEqual([expected, undefined]);
  expect(data).toMatchObject({
    punches: { nodes: [{ user: { employeeCode: "0042" } }, { user: { employeeCode: "0043" } }] },
  });
});

test.each(["NaN", "-nan", "Infinity", "-Infinity", "inf"])(
  "%s as a number is not known, and a text stays",
  async (none) => {
    const rows = [{ ...PUNCH, EmployeeName: 'Nan, "Inf"', Temperature: 7 }];
    const text = JSON.stringify({ ...ENVELOPE, ...pageOf("AttendanceLogs", rows) }).replace(":7", `: ${none}`);
    const portico = await startAtGate(new RawAnswer(Buffer.from(text)));
    const { data, errors } = await portico.ask(PUNCHES.replace("localTime", "temperature user { name }"));
    expect([data, errors]).toEqual([
      { punches: { nodes: [{ temperature: null, user: { name: 'Nan, "Inf"' } }] } },
      undefined,
    ]);
  },
);

test.each(["{", "NaN}", '{"a": nul}', '{"a": "b', "<html>\t</html>"])("%j is no answer", async (text) => {
  const portico = await startAtGate(new RawAnswer(Buffer.from(text)));
  const { errors } = await portico.ask(PUNCHES);
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
});
