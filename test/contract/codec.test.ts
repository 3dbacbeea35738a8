import { expect, test } from "vitest";
import { record, rows, nullable, DecodeError } from "../../src/contract/codec.ts";
import { enumeration, int32, text } from "../../src/contract/values.ts";
import { EVENTS } from "../../src/contract/events.ts";
import { Punch } from "../../src/contract/attendance.ts";
import { UNREADABLE } from "../../src/contract/unreadable.ts";
import { OPERATIONS } from "../../src/contract/operations.ts";

const punch = {
  PunchID: "pun_01J9Z8N3T5",
  DeviceSN: "SN7A2300583",
  EmployeeCode: "1042",
  AttendanceLog: "2026-06-21 09:02:14",
  UtcOffset: "+05:30",
  Type: "face",
  Direction: "CheckIn",
  HasPhoto: true,
};

const page = (members: Record<string, unknown>) =>
  OPERATIONS.GetAttendanceByDate.output.read({
    Status: "done",
    StatusCode: 0,
    OperationID: "k3v9x2m1qz7a",
    ReturnRowCount: 1,
    ActualRowCount: 1,
    OffSet: "",
    AttendanceLogs: [punch],
    ...members,
  });

test("members are found in any case", () => {
  const shouted = Object.fromEntries(Object.entries(punch).map(([name, value]) => [name.toUpperCase(), value]));
  const camel = Object.fromEntries(
    Object.entries(punch).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
  expect(Punch.read(shouted)).toEqual(Punch.read(punch));
  expect(Punch.read(camel)).toEqual(Punch.read(punch));
});

test("the exact spelling takes precedence over another one", () => {
  expect(Punch.read({ employeecode: "9999", ...punch, EMPLOYEECODE: "8888" }).EmployeeCode).toBe("1042");
});

test.each(["UserId", "UserID", "userid", "USERID"])("%s is an employee code", (spelling) => {
  const { EmployeeCode, ...without } = punch;
  expect(Punch.read({ ...without, [spelling]: EmployeeCode }).EmployeeCode).toBe("1042");
});

test("the name of a member takes precedence over its alias", () => {
  expect(Punch.read({ UserId: "7", ...punch }).EmployeeCode).toBe("1042");
});

test.each([null, "", undefined])("an EmployeeCode that is %j hides neither an alias nor another spelling", (empty) => {
  for (const others of [{ UserID: "0042" }, { userid: "", UserId: "0042" }, { UserID: "7", employeecode: "0042" }]) {
    const row = { ...punch, EmployeeCode: empty, deviceLabel: "Gate", DeviceLabel: empty, ...others };
    expect(Punch.read(row)).toMatchObject({ EmployeeCode: "0042", DeviceLabel: "Gate" });
    expect(page({ AttendanceLogs: [row] }).rejected).toBe(0);
  }
});

test("a number may be text, and an employee code may be a number", () => {
  expect(page({ ReturnRowCount: "3", ActualRowCount: " 120 ", StatusCode: "0" })).toMatchObject({
    ReturnRowCount: 3,
    ActualRowCount: 120,
    StatusCode: 0,
  });
  expect(Punch.read({ ...punch, Temperature: "36.8" }).Temperature).toBe(36.8);
  expect(Punch.read({ ...punch, EmployeeCode: 1042 }).EmployeeCode).toBe("1042");
});

test.each([0, -1, 2_147_483_647, -2_147_483_648, "12", " -3 ", "2147483647", "1.0"])(
  "%j is an integer of 32 bits",
  (wire) => {
    expect(int32.read(wire)).toBe(Number(wire));
  },
);

test.each([
  2_147_483_648,
  -2_147_483_649,
  1e12,
  1.5,
  "2147483648",
  "1.5",
  "1e3",
  Number.NaN,
  Infinity,
  null,
  true,
  [1],
])("%j is not an integer of 32 bits", (wire) => {
  expect(() => int32.read(wire)).toThrow("expected ");
  expect(nullable(int32).read(wire)).toBeNull();
});

test("leading zeros of an employee code are kept", () => {
  expect(Punch.read({ ...punch, EmployeeCode: "0007" }).EmployeeCode).toBe("0007");
});

test.each([
  ["true", true],
  ["FALSE", false],
  ["1", true],
  [0, false],
  ["Y", true],
  ["n       ", false],
  ["Yes", true],
  ["NO", false],
  ["on", true],
  ["Off", false],
  ["T", true],
  ["f", false],
])("the boolean %j is %s", (wire, flag) => {
  expect(Punch.read({ ...punch, HasPhoto: wire }).HasPhoto).toBe(flag);
});

test("unknown members are dropped", () => {
  expect(Punch.read({ ...punch, Mood: "sunny" })).not.toHaveProperty("Mood");
});

test("a value newer than the contract is the fallback, and aliases are read", () => {
  expect(Punch.read({ ...punch, Type: "gait", Direction: "Teleport" })).toMatchObject({
    Type: "other",
    Direction: "None",
  });
  expect(Punch.read({ ...punch, Type: "RFID", Direction: "MealStart" })).toMatchObject({
    Type: "card",
    Direction: "MealOut",
  });
  expect(Punch.read({ ...punch, Type: "FACE", Direction: "checkout" })).toMatchObject({
    Type: "face",
    Direction: "CheckOut",
  });
});

test("a value named like a member of every object is unknown", () => {
  const colour = enumeration(["red"], "other", {});
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"])
    expect(colour.read(name)).toBe("other");
});

test("an unreadable row costs that row and nothing else", () => {
  const { EmployeeCode: _, ...nameless } = punch;
  const read = page({ AttendanceLogs: [punch, nameless, null, "?", { ...punch, AttendanceLog: "yesterday" }, punch] });
  expect(read.AttendanceLogs).toHaveLength(2);
  expect(read.AttendanceLogs.rejected).toBe(4);
});

test("a nullable member is null if it is absent, null or unreadable", () => {
  for (const wire of [undefined, null, {}, [], "hot"]) {
    expect(Punch.read({ ...punch, Temperature: wire }).Temperature).toBeNull();
  }
});

test("the error of an unreadable answer names the path, never the value", () => {
  const secret = "S3cretValueOfSomeone";
  const read = () => page({ AttendanceLogs: secret });
  expect(read).toThrow(DecodeError);
  expect(read).toThrow("AttendanceLogs: expected a list");
  expect(read).not.toThrow(secret);
  const nested = record({ Outer: record({ Inner: text }) });
  expect(() => nested.read({ Outer: { Inner: { secret } } })).toThrow("Outer.Inner: expected text");
});

test.each([null, undefined, 7, "done", [], true])("%j is not an answer", (wire) => {
  expect(() => OPERATIONS.GetAttendanceByDate.output.read(wire)).toThrow("expected an object");
});

test("a __proto__ member of an answer changes nothing", () => {
  const wire: unknown = JSON.parse(
    `{"__proto__":{"EmployeeCode":"9999","polluted":true},"constructor":{"prototype":{"polluted":true}},${JSON.stringify(punch).slice(1)}`,
  );
  const read = Punch.read(wire);
  expect(read.EmployeeCode).toBe("1042");
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(read).not.toHaveProperty("polluted");
  expect({}).not.toHaveProperty("polluted");
});

test("a __proto__ member does not replace an absent member", () => {
  const wire: unknown = JSON.parse(`{"__proto__":{"Name":"mallory"},"name":"asha","__PROTO__":{"Name":"eve"}}`);
  expect(record({ Name: text }).read(wire)).toEqual({ Name: "asha" });
  const onlyProto: unknown = JSON.parse(`{"__proto__":{"Name":"mallory"}}`);
  expect(record({ Name: nullable(text) }).read(onlyProto)).toEqual({ Name: null });
  expect(rows(record({ Name: text })).read([onlyProto]).rejected).toBe(1);
});

test("a member named like a member of every object is not read from the prototype", () => {
  expect(() => record({ constructor: text }).read({})).toThrow(DecodeError);
});

test.each([
  ["2026-06-21 03:32:15 GMT +0000", "2026-06-21T03:32:15Z"],
  ["2026-06-21 09:02:15 GMT +0530", "2026-06-21T03:32:15Z"],
  ["2026-06-20 23:32:15 GMT -0400", "2026-06-21T03:32:15Z"],
  ["2026-06-21T03:32:15Z", "2026-06-21T03:32:15Z"],
  ["2026-06-21T03:32:15.250Z", "2026-06-21T03:32:15Z"],
  ["2026-06-21T09:02:15+05:30", "2026-06-21T03:32:15Z"],
  ["2026-06-21 03:32:15 UTC", "2026-06-21T03:32:15Z"],
])("the instant %s is %s", (wire, instant) => {
  expect(Punch.read({ ...punch, ReceivedTime: wire }).ReceivedTime).toBe(instant);
});

test.each(["2026-06-21 03:32:15", "21.06.2026", "2026-13-45 99:99:99 GMT +0530"])("%j is not an instant", (wire) => {
  expect(Punch.read({ ...punch, ReceivedTime: wire }).ReceivedTime).toBe(UNREADABLE);
});

test.each([undefined, null, "", " \0", "0000-00-00 00:00:00"])("%j says that there is no instant", (wire) => {
  expect(Punch.read({ ...punch, ReceivedTime: wire }).ReceivedTime).toBeNull();
});

test("wall-clock times are kept as the device showed them, in any zone of this process", () => {
  expect(Punch.read({ ...punch, AttendanceLog: "2026-03-29 02:30:00" }).AttendanceLog).toBe("2026-03-29 02:30:00");
  expect(Punch.read({ ...punch, AttendanceLog: "2026-06-21T09:02:14+05:30" }).AttendanceLog).toBe(
    "2026-06-21 09:02:14",
  );
});

test("a number of rows that is negative is not known", () => {
  const page = { Status: "done", StatusCode: 0, ActualRowCount: -1, ReturnRowCount: "-1", AttendanceLogs: [] };
  const decoded = OPERATIONS.GetAttendanceByDate.output.read(page);
  expect([decoded.ActualRowCount, decoded.ReturnRowCount]).toEqual([null, null]);
});

test("an offset is read with and without its colon, and with the minus sign of typography", () => {
  expect(Punch.read({ ...punch, UtcOffset: "\u221205:30" }).UtcOffset).toBe("-05:30");
  expect(Punch.read({ ...punch, UtcOffset: "-0330" }).UtcOffset).toBe("-03:30");
  expect(Punch.read({ ...punch, UtcOffset: "+99:00" }).UtcOffset).toBeNull();
});

test("an event of one kind is not read as another", () => {
  const event = {
    ...punch,
    Event: "device.status",
    EventID: "evt_1",
    AuthToken: "t",
    Time: "2026-06-21 03:32:15 GMT +0000",
  };
  expect(() => EVENTS["attendance.new"].codec.read(event)).toThrow("Event: expected attendance.new");
  expect(EVENTS["attendance.new"].codec.read({ ...event, Event: "attendance.new" })).toMatchObject({
    EventID: "evt_1",
    Attempt: null,
  });
});
