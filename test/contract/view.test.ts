import { anything, constantFrom, oneof, record, sample } from "fast-check";
import { expect, test } from "vitest";
import { AccessEvent } from "../../src/contract/access.ts";
import { Punch } from "../../src/contract/attendance.ts";
import { nullable, record as recordOf, rows, rowsOnDemand } from "../../src/contract/codec.ts";
import { int32 } from "../../src/contract/values.ts";
import { wholeOf } from "../../src/contract/view.ts";
import { openClient, openSandbox } from "../kit/gateway/upstream.ts";

const PUNCH = {
  PunchID: "pun_1",
  DeviceSN: "SN1",
  DeviceLabel: "Gate",
  EmployeeCode: "1042",
  EmployeeName: "Asha",
  AttendanceLog: "2026-06-21 09:02:14",
  UtcOffset: "+05:30",
  Type: "Face",
  Direction: "CheckIn",
  Temperature: 36.6,
  FaceMask: false,
  HasPhoto: true,
  ReceivedTime: "2026-06-21 03:32:15 GMT +0000",
  ClockSuspect: false,
};
const EVENT = {
  EventID: "evt_1",
  DeviceSN: "SN1",
  DoorNo: 1,
  EventTime: "2026-06-21 09:02:14",
  UtcOffset: "+05:30",
  EventType: "DoorOpened",
  EmployeeCode: "1042",
  EmployeeName: null,
  Type: "Face",
  Direction: "CheckIn",
  Reason: "",
  CommandID: null,
};

/** Rows with members in other spellings, of other kinds, and without some: most are readable. */
const rowsLike = (row: Readonly<Record<string, unknown>>) =>
  record(
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        oneof(
          { weight: 30, arbitrary: constantFrom(value) },
          constantFrom(null, undefined, "", "nonsense", -1, 1.5, "2026-02-30 09:00:00", "-0330", "+15:00", "true"),
          anything({ maxDepth: 1 }),
        ),
      ]),
    ),
  )
    .chain((members) =>
      constantFrom(
        (name: string) => name,
        (name: string) => name.toLowerCase(),
        (name: string) => name.toUpperCase(),
      ).map((spelling) => Object.entries(members).map(([name, value]): [string, unknown] => [spelling(name), value])),
    )
    .chain((members) =>
      constantFrom([], [["userId", "0042"]], [["utcoffset", "-03:00"]], [["inputType", "CheckOut"]]).map(
        (more): [string, unknown][] => [
          ...members,
          ...more.map(([name = "", value]): [string, unknown] => [name, value]),
        ],
      ),
    )
    .map((members): unknown => JSON.parse(JSON.stringify(Object.fromEntries(members))));

test.for([
  { name: "Punch", codec: Punch, row: PUNCH },
  { name: "AccessEvent", codec: AccessEvent, row: EVENT },
] as const)("a view of $name has the values of the whole row, and no more or fewer rows", ({ codec, row }) => {
  const wires = sample(rowsLike(row), { seed: 20_260_621, numRuns: 3_000 });
  const list = rowsOnDemand<object>(codec);
  const whole = list.read(wires);
  const views = list.read(wires, { rejected: 0, onDemand: true });
  expect(whole.length).toBeGreaterThan(1_000);
  expect(whole.rejected).toBeGreaterThan(100);
  expect(views.rejected).toBe(whole.rejected);
  const names = Object.keys(codec.members ?? {});
  for (const [index, view] of views.entries()) {
    const expected = whole[index];
    expect(Object.fromEntries(names.map((name) => [name, Reflect.get(view, name)]))).toEqual(expected);
    expect(wholeOf(view)).toEqual(expected);
    expect(JSON.stringify(view)).toBe(JSON.stringify(expected));
  }
});

test("the client answers with views: only what can make a row unreadable is decoded at once", async () => {
  const client = openClient(await openSandbox());
  const range = { FromDate: "2026-06-19", ToDate: "2026-06-20", Limit: 1 };
  const { AttendanceLogs } = await client.call("GetAttendanceByDate", range);
  const { AccessEvents } = await client.call("GetAccessEvents", range);
  const strict = [...AttendanceLogs, ...AccessEvents].map((row) => Object.keys(row));
  expect(strict).toEqual([
    ["DeviceSN", "EmployeeCode", "AttendanceLog"],
    ["EventID", "DeviceSN", "EventTime"],
  ]);
});

test("unreadable rows within a view are counted with the answer, and once", () => {
  const list = rowsOnDemand(recordOf({ Doors: nullable(rows(recordOf({ DoorNo: int32 }))) }));
  const tally = { rejected: 0, onDemand: true };
  const views = list.read([{ Doors: [{ DoorNo: 1 }, { DoorNo: "front" }] }], tally);
  expect(tally.rejected).toBe(1);
  expect(views.map((view) => view.Doors?.map(({ DoorNo }) => DoorNo))).toEqual([[1]]);
  expect(tally.rejected).toBe(1);
});
