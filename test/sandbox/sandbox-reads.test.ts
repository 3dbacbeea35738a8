import { expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { GATE, SIDE } from "../../src/conformance/target.ts";
import { type Body, read, readAll, start } from "../kit/sandbox/reader.ts";

interface PunchRow {
  readonly PunchID: string;
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly EmployeeName: string | null;
  readonly AttendanceLog: string;
  readonly UtcOffset: string;
  readonly Type: string;
  readonly Temperature: number | null;
  readonly ClockSuspect: boolean;
}

interface DayRow {
  readonly EmployeeCode: string;
  readonly Date: string;
  readonly FirstIn: string | null;
  readonly LastOut: string | null;
  readonly PunchCount: number;
  readonly WorkedMinutes: number;
  readonly BreakMinutes: number;
  readonly Hours: number;
  readonly DayStatus: string;
}

const punchesIn = (body: Body) => body["AttendanceLogs"] as readonly PunchRow[];
const daysIn = (body: Body) => (body["Summaries"] ?? body["Records"]) as readonly DayRow[];
const range = { FromDate: "2026-05-22", ToDate: "2026-06-21" };
const BERLIN = "SN7B1100202";

test("pages of any size contain every punch once, in order", async () => {
  const sandbox = await start();
  const ascending = await readAll(sandbox, "GetAttendanceByDate", range, punchesIn, [500, 13, 499]);
  const descending = await readAll(
    sandbox,
    "GetAttendanceByDate",
    { ...range, Sort: "Desc" },
    punchesIn,
    [499, 500, 17],
  );
  const expected = sandbox.gateway.world.punches
    .filter(({ AttendanceLog }) => AttendanceLog >= "2026-05-22")
    .filter(({ AttendanceLog }) => AttendanceLog <= "2026-06-21 23:59:59");
  expect(new Set(ascending.map(({ PunchID }) => PunchID)).size).toBe(expected.length);
  expect(ascending).toHaveLength(expected.length);
  expect(descending.toReversed()).toEqual(ascending);
  const keys = ascending.map(
    ({ AttendanceLog, DeviceSN, EmployeeCode }) => `${AttendanceLog} ${DeviceSN} ${EmployeeCode}`,
  );
  expect(keys).toEqual(keys.toSorted());
});

test("pages of days, users, devices and events are complete", async () => {
  const sandbox = await start();
  const days = await readAll(sandbox, "GetAttendanceSummary", { ...range, IncludeAbsent: true }, daysIn, [500, 1, 77]);
  const { ActualRowCount } = await read(sandbox, "GetAttendanceSummary", { ...range, IncludeAbsent: true });
  expect(new Set(days.map(({ Date: date, EmployeeCode }) => `${date} ${EmployeeCode}`)).size).toBe(ActualRowCount);
  expect(days).toHaveLength(ActualRowCount);
  const users = await readAll(
    sandbox,
    "ListUsers",
    { DeviceSN: GATE },
    (body) => body["Users"] as readonly Body[],
    [1, 4],
  );
  expect(users).toHaveLength(sandbox.gateway.world.devices.get(GATE)?.users.size ?? 0);
  const devices = await readAll(sandbox, "ListDevices", {}, (body) => body["Devices"] as readonly Body[], [3]);
  expect(devices).toHaveLength(sandbox.gateway.world.devices.size);
  const events = await readAll(
    sandbox,
    "GetAccessEvents",
    range,
    (body) => body["AccessEvents"] as readonly Body[],
    [500],
  );
  expect(new Set(events.map(({ EventID }) => EventID)).size).toBe(events.length);
});

test("a punch that arrives late between two pages neither repeats nor hides another", async () => {
  const sandbox = await start();
  const members = { DeviceSN: GATE, FromDate: "2026-06-20", ToDate: "2026-06-21", Limit: 5 };
  const before = await readAll(sandbox, "GetAttendanceByDevice", members, punchesIn);
  const first = await read(sandbox, "GetAttendanceByDevice", members);
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042", AttendanceLog: "2026-06-20 00:00:00" });
  sandbox.punch({ DeviceSN: GATE, EmployeeCode: "1042", AttendanceLog: "2026-06-21 23:59:59" });
  const second = await read(sandbox, "GetAttendanceByDevice", { ...members, Limit: 500, OffSet: first.OffSet });
  const ids = [...punchesIn(first), ...punchesIn(second)].map(({ PunchID }) => PunchID);
  expect(ids.slice(0, -1)).toEqual(before.map(({ PunchID }) => PunchID));
});

test("an OffSet is valid only for the same parameters, except Limit", async () => {
  const sandbox = await start();
  const { OffSet } = await read(sandbox, "GetAttendanceByDate", { ...range, Limit: 10 });
  const askWith = (members: object) => read(sandbox, "GetAttendanceByDate", { ...range, OffSet, ...members });
  expect(await askWith({ Limit: 11 })).toMatchObject({ StatusCode: 0, ReturnRowCount: 11 });
  expect(await askWith({ Type: "face" })).toMatchObject({ StatusCode: 1, Field: "OffSet" });
  expect(await askWith({ Sort: "Desc" })).toMatchObject({ StatusCode: 1, Field: "OffSet" });
});

test("a device's token reads only its own device", async () => {
  const sandbox = await start();
  const options = { token: sandbox.deviceTokens.get(SIDE) ?? "" };
  const { Devices } = await read(sandbox, "ListDevices", {}, options);
  expect(Devices).toMatchObject([{ DeviceSN: SIDE }]);
  const punches = punchesIn(await read(sandbox, "GetAttendanceByDate", { ...range, Limit: 500 }, options));
  expect(new Set(punches.map(({ DeviceSN }) => DeviceSN))).toEqual(new Set([SIDE]));
  const { Health } = await read(sandbox, "CheckDeviceHealth", { DeviceSN: "ALL" }, options);
  expect(Health).toHaveLength(1);
});

test("an employee known from punches only has no name and no record", async () => {
  const sandbox = await start();
  const punches = punchesIn(
    await read(sandbox, "GetAttendanceByEmployee", { EmployeeCode: "0007", ...range, Sort: "Desc" }),
  );
  expect(punches[0]).toMatchObject({ EmployeeName: null, AttendanceLog: "2026-06-21 09:10:00" });
  expect(await read(sandbox, "ListUserDevices", { EmployeeCode: "0007" })).toMatchObject({
    StatusCode: 0,
    Devices: [],
  });
  expect(await read(sandbox, "FindUser", { EmployeeCode: "0007" })).toMatchObject({ StatusCode: 10 });
  expect(await read(sandbox, "FindUser", { EmployeeCode: "7" })).toMatchObject({ StatusCode: 10 });
});

test("the world contains the irregularities of real data", async () => {
  const sandbox = await start();
  const punches = await readAll(sandbox, "GetAttendanceByDate", range, punchesIn, [500]);
  expect(punches.filter(({ ClockSuspect }) => ClockSuspect).length).toBeGreaterThan(3);
  expect(punches.filter(({ EmployeeName }) => EmployeeName === null).length).toBeGreaterThan(20);
  const warm = punches.filter(({ Temperature }) => Temperature !== null);
  expect(new Set(warm.map(({ Type }) => Type))).toEqual(new Set(["face"]));
  const { Devices } = await read(sandbox, "ListDevices", {});
  const statuses = new Set((Devices as readonly Body[]).map((device) => device["Status"]));
  expect(statuses).toEqual(new Set(["Online", "Offline", "Degraded", "Unknown"]));
});

const AUTUMN = Date.parse("2026-10-26T12:00:00Z");

/** A night shift when Berlin changes to winter time: 22:00 to 06:00 is nine hours, and 02:30 occurs twice. */
const nightShift = (sandbox: Sandbox) =>
  sandbox.punch(
    { DeviceSN: BERLIN, EmployeeCode: "night", Direction: "CheckIn", at: Date.parse("2026-10-24T20:00:00Z") },
    { DeviceSN: BERLIN, EmployeeCode: "night", Direction: "BreakOut", at: Date.parse("2026-10-25T00:30:00Z") },
    { DeviceSN: BERLIN, EmployeeCode: "night", Direction: "BreakIn", at: Date.parse("2026-10-25T01:10:00Z") },
    { DeviceSN: BERLIN, EmployeeCode: "night", Direction: "CheckOut", at: Date.parse("2026-10-25T05:00:00Z") },
  );

test("a day with the change to winter time keeps its wall-clock times, offsets and true duration", async () => {
  const sandbox = await start({ start: AUTUMN });
  nightShift(sandbox);
  const members = { EmployeeCode: "night", FromDate: "2026-10-25", ToDate: "2026-10-25" };
  const punches = punchesIn(await read(sandbox, "GetAttendanceByEmployee", members));
  expect(punches.map(({ AttendanceLog, UtcOffset }) => `${AttendanceLog}${UtcOffset}`)).toEqual([
    "2026-10-25 02:10:00+01:00",
    "2026-10-25 02:30:00+02:00",
    "2026-10-25 06:00:00+01:00",
  ]);
  const shift = { FromDate: "2026-10-24", ToDate: "2026-10-24", DayStart: "12:00", EmployeeCode: ["night"] };
  expect(daysIn(await read(sandbox, "GetAttendanceSummary", shift))).toMatchObject([
    {
      Date: "2026-10-24",
      FirstIn: "2026-10-24 22:00:00",
      LastOut: "2026-10-25 06:00:00",
      WorkedMinutes: 540,
      Hours: 9,
    },
  ]);
  expect(daysIn(await read(sandbox, "GetAttendanceSummary", { ...shift, Strategy: "Actual" }))).toMatchObject([
    { WorkedMinutes: 270 + 230, BreakMinutes: 40, DayStatus: "Present" },
  ]);
});

test("today is the date in each device's time zone", async () => {
  const sandbox = await start({ start: Date.parse("2026-06-21T22:00:00Z") });
  const body = await read(sandbox, "GetTodayAttendance", { Limit: 500 });
  expect(body).toMatchObject({ Date: "2026-06-22", AsOf: "2026-06-21 22:00:00 GMT +0000" });
  const dates = new Set(
    punchesIn(body).map(({ DeviceSN, AttendanceLog }) => `${DeviceSN} ${AttendanceLog.slice(0, 10)}`),
  );
  expect(dates).toContain("SN7C0400311 2026-06-21");
  expect(dates).not.toContain(`${GATE} 2026-06-21`);
  expect(await read(sandbox, "GetTodayAttendance", { DeviceSN: "SN7C0400311" })).toMatchObject({ Date: "2026-06-21" });
});

const dayOf = async (sandbox: Sandbox, members: object) => {
  const [day] = daysIn(await read(sandbox, "GetAttendanceSummary", { EmployeeCode: ["x1"], ...members }));
  return day;
};

const punchAt = (sandbox: Sandbox, times: readonly (readonly [time: string, Direction: string])[]) =>
  sandbox.punch(
    ...times.map(([time, Direction]) => ({
      DeviceSN: SIDE,
      EmployeeCode: "x1",
      Direction,
      AttendanceLog: `2026-06-20 ${time}`,
    })),
  );

test("the three strategies evaluate the same day differently", async () => {
  const sandbox = await start();
  punchAt(sandbox, [
    ["09:00:00", "CheckIn"],
    ["09:00:40", "CheckIn"],
    ["09:01:10", "CheckIn"],
    ["12:00:00", "BreakOut"],
    ["12:30:30", "BreakIn"],
    ["17:00:00", "CheckIn"],
  ]);
  const day = { FromDate: "2026-06-20", ToDate: "2026-06-20" };
  expect(await dayOf(sandbox, day)).toMatchObject({ PunchCount: 4, WorkedMinutes: 480, DayStatus: "Present" });
  expect(await dayOf(sandbox, { ...day, Strategy: "Actual" })).toMatchObject({
    WorkedMinutes: 180,
    LastOut: "2026-06-20 12:00:00",
    DayStatus: "Incomplete",
  });
  expect(await dayOf(sandbox, { ...day, Strategy: "Alternate" })).toMatchObject({
    WorkedMinutes: 449,
    BreakMinutes: 30,
    LastOut: "2026-06-20 17:00:00",
    DayStatus: "Present",
  });
  expect(await dayOf(sandbox, { ...day, MinRepeatSeconds: 0 })).toMatchObject({ PunchCount: 6 });
  expect(await dayOf(sandbox, { FromDate: "2026-06-19", ToDate: "2026-06-19", IncludeAbsent: true })).toMatchObject({
    PunchCount: 0,
    DayStatus: "Absent",
    FirstIn: null,
  });
});

test("DayStart moves the start of the working day, but not wall-clock times in the range", async () => {
  const sandbox = await start();
  punchAt(sandbox, [
    ["05:59:59", "CheckOut"],
    ["06:00:00", "CheckIn"],
  ]);
  const days = { EmployeeCode: ["x1"], DayStart: "06:00", FromDate: "2026-06-19", ToDate: "2026-06-20" };
  const records = daysIn(await read(sandbox, "GetFirstInLastOut", days));
  expect(records).toMatchObject([
    { Date: "2026-06-19", FirstIn: "2026-06-20 05:59:59", LastOut: null },
    { Date: "2026-06-20", FirstIn: "2026-06-20 06:00:00", LastOut: null },
  ]);
  const exact = { ...days, FromDate: "2026-06-20 06:00:00", ToDate: "2026-06-20 07:00:00" };
  expect(daysIn(await read(sandbox, "GetFirstInLastOut", exact))).toHaveLength(1);
});
