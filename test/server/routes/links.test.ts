import { connect } from "node:net";
import { onTestFinished, expect, test } from "vitest";
import { createGatewayClient } from "../../../src/gateway/client.ts";
import { createLinkSigner } from "../../../src/runtime/signed-link.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import { type SandboxOptions, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { startHttpServer } from "../../../src/server/http/server.ts";
import { EXPORT_PATH, PHOTO_PATH } from "../../../src/server/http/paths.ts";
import { createLinkHandlers } from "../../../src/server/routes/links.ts";
import { createRouter } from "../../../src/server/routes/router.ts";
import { pageOf, PUNCH, RawAnswer, startOnScratch } from "../../kit/gateway/scratch.ts";
import { startPortico, type TestApp } from "../../kit/portico/app.ts";
import { until } from "../../kit/until.ts";

const START = Date.parse("2026-06-21T04:00:00Z");
const RANGE = { FromDate: "2026-06-01", ToDate: "2026-06-21" };

/** Starts the link handlers in front of a sandbox, with a clock of the test for the expiry. */
const startLinks = async (options: SandboxOptions = {}) => {
  const sandbox = await startSandbox({ start: START, rate: false, ...options });
  const gateway = createGatewayClient({ url: sandbox.url, tokens: { account: sandbox.token, devices: new Map() } });
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger({
    level: "info",
    destination: { write: (line) => void logs.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const time = { now: START };
  let url = "";
  const signer = createLinkSigner({ secret: "x".repeat(32), baseUrl: () => url, ttlSeconds: 600, now: () => time.now });
  const links = createLinkHandlers({ gatewayOf: (name) => (name === "default" ? gateway : undefined), signer, logger });
  const handle = createRouter({
    graphql: () => {},
    ticket: () => {},
    stream: () => {},
    callbacks: () => {},
    links,
    readiness: () => ({ reasons: [], warnings: [] }),
    development: false,
  });
  const server = await startHttpServer({ host: "127.0.0.1", port: 0, handle, logger });
  url = server.url;
  onTestFinished(async () => {
    await server.stop();
    await gateway.stop();
    await sandbox.stop();
  });
  const photoOf = async () => {
    const { AttendanceLogs } = await gateway.call("GetAttendanceByDate", { ...RANGE, Limit: 500 });
    const punch = AttendanceLogs.find(({ HasPhoto }) => HasPhoto === true);
    return signer.sign(PHOTO_PATH, { account: "default", PunchID: punch?.PunchID });
  };
  const exportOf = (claims: object = {}) =>
    signer.sign(EXPORT_PATH, { account: "default", ...RANGE, Format: "csv", ...claims });
  const called = (operation: string) => sandbox.ledger.entries({ operation }).length;
  return { ...server, sandbox, signer, logs, time, photoOf, exportOf, called };
};

test("a photo is served as a JPEG that browsers cache only while its link is valid", async () => {
  const { photoOf, time } = await startLinks();
  const { url, expiresAt } = await photoOf();
  expect(expiresAt).toBe("2026-06-21T04:10:00Z");
  time.now += 60_000;
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.status).toBe(200);
  expect([...bytes.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "image/jpeg",
    "content-length": String(bytes.length),
    "content-disposition": 'inline; filename="punch.jpg"',
    "cache-control": "private, max-age=540",
    "x-content-type-options": "nosniff",
  });
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(bytes.length), ""]);
});

test("an invalid and an expired link get the same empty 404, and the gateway is not called", async () => {
  const { url, photoOf, exportOf, time, called, logs } = await startLinks();
  const photo = new URL((await photoOf()).url);
  const tampered = new URL(photo);
  tampered.searchParams.set("claims", Buffer.from('{"PunchID":"pun_other"}').toString("base64url"));
  const elsewhere = new URL(photo);
  elsewhere.pathname = EXPORT_PATH;
  const late = exportOf().url;
  time.now += 600_000;
  for (const wrong of [
    tampered,
    elsewhere,
    photo,
    late,
    `${url}${PHOTO_PATH}`,
    `${url}${EXPORT_PATH}?claims=&expires=&signature=`,
  ]) {
    const response = await fetch(wrong);
    const { "x-request-id": _, date: __, ...headers } = Object.fromEntries(response.headers);
    expect([response.status, await response.text()]).toEqual([404, ""]);
    expect(headers).toEqual({
      connection: "keep-alive",
      "keep-alive": "timeout=65",
      "content-length": "0",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  }
  expect([called("GetAttendancePhoto"), called("ExportAttendance")]).toEqual([0, 0]);
  await until(() => logs.length === 6);
  expect(JSON.stringify(logs)).not.toMatch(/signature|claims/);
});

test("an export streams every row as CSV, neutralizes formulas and keeps offsets", async () => {
  const { exportOf, sandbox } = await startLinks();
  const [serial = ""] = sandbox.gateway.world.devices.keys();
  sandbox.changeDevice(serial, { DeviceLabel: '=HYPERLINK("http://evil.example","x")' });
  const response = await fetch(exportOf({ DeviceSN: [serial] }).url);
  const lines = (await response.text()).split("\n");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="attendance.csv"',
    "cache-control": "private, no-store",
  });
  expect(lines[0]).toBe(
    "PunchID,DeviceSN,DeviceLabel,EmployeeCode,EmployeeName,AttendanceLog,UtcOffset,Direction,Type",
  );
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines.slice(1, -1)) expect(line).toContain(`,"'=HYPERLINK(""http://evil.example"",""x"")",`);
  expect(lines[1]).toMatch(/,[+-]\d\d:\d\d,/);
});

