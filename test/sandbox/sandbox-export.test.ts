import { expect, test } from "vitest";
import { askGateway as ask, GATE, OFFLINE } from "../../src/conformance/target.ts";
import { type Body, control, read, readAll, start } from "../kit/sandbox/reader.ts";

const range = { FromDate: "2026-06-15", ToDate: "2026-06-21" };
const export_ = "ExportAttendance";

test("every format of the export contains the rows of GetAttendanceByDate in the same order", async () => {
  const sandbox = await start();
  const rows = await readAll(
    sandbox,
    "GetAttendanceByDate",
    range,
    (body) => body["AttendanceLogs"] as readonly Body[],
  );
  const csv = await ask(sandbox, export_, range);
  const ndjson = await ask(sandbox, export_, { ...range, Format: "ndjson" });
  const json = await read(sandbox, export_, { ...range, Format: "json" });
  const ids = rows.map(({ PunchID }) => PunchID);
  expect(
    csv.text
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",", 1)[0]),
  ).toEqual(ids);
  expect(
    ndjson.text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(rows);
  expect(json["AttendanceLogs"]).toEqual(rows);
  expect(csv.headers.get("x-row-count")).toBe(String(rows.length));
});

test("a CSV contains the requested columns, quoted as RFC 4180 requires", async () => {
  const sandbox = await start();
  sandbox.changeDevice(GATE, { DeviceLabel: 'Gate "A", north' });
  const Columns = ["EmployeeCode", "DeviceLabel", "AttendanceLog"];
  const { text, mediaType } = await ask(sandbox, export_, {
    ...range,
    DeviceSN: [GATE],
    EmployeeCode: ["1042"],
    Columns,
  });
  expect(mediaType).toBe("text/csv");
  expect(text.startsWith("EmployeeCode,DeviceLabel,AttendanceLog\n")).toBe(true);
  expect(text.endsWith('1042,"Gate ""A"", north",2026-06-21 09:02:14\n')).toBe(true);
});

test("an employee without a match yields no rows", async () => {
  const sandbox = await start();
  const { http, text } = await ask(sandbox, export_, { ...range, EmployeeCode: ["404404"], Columns: ["PunchID"] });
  expect({ http, text }).toEqual({ http: 200, text: "PunchID\n" });
});

test("the next export can run after the caller aborts one", async () => {
  const sandbox = await start({ punches: 500_000 });
  const year = { FromDate: "2025-06-22", ToDate: "2026-06-21" };
  const controller = new AbortController();
  const running = await fetch(`${sandbox.url}/${export_}?${new URLSearchParams(year).toString()}`, {
    headers: { "auth-token": sandbox.token },
    signal: controller.signal,
  });
  expect(running.headers.get("x-row-count")).toBe("500000");
  expect((await ask(sandbox, export_, year)).http).toBe(429);
  controller.abort();
  await expect
    .poll(async () => (await ask(sandbox, export_, { ...range, Columns: ["PunchID"] })).http, { interval: 5 })
    .toBe(200);
});

test("JSON is limited to 100,000 rows, streams are not", async () => {
  const sandbox = await start({ punches: 120_000 });
  const year = { FromDate: "2025-06-22", ToDate: "2026-06-21" };
  expect(await read(sandbox, export_, { ...year, Format: "json" })).toMatchObject({ StatusCode: 68 });
  const { text } = await ask(sandbox, export_, { ...year, Columns: ["PunchID"] });
  const ids = text.trimEnd().split("\n").slice(1);
  expect(new Set(ids).size).toBe(120_000);
});

test("archived punches are paged like recent ones", async () => {
  const sandbox = await start({ punches: 60_000 });
  const week = { FromDate: "2026-03-01", ToDate: "2026-03-07", EmployeeCode: "1042" };
  const punchesIn = (body: Body) => body["AttendanceLogs"] as readonly Body[];
  const rows = await readAll(sandbox, "GetAttendanceByEmployee", week, punchesIn);
  expect(rows.length).toBeGreaterThan(3);
  const { ActualRowCount } = await read(sandbox, "GetAttendanceByEmployee", week);
  expect(rows).toHaveLength(ActualRowCount);
  const [{ PunchID } = { PunchID: "" }] = rows;
  expect(await read(sandbox, "GetAttendancePhoto", { PunchID })).toMatchObject({ StatusCode: 64 });
});