test("an export of NDJSON has one object per line, unchanged from the gateway", async () => {
  const { exportOf } = await startLinks();
  const response = await fetch(exportOf({ Format: "ndjson" }).url);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="attendance.ndjson"');
  const lines = (await response.text()).trimEnd().split("\n");
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ AttendanceLog: expect.any(String) });
});

test("a HEAD request does not start an export", async () => {
  const { exportOf, called } = await startLinks();
  const response = await fetch(exportOf().url, { method: "HEAD" });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  expect(called("ExportAttendance")).toBe(0);
});

test("a client that disconnects aborts the export at the gateway", async () => {
  const { exportOf, port } = await startLinks({ punches: 400_000 });
  const year = { FromDate: "2025-07-01", ToDate: "2026-06-21" };
  const { pathname, search } = new URL(exportOf(year).url);
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  const busy = await fetch(exportOf().url);
  expect([busy.status, busy.headers.get("retry-after"), await busy.json()]).toEqual([
    503,
    "60",
    { code: "UPSTREAM_RATE_LIMITED" },
  ]);
  socket.destroy();
  const small = exportOf({ Format: "ndjson", FromDate: "2026-06-20" }).url;
  const deadline = Date.now() + 5_000;
  let again = await fetch(small);
  while (again.status === 503 && Date.now() < deadline) again = await fetch(small);
  expect(again.status).toBe(200);
  await again.text();
});

test("an interrupted export ends in a closed connection, never in a file that looks complete", async () => {
  for (const Format of ["csv", "ndjson"]) {
    const { exportOf, sandbox, logs } = await startLinks({ punches: 400_000 });
    const response = await fetch(exportOf({ Format, FromDate: "2025-07-01" }).url);
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    await reader?.read();
    await sandbox.stop();
    const rest = async () => {
      while ((await reader?.read())?.done === false);
    };
    await expect(rest()).rejects.toThrow("terminated");
    await until(() => logs.length === 2);
    expect(logs).toMatchObject([{ message: "export interrupted" }, { message: "request", aborted: true }]);
  }
});

test.each([
  ["429", { kind: "429", retryAfter: 60 }, 503, "UPSTREAM_RATE_LIMITED"],
  ["a fault of the gateway", { kind: "5xx", status: 500 }, 503, "UPSTREAM_UNAVAILABLE"],
  ["a reset", { kind: "resetBefore" }, 503, "UPSTREAM_UNAVAILABLE"],
  ["a rejected token", { kind: "unauthenticated" }, 502, "UPSTREAM_UNAUTHENTICATED"],
  ["a page instead of rows", { kind: "html" }, 502, "UPSTREAM_INVALID_RESPONSE"],
] as const)("%s before the first byte is reported by its code only", async (_, fault, status, code) => {
  const { exportOf, photoOf, sandbox } = await startLinks();
  const photo = await photoOf();
  for (const operation of ["ExportAttendance", "GetAttendancePhoto"]) {
    sandbox.faults.add({ operation, times: null, ...fault });
    const response = await fetch(operation === "ExportAttendance" ? exportOf().url : photo.url);
    expect([response.status, await response.json()]).toEqual([status, { code }]);
    expect(response.headers.get("content-disposition")).toBeNull();
    expect(response.headers.get("retry-after")).toBe(fault.kind === "429" ? "60" : null);
  }
});

test("a punch without a photo is 404", async () => {
  const { signer } = await startLinks();
  const response = await fetch(signer.sign(PHOTO_PATH, { account: "default", PunchID: "pun_nothing" }).url);
  expect([response.status, await response.json()]).toEqual([404, { code: "UPSTREAM_NOT_FOUND" }]);
});

test("the links in GraphQL responses lead to a photo and to a file", async () => {
  const { ask } = await startPortico();
  const range = 'from: "2026-06-19T00:00:00", to: "2026-06-21T00:00:00"';
  const { data } = await ask<
    { punches: { nodes: { photo: { url: string } | null }[] }; attendanceExport: { url: string } },
    object
  >(`{ punches(${range}, first: 100) { nodes { photo { url } } } attendanceExport(${range}) { url } }`);
  const photo = data.punches.nodes.find((punch) => punch.photo !== null)?.photo?.url ?? "";
  expect((await fetch(photo)).headers.get("content-type")).toBe("image/jpeg");
  const rows = (await (await fetch(data.attendanceExport.url)).text()).trimEnd().split("\n");
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.slice(1).every((row) => row.includes(",2026-06-19 ") || row.includes(",2026-06-20 "))).toBe(true);
});

const EXPORT = (format: string) =>
  `{ attendanceExport(from: "2026-11-01T00:00:00", to: "2026-11-20T00:00:00", format: ${format}) { url } }`;

test.each([
  ["application/csv", "CSV", "a,b\r\n", 200],
  ["text/x-csv; charset=utf-8", "CSV", "a,b\r\n", 200],
  ["text/comma-separated-values", "CSV", "a,b\r\n", 200],
  ["application/vnd.ms-excel", "CSV", "a,b\r\n", 200],
  ["text/plain", "CSV", "\uFEFFa,b\r\n", 200],
  ["", "CSV", "", 502],
  ["text/csv", "CSV", "", 502],
  ["application/x-ndjson", "NDJSON", "", 200],
  ["application/jsonl", "NDJSON", '{"a":1}\n', 200],
  ["application/x-json-lines", "NDJSON", '{"a":1}\n', 200],
  ["text/html", "CSV", "later", 502],
  ["", "CSV", "\r\n<html>later", 502],
  ["text/csv", "CSV", '{"StatusCode":62}', 502],
  ["application/octet-stream", "CSV", '{"StatusCode":62}', 502],
  ["application/json", "CSV", "a,b", 502],
  ["application/json", "NDJSON", '{"StatusCode":62}', 502],
  ["text/csv", "NDJSON", '{"a":1}\n', 502],
  ["", "NDJSON", "a,b\n", 502],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "CSV", "PK", 502],
] as const)("an export of the type %j as %s that begins with %j is %i", async (type, format, body, status) => {
  const app = await startOnScratch({ ExportAttendance: new RawAnswer(Buffer.from(body), { "content-type": type }) });
  const { data } = await app.ask<{ attendanceExport: { url: string } }, undefined>(EXPORT(format));
  const response = await fetch(data.attendanceExport.url);
  expect(response.status).toBe(status);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (status === 200) expect(bytes.toString()).toBe(body);
});

const PHOTOS = `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { photo { url } } } }`;
const photoLinkOf = async (app: TestApp) => {
  const { data, errors } = await app.ask<
    { punches: { nodes: readonly { photo: { url: string } | null }[] } },
    undefined
  >(PHOTOS);
  expect(errors).toBeUndefined();
  return data.punches.nodes[0]?.photo?.url;
};

test.each([
  [null, "HR/2019/17", "GATE-001", null],
  ["pun 1", "HR/2019/17", "GATE-001", null],
  [null, "0042", "GATE_1", null],
  ["pun 1", "0042", "GATE-001", "DeviceSN"],
  ["p".repeat(100), "0042", "GATE-001", "DeviceSN"],
  ["pun_1", "HR/2019/17", "GATE 1", "PunchID"],
])(
  "the photo of the punch %j of %s at %s is asked for by what the gateway accepts",
  async (PunchID, EmployeeCode, DeviceSN, by) => {
    const asked: string[] = [];
    const app = await startOnScratch({
      GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, PunchID, EmployeeCode, DeviceSN, HasPhoto: true }]),
      GetAttendancePhoto(query) {
        asked.push(...query.keys());
        return { Photo: { Data: JPEG } };
      },
    });
    const url = await photoLinkOf(app);
    if (by === null) expect(url).toBeUndefined();
    else {
      expect((await fetch(url ?? "")).status).toBe(200);
      expect(asked).toContain(by);
    }
  },
);

test("a link whose claims the gateway does not accept is 404", async () => {
  const { signer, called } = await startLinks();
  for (const claims of [{ PunchID: "pun 1" }, {}, { DeviceSN: "GATE-001", EmployeeCode: "HR/1", AttendanceLog: "x" }]) {
    const response = await fetch(signer.sign(PHOTO_PATH, { account: "default", ...claims }).url);
    expect([response.status, await response.text()]).toEqual([404, ""]);
  }
  expect((await fetch(signer.sign(EXPORT_PATH, { account: "default", Format: "csv" }).url)).status).toBe(404);
  expect(called("GetAttendancePhoto")).toBe(0);
});

const JPEG = Buffer.from("ffd8ffe000104a46494600010100000100010000ffd9", "hex").toString("base64");

test.each([
  { Data: `data:image/jpeg;base64,${JPEG}` },
  { Data: ` DATA:image/jpg;charset=utf-8;base64,${JPEG}` },
  { data: `${JPEG.slice(0, 8)}\r\n${JPEG.slice(8)}` },
  JPEG,
  `data:;base64,${JPEG}`,
])("a photo written as %j is a JPEG", async (Photo) => {
  const app = await startOnScratch({
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, HasPhoto: true }]),
    GetAttendancePhoto: { PunchID: "pun_1", Photo },
  });
  const response = await fetch((await photoLinkOf(app)) ?? "");
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  expect(Buffer.from(await response.arrayBuffer()).toString("base64")).toBe(JPEG);
});