test("every punch has its own JPEG as photo", async () => {
  const sandbox = await start();
  const faces = sandbox.gateway.world.punches.filter(({ HasPhoto }) => HasPhoto).slice(0, 2);
  const photos = await Promise.all(
    faces.map(async ({ DeviceSN, EmployeeCode, AttendanceLog }) => {
      const { Photo } = await read(sandbox, "GetAttendancePhoto", { DeviceSN, EmployeeCode, AttendanceLog });
      return Photo as { readonly Data: string; readonly Size: number };
    }),
  );
  for (const { Data, Size } of photos) {
    const bytes = Buffer.from(Data, "base64");
    expect(bytes).toHaveLength(Size);
    expect([bytes.subarray(0, 2).toString("hex"), bytes.subarray(-2).toString("hex")]).toEqual(["ffd8", "ffd9"]);
  }
  expect(photos[0]?.Data).not.toBe(photos[1]?.Data);
});

test("photos of one person show the same picture, and most people differ by it", async () => {
  const sandbox = await start();
  const faces = sandbox.gateway.world.punches.filter(({ HasPhoto }) => HasPhoto).slice(0, 40);
  const pictures = Map.groupBy(
    await Promise.all(
      faces.map(async ({ DeviceSN, EmployeeCode, AttendanceLog }) => {
        const { Photo } = await read(sandbox, "GetAttendancePhoto", { DeviceSN, EmployeeCode, AttendanceLog });
        const bytes = Buffer.from((Photo as { readonly Data: string }).Data, "base64");
        // Behind the comment that makes each file unique.
        return { EmployeeCode, picture: bytes.subarray(4 + bytes.readUInt16BE(4)).toString("base64") };
      }),
    ),
    ({ EmployeeCode }) => EmployeeCode,
  );
  expect(pictures.size).toBeGreaterThan(5);
  const each = [...pictures.values()].map((all) => new Set(all.map(({ picture }) => picture)));
  expect(each.map(({ size }) => size)).toEqual(each.map(() => 1));
  // Two people may share initials and color.
  expect(new Set(each.flatMap((all) => [...all])).size).toBeGreaterThan(pictures.size / 2);
});

test("credential data is returned on request, except that of a password", async () => {
  const sandbox = await start();
  const owner = [...sandbox.gateway.world.users.values()].find(({ credentials }) =>
    credentials.some(({ Type }) => Type === "Password"),
  );
  const members = { EmployeeCode: owner?.EmployeeCode ?? "" };
  const credentials = async (options: object) => {
    const { User } = await read(sandbox, "FindUser", { ...members, ...options });
    return (User as { readonly Credentials: readonly Body[] }).Credentials;
  };
  expect((await credentials({})).filter((each) => "Data" in each)).toEqual([]);
  const withoutData = (await credentials({ IncludeCredentials: true })).filter((each) => !("Data" in each));
  expect(withoutData).toMatchObject([{ Type: "Password" }]);
});

test("the door states of a device that is offline for more than a minute are unknown", async () => {
  const sandbox = await start();
  const doorAt = async (DeviceSN: string) => {
    const { Doors } = await read(sandbox, "GetDoorStatus", { DeviceSN });
    return (Doors as readonly Body[])[0];
  };
  expect(await doorAt(OFFLINE)).toMatchObject({ State: "Unknown", LockState: "Unknown", DeviceStatus: "Offline" });
  await control(sandbox, "POST", `devices/${GATE}`, { online: false });
  sandbox.clock.advance(60_000);
  expect(await doorAt(GATE)).toMatchObject({ State: "Closed", AsOf: "2026-06-21 04:00:00 GMT +0000" });
  sandbox.clock.advance(1000);
  expect(await doorAt(GATE)).toMatchObject({ State: "Unknown", LockState: "Unknown", SensorPresent: true });
});

test("a ping reaches the device itself", async () => {
  const sandbox = await start();
  expect(await read(sandbox, "PingConnection", { DeviceSN: OFFLINE })).toMatchObject({
    Reachable: false,
    LatencyMs: null,
  });
  sandbox.changeDevice(GATE, { acknowledgeMs: 200_000 });
  const slow = { DeviceSN: GATE, TimeoutSeconds: 1 };
  expect(await read(sandbox, "PingConnection", slow)).toMatchObject({ StatusCode: 0, Reachable: false });
  expect(await read(sandbox, "PingConnection", { ...slow, TimeoutSeconds: 5 })).toMatchObject({ Reachable: true });
});
