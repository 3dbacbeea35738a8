import { expect, test } from "vitest";
import { DEVICE, pageOf, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";

const PERIOD = `from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"`;
const PUNCH_FIELDS = `
  id at localTime utcOffset receivedAt clockSuspect direction method temperature faceMask
  photo { __typename } device { name } user { employeeCode name }`;

/** A row as a gateway of another spelling writes it: every member says something. */
const spelled = (row: object): object =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));

const FACE = {
  ...PUNCH,
  UtcOffset: "\u22120530",
  Temperature: "36.6",
  FaceMask: "true",
  HasPhoto: 1,
  ClockSuspect: "1",
};

const WHOLE = {
  id: Buffer.from("Punch:GATE-001/2026-11-20 09:00:00/0042").toString("base64url"),
  at: "2026-11-20T14:30:00Z",
  localTime: "2026-11-20T09:00:00",
  utcOffset: "-05:30",
  receivedAt: "2026-11-20T03:30:05Z",
  clockSuspect: true,
  direction: "CHECK_IN",
  method: "FACE",
  temperature: 36.6,
  faceMask: true,
  photo: { __typename: "PunchPhoto" },
  device: { name: "Gate" },
  user: { employeeCode: "0042", name: "A B" },
};

const userPunches = (code: string) => `user(employeeCode: "${code}") { punches(${PERIOD}) { nodes { ...whole } } }`;

test.each([
  ["all punches", `found: punches(${PERIOD}) { nodes { ...whole } }`],
  ["a device", `found: device(serialNumber: "GATE-001") { punches(${PERIOD}) { nodes { ...whole } } }`],
  ["a person", `found: ${userPunches("0042")}`],
  ["a person among others", `found: ${userPunches("0042")} b: ${userPunches("0043")} c: ${userPunches("0044")}`],
  ["today", `found: attendanceToday { cursor punches { nodes { ...whole } } }`],
  ["its ID", `found: node(id: "${WHOLE.id}") { ...whole }`],
  ["several IDs", `found: nodes(ids: ["${WHOLE.id}"]) { ...whole }`],
  ["a router", `found: _entities(representations: [{ __typename: "Punch", id: "${WHOLE.id}" }]) { ...whole }`],
])("a punch has all its members by %s", async (_source, query) => {
  const page = pageOf("AttendanceLogs", [spelled(FACE)]);
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: (query) => ({ User: { EmployeeCode: query.get("EmployeeCode"), FirstName: "A", LastName: "B" } }),
    GetAttendanceByDate: page,
    GetAttendanceByDevice: page,
    GetAttendanceByEmployee: page,
    GetTodayAttendance: { ...page, Date: "2026-11-20", AsOf: "2026-11-20 04:00:00 GMT +0000" },
  });
  const { data, errors } = await portico.ask<{ found: unknown }, object>(
    `{ ${query} } fragment whole on Punch { ${PUNCH_FIELDS} }`,
  );
  expect(errors).toBeUndefined();
  expect(JSON.stringify(data.found)).toContain(JSON.stringify(WHOLE));
});

test.each([null, ""])("an EmployeeCode that is %j costs no row that names its user otherwise", async (EmployeeCode) => {
  const row = { ...PUNCH, EmployeeCode, UserID: "0042" };
  const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", [row]) });
  const { data, errors } = await portico.ask(`{ punches(${PERIOD}) { nodes { user { employeeCode } } } }`);
  expect({ data, errors }).toEqual({ data: { punches: { nodes: [{ user: { employeeCode: "0042" } }] } } });
});

test("a record of the older generation is the same in a callback and in a list", async () => {
  const record = {
    SerialNumber: "GATE-001",
    LabelName: "Gate",
    UserId: "0042",
    LogTime: "2026-11-20 09:00:00 GMT +0530",
    Type: "CheckOut",
    InputType: "Face",
  };
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [
      { ...DEVICE, DeviceSN: null, DeviceLabel: "", serialNumber: "GATE-001", labelname: "Gate" },
    ]),
    GetAttendanceByDate: pageOf("AttendanceLogs", [record]),
  });
  const { data: before } = await portico.ask<{ events: { cursor: string } }, object>(`{ events { cursor } }`, {});
  await portico.deliver(record);
  const { data, errors } = await portico.ask(
    `query ($after: EventCursor) {
      devices { nodes { serialNumber name } }
      punches(${PERIOD}) { nodes { ...punch } }
      events(after: $after) { nodes { ... on PunchAdded { punch { ...punch } } } }
    }
    fragment punch on Punch { id localTime utcOffset direction method user { employeeCode } device { name } }`,
    { after: before?.events.cursor },
  );
  expect(errors).toBeUndefined();
  const punch = {
    id: WHOLE.id,
    localTime: "2026-11-20T09:00:00",
    utcOffset: "+05:30",
    direction: "CHECK_OUT",
    method: "FACE",
    user: { employeeCode: "0042" },
    device: { name: "Gate" },
  };
  expect(data).toEqual({
    devices: { nodes: [{ serialNumber: "GATE-001", name: "Gate" }] },
    punches: { nodes: [punch] },
    events: { nodes: [{ punch }] },
  });
});

test("an access event has all its members in every list", async () => {
  const event = {
    EventID: "evt_1",
    DeviceSN: "GATE-001",
    DoorNo: "1",
    EventTime: "2026-11-20T09:00:00",
    UtcOffset: "+0530",
    EventType: "accessdenied",
    EmployeeCode: 42,
    EmployeeName: "A B",
    Type: "FACE",
    Direction: "checkin",
    Reason: "Expired",
    CommandID: null,
  };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    GetDoorStatus: { Doors: [{ DeviceSN: "GATE-001", DoorNo: 1 }] },
    GetAccessEvents: pageOf("AccessEvents", [spelled(event)]),
  });
  const list = `accessEvents(${PERIOD}) { nodes {
    id kind door { number } user { employeeCode name } at localTime method direction reason command { id }
  } }`;
  const { data, errors } = await portico.ask<Readonly<Record<string, { accessEvents?: unknown }>>, object>(
    `{ ${list} device(serialNumber: "GATE-001") { ${list} } door(serialNumber: "GATE-001") { ${list} } }`,
  );
  expect(errors).toBeUndefined();
  const page = {
    nodes: [
      {
        id: Buffer.from("AccessEvent:GATE-001/2026-11-20 09:00:00/evt_1").toString("base64url"),
        kind: "ACCESS_DENIED",
        door: { number: 1 },
        user: { employeeCode: "42", name: "A B" },
        at: "2026-11-20T03:30:00Z",
        localTime: "2026-11-20T09:00:00",
        method: "FACE",
        direction: "CHECK_IN",
        reason: "Expired",
        command: null,
      },
    ],
  };
  expect(data).toEqual({ accessEvents: page, device: { accessEvents: page }, door: { accessEvents: page } });
});

const person = (more: object) => ({ User: { EmployeeCode: "42", FirstName: "A", Enabled: true, ...more } });

test.each([
  ["2026-12-31 18:30:00", "2026-12-31T18:30:00", "2026-12-31T18:30:00"],
  ["2026-12-31", "2026-12-31T00:00:00", "2026-12-31T23:59:59"],
  ["2026-12-31 23:59", "2026-12-31T23:59:00", "2026-12-31T23:59:59"],
  ["2026-12-31T24:00", "2027-01-01T00:00:00", "2027-01-01T00:00:00"],
  ["2026-12-31 24:00:00", "2027-01-01T00:00:00", "2027-01-01T00:00:00"],
])("the limit %s is read as the time that it names", async (limit, validFrom, validTo) => {
  const portico = await startOnScratch({ FindUser: person({ ValidFrom: limit, ValidTo: limit }) });
  const { data, errors } = await portico.ask(`{ user(employeeCode: "42") { validFrom validTo } }`);
  expect({ data, errors }).toEqual({ data: { user: { validFrom, validTo } } });
});

const DAY = {
  EmployeeCode: "43",
  Date: "2026-11-20",
  FirstInDeviceSN: "GATE-001",
  LastOutDeviceSN: "GATE-001",
  PunchCount: 2,
  UtcOffset: "+05:30",
};

test("a time without a date is on its working day", async () => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    GetFirstInLastOut: pageOf("Records", [{ ...DAY, FirstIn: "22:00", LastOut: "06:00:00" }]),
  });
  const days = `attendanceDays(from: "2026-11-20", to: "2026-11-20", dayStart: "12:00") {
    nodes { firstIn { at localTime } lastOut { at localTime } } }`;
  const { data, errors } = await portico.ask(`{ ${days} }`);
  const firstIn = { at: "2026-11-20T16:30:00Z", localTime: "2026-11-20T22:00:00" };
  const lastOut = { at: "2026-11-21T00:30:00Z", localTime: "2026-11-21T06:00:00" };
  expect({ data, errors }).toEqual({ data: { attendanceDays: { nodes: [{ firstIn, lastOut }] } } });
});

test("a single value in place of a list is a list of one", async () => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: person({ Privileges: "Report" }),
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-001", SyncStatus: "Synced", CredentialTypes: "Face" }] },
    MigrationStatus: { Migrations: [{ MigrationID: "m1", SourceDeviceSN: "GATE-009", TargetDeviceSN: "GATE-001" }] },
    RegisterCallback: RECEIVER({ Events: "attendance.new", DeviceSN: "GATE-001" }),
  });
  const { data, errors } = await portico.ask(`{
    user(employeeCode: "42") { privileges devices { edges { enrollment { credentialKinds } } } }
    migrations { targets { serialNumber } }
    device(serialNumber: "GATE-001") { name migrations { source { serialNumber } } }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      user: { privileges: ["Report"], devices: { edges: [{ enrollment: { credentialKinds: ["FACE"] } }] } },
      migrations: [{ targets: [{ serialNumber: "GATE-001" }] }],
      device: { name: "Gate", migrations: [{ source: { serialNumber: "GATE-009" } }] },
    },
  });
  const registered = await portico.ask(REGISTER);
  expect(registered.data).toEqual({
    registerCallback: { callback: { events: ["PUNCH_ADDED"], devices: [{ serialNumber: "GATE-001" }] } },
  });
});

const RECEIVER = (more: object) => ({
  Callback: { CallbackID: "cb1", CallbackURL: "https://hr.example.com/x", Encryption: "None", Active: true, ...more },
});
const REGISTER = `mutation {
  registerCallback(input: { url: "https://hr.example.com/x", serialNumbers: ["GATE-001"], events: [PUNCH_ADDED] }) {
    callback { events devices { serialNumber } }
  }
}`;

test("what is there and cannot be read is null with an error, not none", async () => {
  const odd = { odd: true };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, LastSeen: "2026-11-28 10:00:00" } },
    CheckDeviceHealth: { Health: [{ DeviceSN: "GATE-001", LastSeen: odd }] },
    PingConnection: { Reachable: false, LastSeen: 5, CheckedTime: "2026-11-20 03:30:00 GMT +0000" },
    FindUser: person({
      ValidFrom: "31-12-2026",
      ValidTo: "31-12-2026 23:59:59",
      AccessScheduleID: "one",
      Privileges: odd,
      Credentials: "Face",
    }),
    ListUserDevices: {
      Devices: [{ DeviceSN: "GATE-001", CredentialTypes: odd, LastSyncTime: "yesterday", PendingCommandID: odd }],
    },
    GetFirstInLastOut: pageOf("Records", [{ ...DAY, FirstIn: "9 a.m.", LastOut: "25:00:00" }]),
    MigrationStatus: { Migrations: [{ MigrationID: "m1", TargetDeviceSN: odd, StartedTime: odd, CompletedTime: 5 }] },
    RegisterCallback: RECEIVER({ Events: odd, DeviceSN: odd }),
    ResetDeviceQueue: { CancelledCommandIDs: odd },
  });
  const { data, errors } = await portico.ask(`{
    device(serialNumber: "GATE-001") { lastSeenAt health { lastSeenAt } ping { lastSeenAt } }
    user(employeeCode: "42") {
      validFrom validTo accessScheduleId privileges credentials { index }
      devices { edges { enrollment { credentialKinds lastSyncedAt pendingCommand { id } } } }
    }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { firstIn { at } lastOut { at } } }
    migrations { targets { serialNumber } startedAt completedAt }
  }`);
  const none = { lastSeenAt: null };
  const enrollment = { credentialKinds: null, lastSyncedAt: null, pendingCommand: null };
  expect(data).toEqual({
    device: { ...none, health: none, ping: none },
    user: {
      validFrom: null,
      validTo: null,
      accessScheduleId: null,
      privileges: null,
      credentials: null,
      devices: { edges: [{ enrollment }] },
    },
    attendanceDays: { nodes: [{ firstIn: null, lastOut: null }] },
    migrations: [{ targets: null, startedAt: null, completedAt: null }],
  });
  expect(errors).toHaveLength(16);
  const registered = await portico.ask(REGISTER);
  expect(registered.data).toEqual({ registerCallback: { callback: { events: null, devices: null } } });
  expect(registered.errors).toHaveLength(2);
  const reset = await portico.ask(
    `mutation { resetDeviceQueue(input: { serialNumber: "GATE-001" }) { commands { id } userErrors { code } } }`,
  );
  expect(reset.data).toEqual({ resetDeviceQueue: { commands: null, userErrors: [] } });
  expect(reset.errors).toHaveLength(1);
  for (const error of [errors, registered.errors, reset.errors].flat())
    expect(error).toMatchObject({ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } });
});

const LONG_AGO = "2026-11-20 03:30:00 GMT +0000";
const DOOR = {
  DeviceSN: "GATE-001",
  DoorNo: 1,
  State: "Closed",
  LockState: "Locked",
  Mode: "Normal",
  Alarm: "None",
  SensorPresent: true,
  AsOf: LONG_AGO,
  DeviceStatus: "Online",
};
const justNow = (): string => `${new Date().toISOString().slice(0, 19).replace("T", " ")} GMT +0000`;

test.each([
  ["a door that was reported", {}, "CLOSED", "LOCKED"],
  ["a door without a sensor", { SensorPresent: false }, "UNKNOWN", "LOCKED"],
  ["a door of a device that is long offline", { DeviceStatus: "Offline" }, "UNKNOWN", "UNKNOWN"],
  ["a door of a device that was never heard of", { DeviceStatus: "Offline", AsOf: null }, "UNKNOWN", "UNKNOWN"],
  ["a door of a device that has just gone", { DeviceStatus: "Offline", AsOf: justNow() }, "CLOSED", "LOCKED"],
])("%s is as the schema says", async (_door, more, state, lock) => {
  const portico = await startOnScratch({ GetDoorStatus: { Doors: [{ ...DOOR, ...more }] } });
  const { data, errors } = await portico.ask(`{ door(serialNumber: "GATE-001") { state lock alarm } }`);
  expect({ data, errors }).toEqual({ data: { door: { state, lock, alarm: "NO_ALARM" } } });
});

test.each([undefined, null, "", 5])("an alarm that is %j is no alarm", async (Alarm) => {
  const portico = await startOnScratch({ GetDoorStatus: { Doors: [{ ...DOOR, Alarm }] } });
  const { data, errors } = await portico.ask(`{ door(serialNumber: "GATE-001") { state alarm } }`);
  expect(data).toEqual({ door: { state: "CLOSED", alarm: null } });
  expect(errors).toMatchObject([{ path: ["door", "alarm"], extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
});

test.each([
  ["FP", "FINGERPRINT"],
  ["RFID", "CARD"],
  ["PIN", "PASSWORD"],
  ["face_id", "FACE"],
  ["Finger Vein", "VEIN"],
])("%s is the same for a punch, a credential and an enrollment", async (Type, word) => {
  const portico = await startOnScratch({
    FindUser: person({ Credentials: [{ Type, Index: 0 }] }),
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, Type }]),
    ListUserDevices: { Devices: [{ ...DEVICE, SyncStatus: "Synced", CredentialTypes: [Type] }] },
  });
  const { data } = await portico.ask(`{
    user(employeeCode: "42") { credentials { kind } devices { edges { enrollment { credentialKinds } } } }
    punches(${PERIOD}) { nodes { method } }
  }`);
  expect(data).toEqual({
    user: { credentials: [{ kind: word }], devices: { edges: [{ enrollment: { credentialKinds: [word] } }] } },
    punches: { nodes: [{ method: word }] },
  });
});

test.each([
  ["SYNCED", ["Completed", "OK", "success", "In Sync"]],
  ["PENDING", ["Queued", "in_progress", "Not Started", "Sent"]],
  ["FAILED", ["Error", "rejected"]],
  ["UNKNOWN", ["Teleported", 5]],
])("a person is %s on a device by every usual word", async (syncState, words) => {
  const portico = await startOnScratch({
    ListUserDevices: { Devices: words.map((SyncStatus, index) => ({ DeviceSN: `GATE-00${index}`, SyncStatus })) },
    FindUser: person({}),
  });
  const { data } = await portico.ask(`{ user(employeeCode: "42") { devices { edges { enrollment { syncState } } } } }`);
  expect(data).toEqual({ user: { devices: { edges: words.map(() => ({ enrollment: { syncState } })) } } });
});

test.each([
  ["NO_ALARM", ["NoAlarm", "no_alarm", "Normal", "OFF", "Clear", "ok"]],
  ["FORCED_OPEN", ["DoorForcedOpen"]],
  ["HELD_OPEN", ["door held open"]],
  ["INPUT", ["InputAlarm"]],
  ["OTHER", ["Flood"]],
])("an alarm is %s by every usual word", async (alarm, words) => {
  const portico = await startOnScratch({
    GetDoorStatus: { Doors: words.map((Alarm, index) => ({ ...DOOR, DoorNo: index + 1, Alarm })) },
    GetDeviceInfo: { Device: DEVICE },
  });
  const { data } = await portico.ask(`{ device(serialNumber: "GATE-001") { doors { alarm } } }`);
  expect(data).toEqual({ device: { doors: words.map(() => ({ alarm })) } });
});

test.each([0, "0", "00000000-0000-0000-0000-000000000000", "null", " none "])(
  "%j identifies nothing",
  async (nothing) => {
    const event = {
      DeviceSN: "GATE-001",
      EventTime: "2026-11-20 09:00:00",
      UtcOffset: "+05:30",
      EventType: "DoorOpened",
    };
    const portico = await startOnScratch({
      FindUser: person({ AccessScheduleID: nothing }),
      ListUserDevices: { Devices: [{ DeviceSN: "GATE-001", PendingCommandID: nothing }] },
      GetAccessEvents: pageOf("AccessEvents", [{ ...event, EventID: "a1", DoorNo: 1, CommandID: nothing }]),
    });
    const { data, errors } = await portico.ask(`{
    user(employeeCode: "42") { accessScheduleId devices { edges { enrollment { pendingCommand { id } } } } }
    accessEvents(${PERIOD}) { nodes { command { id } } }
  }`);
    expect({ data, errors }).toEqual({
      data: {
        user: { accessScheduleId: null, devices: { edges: [{ enrollment: { pendingCommand: null } }] } },
        accessEvents: { nodes: [{ command: null }] },
      },
    });
    expect(portico.calls).not.toContain("GetCommandStatus");
  },
);

test("a number that can be none of its kind is null with an error", async () => {
  const event = { DeviceSN: "GATE-001", EventTime: "2026-11-20 09:00:00", UtcOffset: "+05:30", EventType: "Tamper" };
  const portico = await startOnScratch({
    FindUser: person({ AccessScheduleID: -1 }),
    GetAccessEvents: pageOf("AccessEvents", [{ ...event, EventID: "a1", DoorNo: 0 }]),
    GetAttendanceSummary: pageOf("Summaries", [
      { ...DAY, WorkedMinutes: 540, Hours: -1 },
      { ...DAY, EmployeeCode: "44", WorkedMinutes: -1, Hours: -1 },
    ]),
  });
  const { data, errors } = await portico.ask(`{
    user(employeeCode: "42") { accessScheduleId }
    accessEvents(${PERIOD}) { nodes { kind door { number } } }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { hours } }
  }`);
  expect(data).toEqual({
    user: { accessScheduleId: null },
    accessEvents: { nodes: [{ kind: "TAMPER", door: null }] },
    attendanceDays: { nodes: [{ hours: 9 }, { hours: null }] },
  });
  expect(errors?.map(({ path }) => path?.join(".")).toSorted()).toEqual([
    "accessEvents.nodes.0.door",
    "attendanceDays.nodes.1.hours",
    "user.accessScheduleId",
  ]);
});

test("a row within a row that cannot be read is an error only where its list is served, and once", async () => {
  const Device = { ...DEVICE, Services: [{ ServiceName: null }], Doors: [{ DoorNo: 1 }, { DoorNo: "x" }] };
  const User = {
    EmployeeCode: "42",
    FirstName: "A",
    Credentials: [
      { Type: "Card", Index: 0 },
      { Type: "Card", Index: "x" },
    ],
  };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device },
    ListUsers: pageOf("Users", [User]),
    FindUser: { User },
  });
  const leftOut = async (fields: string) => {
    const { data, errors = [] } = await portico.ask<{ device: object | null }, object>(
      `{ device(serialNumber: "GATE-001") { ${fields} } user(employeeCode: "42") { name } }`,
    );
    expect(data.device).not.toBeNull();
    return errors.map(({ message }) => /left out (\d+)/.exec(message)?.[1]);
  };
  expect(await leftOut("name users { nodes { name } }")).toEqual([]);
  expect(await leftOut("doors { number }")).toEqual(["1"]);
  expect(await leftOut("users { nodes { credentials { kind } again: credentials { index } } }")).toEqual(["1"]);
  expect(await leftOut("users { edges { enrollment { credentialKinds } } } doors { number }")).toEqual(["2"]);
});

test("a day is not lost for a member that it can do without", async () => {
  const portico = await startOnScratch({
    GetAttendanceSummary: pageOf("Summaries", [
      { ...DAY, DayStatus: null, WorkedMinutes: 535, BreakMinutes: "none" },
      { ...DAY, Date: "2026-11-21", PunchCount: null, Hours: 9, DayStatus: "Present" },
    ]),
  });
  const { data, errors } = await portico.ask(`{ attendanceDays(from: "2026-11-20", to: "2026-11-21") {
    nodes { punchCount status workedMinutes breakMinutes hours }
  } }`);
  expect(data).toEqual({
    attendanceDays: {
      nodes: [
        { punchCount: 2, status: "UNKNOWN", workedMinutes: 535, breakMinutes: null, hours: 8.92 },
        { punchCount: null, status: "PRESENT", workedMinutes: null, breakMinutes: null, hours: 9 },
      ],
    },
  });
  expect(errors).toHaveLength(4);
  for (const error of errors ?? []) expect(error).toMatchObject({ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } });
});

test("an access event, a credential and a command are not lost for a word or a door", async () => {
  const event = {
    EventID: "a1",
    DeviceSN: "GATE-001",
    DoorNo: 1,
    EventTime: "2026-11-20 09:00:00",
    UtcOffset: "+05:30",
  };
  const command = { CommandID: "cmd_1", OperationID: "operation1", DeviceSN: "GATE-001", Operation: 5 };
  const portico = await startOnScratch({
    GetAccessEvents: pageOf("AccessEvents", [
      { ...event, EventType: null },
      { ...event, EventID: "a2", EventType: "Tamper", DoorNo: null },
    ]),
    FindUser: person({ Credentials: [{ Index: 0 }] }),
    GetCommandStatus: { Command: command },
  });
  const id = Buffer.from("Command:cmd_1").toString("base64url");
  const { data, errors } = await portico.ask(`{
    accessEvents(${PERIOD}) { nodes { kind door { number } } }
    user(employeeCode: "42") { credentials { kind } }
    command(id: "${id}") { kind status }
  }`);
  expect(data).toEqual({
    accessEvents: {
      nodes: [
        { kind: "OTHER", door: { number: 1 } },
        { kind: "TAMPER", door: null },
      ],
    },
    user: { credentials: [{ kind: "OTHER" }] },
    command: { kind: "OTHER", status: "UNKNOWN" },
  });
  expect(errors).toMatchObject([
    { path: ["accessEvents", "nodes", 1, "door"], extensions: { code: "UPSTREAM_INVALID_RESPONSE" } },
  ]);
});

test("a gateway that cannot count says -1, which is not known", async () => {
  const migration = { MigrationID: "m1", TargetDeviceSN: ["GATE-001"], Progress: 150, Total: -1, Done: -1, Failed: -1 };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, Capacity: { Users: -1, Faces: 500 }, Counters: { Users: 3, Faces: -1 } } },
    CheckDeviceHealth: { Health: [{ DeviceSN: "GATE-001", QueueDepth: -1, ClockDriftSeconds: -1 }] },
    PingConnection: { Reachable: false, LatencyMs: -1, CheckedTime: LONG_AGO },
    MigrationStatus: { Migrations: [migration] },
    GetAttendanceSummary: pageOf("Summaries", [{ ...DAY, PunchCount: -1, WorkedMinutes: -1, BreakMinutes: -1 }]),
  });
  const { data, errors } = await portico.ask(`{
    device(serialNumber: "GATE-001") {
      health { queueDepth clockDriftSeconds } ping { latencyMs }
      info { users { used capacity } faces { used capacity } }
    }
    migrations { progress total done failed }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { punchCount workedMinutes breakMinutes hours } }
  }`);
  expect(data).toEqual({
    device: {
      health: { queueDepth: null, clockDriftSeconds: -1 },
      ping: { latencyMs: null },
      info: { users: { used: 3, capacity: null }, faces: { used: null, capacity: 500 } },
    },
    migrations: [{ progress: null, total: null, done: null, failed: null }],
    attendanceDays: { nodes: [{ punchCount: null, workedMinutes: null, breakMinutes: null, hours: null }] },
  });
  expect(errors).toHaveLength(4);
});

/** Every text of an object as a program in C or a column of a fixed width pads it. */
const padded = (value: unknown, end: string): unknown =>
  typeof value === "string"
    ? `${value}${end}`
    : Array.isArray(value)
      ? value.map((each) => padded(each, end))
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, padded(each, end)]))
        : value;

test.each(["\0", "\0\0\0", "\r\n"])("texts that end in %j are read as those without", async (end) => {
  const device = { ...DEVICE, UtcOffset: null, License: { Valid: "true", ValidUntil: "2030-01-01" } };
  const someone = { EmployeeCode: "42", FirstName: "Asha", LastName: "N", UserType: "Admin", Enabled: "true" };
  const answers = {
    ListDevices: pageOf("Devices", [device]),
    GetDeviceInfo: { Device: device },
    FindUser: { User: { ...someone, ValidTo: "2030-01-01", UpdatedTime: LONG_AGO } },
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, UtcOffset: null, Temperature: "36.6", FaceMask: "1" }]),
    GetAccessEvents: pageOf("AccessEvents", [
      { EventID: "a1", DeviceSN: "GATE-001", DoorNo: "1", EventTime: "2026-11-20 09:00:00", EventType: "Tamper" },
    ]),
    GetDoorStatus: { Doors: [DOOR] },
    GetAttendanceSummary: pageOf("Summaries", [{ ...DAY, DayStatus: "Present", Hours: "8.5" }]),
  };
  const query = `{
    device(serialNumber: "GATE-001") { name model status lastSeenAt timeZone licensed licensedUntil }
    user(employeeCode: "42") { name role enabled validTo updatedAt }
    punches(${PERIOD}) { nodes { ${PUNCH_FIELDS} } }
    accessEvents(${PERIOD}) { nodes { id at kind door { number } } }
    door(serialNumber: "GATE-001") { state lock mode alarm }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { date status hours firstIn { at } } }
  }`;
  const clean = await (await startOnScratch(answers)).ask(query);
  expect(clean.errors).toBeUndefined();
  const portico = await startOnScratch(padded(answers, end) as typeof answers);
  const { data, errors } = await portico.ask(query);
  expect({ data, errors }).toEqual({ data: clean.data });
});

test("words of callbacks may be padded, and separated in other ways", async () => {
  const portico = await startOnScratch({ ListDevices: pageOf("Devices", [DEVICE]), GetDeviceInfo: { Device: DEVICE } });
  const status = { DeviceSN: "GATE-001", Status: "Offline\n", Reason: " Heartbeat Timeout " };
  const update = { DeviceSN: "GATE-001", EmployeeCode: "42", Action: "user_added ", EnrollmentStatus: "Completed\0" };
  await portico.deliver({ ...status, AuthToken: portico.sandbox.token });
  await portico.deliver({ ...update, AuthToken: portico.sandbox.token });
  const { data } = await portico.ask<object, object>(`{ events(first: 10) { nodes {
    ... on DeviceStatusChanged { status reason } ... on EnrollmentUpdated { action succeeded } } } }`);
  expect(data).toMatchObject({
    events: {
      nodes: [
        { status: "OFFLINE", reason: "HEARTBEAT_TIMEOUT" },
        { action: "USER_ADDED", succeeded: true },
      ],
    },
  });
});

test("what a gateway measures more exactly, or writes with a sign, is known", async () => {
  const result = { DeviceSN: "GATE-001", CommandID: "cmd_1", CommandStatus: "Done", Result: { DriftSeconds: "-12.5" } };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, Capacity: { Users: "+500" }, Counters: { Users: "3.0" } } },
    CheckDeviceHealth: { Health: [{ DeviceSN: "GATE-001", QueueDepth: "+2", ClockDriftSeconds: "+125.4" }] },
    PingConnection: { Reachable: true, LatencyMs: 12.4, CheckedTime: LONG_AGO },
    MigrationStatus: { Migrations: [{ MigrationID: "m1", TargetDeviceSN: ["GATE-001"], Progress: 99.5, Done: 199 }] },
    GetAttendanceSummary: pageOf("Summaries", [{ ...DAY, WorkedMinutes: 480.5, BreakMinutes: -0.2, Hours: "8.01" }]),
    SyncDeviceTime: { Results: [result] },
  });
  const { data } = await portico.ask(`{
    device(serialNumber: "GATE-001") {
      health { queueDepth clockDriftSeconds } ping { latencyMs } info { users { used capacity } }
    }
    migrations { progress done }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { workedMinutes breakMinutes hours } }
  }`);
  expect(data).toEqual({
    device: {
      health: { queueDepth: 2, clockDriftSeconds: 125 },
      ping: { latencyMs: 12 },
      info: { users: { used: 3, capacity: 500 } },
    },
    migrations: [{ progress: 99, done: 199 }],
    attendanceDays: { nodes: [{ workedMinutes: 480, breakMinutes: 0, hours: 8.01 }] },
  });
  const synced = await portico.ask(
    `mutation { syncDeviceTime(input: { serialNumbers: ["GATE-001"] }) { commands { driftSeconds } } }`,
  );
  expect(synced.data).toEqual({ syncDeviceTime: { commands: [{ driftSeconds: -12 }] } });
});

test.each([
  [36.6, 36.6],
  ["36,6", 36.6],
  ["+36.60", 36.6],
  ["36.6 C", 36.6],
  [" 36.6\u00B0C\0", 36.6],
  ["36,6\u2103", 36.6],
  [0, null],
  ["0.0", null],
  [-1, null],
  [255, null],
  ["97.9 F", null],
  ["1,234", null],
  ["warm", null],
  [true, null],
])("a temperature of %j is %j, in lists and in events", async (Temperature, temperature) => {
  const row = { ...PUNCH, Temperature };
  const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", [row]) });
  await portico.deliver(row);
  const { data } = await portico.ask(`{
    punches(${PERIOD}) { nodes { temperature } }
    events(first: 1) { nodes { ... on PunchAdded { punch { temperature } } } }
  }`);
  const punch = { temperature };
  expect(data).toEqual({ punches: { nodes: [punch] }, events: { nodes: [{ punch }] } });
});

test("a receipt that cannot be read is null with an error, in a list and in an event", async () => {
  const row = { ...PUNCH, ReceivedTime: "20.11.2026 09:00" };
  const portico = await startOnScratch({
    GetAttendanceByDate: pageOf("AttendanceLogs", [row]),
    GetDeviceInfo: { Device: DEVICE },
  });
  const { ReceivedTime: _, ...delivered } = row;
  await portico.deliver(delivered);
  const list = await portico.ask(`{ punches(${PERIOD}) { nodes { receivedAt } } }`);
  const events = await portico.ask(`{ events(first: 1) { nodes { ... on PunchAdded { punch { receivedAt } } } } }`);
  const punch = { receivedAt: null };
  expect(list.data).toEqual({ punches: { nodes: [punch] } });
  expect(events.data).toEqual({ events: { nodes: [{ punch }] } });
  for (const { errors } of [list, events])
    expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
});

test("the end of a command that cannot be read is null with an error, in the payload and by its ID", async () => {
  const command = { CommandID: "cmd_1", OperationID: "operation1", DeviceSN: "GATE-001", CommandStatus: "Done" };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    RebootDevice: { Results: [command] },
    GetCommandStatus: { Command: { ...command, CompletedTime: "at noon" } },
  });
  const reboot = `mutation { rebootDevice(input: { serialNumbers: ["GATE-001"], options: { idempotencyKey: "one" } }) {
    commands { id status completedAt } } }`;
  const id = Buffer.from("Command:cmd_1").toString("base64url");
  const ended = { status: "SUCCEEDED", completedAt: null };
  for (const [query, data] of [
    [reboot, { rebootDevice: { commands: [{ id, ...ended }] } }],
    [reboot, { rebootDevice: { commands: [{ id, ...ended }] } }],
    [`{ command(id: "${id}") { status completedAt } }`, { command: ended }],
  ] as const) {
    const answer = await portico.ask(query);
    expect(answer.data).toEqual(data);
    expect(answer.errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
  }
});

test("a row need not repeat the device or the person that was asked for", async () => {
  const { DeviceSN, EmployeeCode, ...bare } = PUNCH;
  const { DeviceSN: serial, ...device } = DEVICE;
  const portico = await startOnScratch(
    {
      GetAttendanceByEmployee: { EmployeeCode, ...pageOf("AttendanceLogs", [{ ...bare, DeviceSN }]) },
      GetAttendanceByDevice: { DeviceSN, ...pageOf("AttendanceLogs", [{ ...bare, EmployeeCode, DeviceSN: " " }]) },
      GetFirstInLastOut: pageOf("Records", [{ Date: "2026-11-20", PunchCount: 1, EmployeeCode: null }]),
      GetDoorStatus: { Doors: [{ DoorNo: 1, State: "Closed" }] },
      CheckDeviceHealth: { Health: [{ Status: "Online" }] },
      GetDeviceInfo: { Device: { ...device, Firmware: "1.2" } },
      FindUser: { User: { FirstName: "A" } },
    },
    { PUBLIC_URL: "http://portico.example" },
  );
  const period = 'from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"';
  const query = `{
    user(employeeCode: "0042") {
      firstName
      punches(${period}) { nodes { method user { employeeCode } } }
      attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { date } }
    }
    device(serialNumber: "GATE-001") {
      info { firmware } health { status } doors { state }
      punches(${period}) { nodes { method device { serialNumber } } }
    }
  }`;
  // The second answer comes from the cache.
  for (const _turn of [1, 2]) {
    const { data, errors } = await portico.ask(query);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      user: {
        firstName: "A",
        punches: { nodes: [{ method: "FACE", user: { employeeCode: EmployeeCode } }] },
        attendanceDays: { nodes: [{ date: "2026-11-20" }] },
      },
      device: {
        info: { firmware: "1.2" },
        health: { status: "ONLINE" },
        doors: [{ state: "CLOSED" }],
        punches: { nodes: [{ method: "FACE", device: { serialNumber: serial } }] },
      },
    });
  }
});

test("a row of many people that names nobody is left out", async () => {
  const { EmployeeCode: _, ...bare } = PUNCH;
  const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", [bare, PUNCH]) });
  const { data, errors } = await portico.ask(
    '{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { user { employeeCode } } } }',
  );
  expect(data).toEqual({ punches: { nodes: [{ user: { employeeCode: "0042" } }] } });
  expect(errors).toHaveLength(1);
});

test("a reason of nothing but blanks is none, and what succeeded has no reason why it failed", async () => {
  const migration = {
    Kind: "CopyUsers",
    TargetDeviceSN: ["GATE-001"],
    Total: 1,
    Done: 1,
    Failed: 0,
    Progress: 100,
  };
  const event = {
    EventID: "aev_1",
    DeviceSN: "GATE-001",
    DoorNo: 1,
    EventTime: "2026-11-20 09:00:00",
    EventType: "AccessGranted",
  };
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [DEVICE]),
    GetAccessEvents: pageOf("AccessEvents", [{ ...event, Reason: "   " }]),
    MigrationStatus: {
      Migrations: [
        { ...migration, MigrationID: "mig_1", State: "Failed", FailureReason: "" },
        { ...migration, MigrationID: "mig_2", State: "Failed", FailureReason: " No room " },
        { ...migration, MigrationID: "mig_3", State: "Completed", FailureReason: "All users copied" },
      ],
    },
  });
  const update = {
    Event: "enrollment.update",
    AuthToken: portico.sandbox.token,
    DeviceSN: "GATE-001",
    EmployeeCode: "0042",
    Action: "UserUpdated",
    Source: "Device",
  };
  await portico.deliver({ ...update, EventID: "evt_1", EnrollmentStatus: "Completed", FailureReason: "Stored" });
  await portico.deliver({ ...update, EventID: "evt_2", EnrollmentStatus: "Failed", FailureReason: "\t " });
  await portico.deliver({ ...update, EventID: "evt_3", EnrollmentStatus: "Failed", FailureReason: "No room" });
  const { data } = await portico.ask<object, object>(`{
    migrations { failureReason }
    accessEvents(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { reason } }
    events { nodes { ... on EnrollmentUpdated { failureReason } } } }`);
  const reasons = (...all: (string | null)[]) => all.map((failureReason) => ({ failureReason }));
  expect(data).toEqual({
    migrations: reasons(null, "No room", null),
    accessEvents: { nodes: [{ reason: null }] },
    events: { nodes: reasons(null, null, "No room") },
  });
});

test.each([
  ["Y", "N"],
  ["yes", "no "],
  ["On", "Off"],
  ["T", "F"],
])("%s and %s are read as yes and no", async (yes, no) => {
  const row = { ...PUNCH, FaceMask: no, HasPhoto: yes, ClockSuspect: yes };
  const portico = await startOnScratch({
    GetAttendanceByDate: pageOf("AttendanceLogs", [row]),
    FindUser: person({ Enabled: no }),
    ListDevices: pageOf("Devices", [{ ...DEVICE, License: { Valid: no, ValidUntil: "2020-01-01" } }]),
    GetDoorStatus: { Doors: [{ ...DOOR, SensorPresent: no }] },
    PingConnection: { Reachable: no, CheckedTime: LONG_AGO },
    GetDeviceInfo: { Device: { ...DEVICE, Capabilities: { Face: yes, Card: no } } },
  });
  await portico.deliver({ ...row, DeviceSN: "GATE-001" });
  const { data, errors } = await portico.ask(`{
    punches(${PERIOD}) { nodes { photo { __typename } faceMask clockSuspect } }
    events(first: 1) { nodes { ... on PunchAdded { punch { photo { __typename } faceMask clockSuspect } } } }
    user(employeeCode: "42") { enabled }
    devices { nodes { licensed } }
    door(serialNumber: "GATE-001") { state sensorPresent }
    device(serialNumber: "GATE-001") { ping { reachable } info { capabilities } }
  }`);
  const punch = { photo: { __typename: "PunchPhoto" }, faceMask: false, clockSuspect: true };
  expect({ data, errors }).toEqual({
    data: {
      punches: { nodes: [punch] },
      events: { nodes: [{ punch }] },
      user: { enabled: false },
      devices: { nodes: [{ licensed: false }] },
      door: { state: "UNKNOWN", sensorPresent: false },
      device: { ping: { reachable: false }, info: { capabilities: ["FACE"] } },
    },
  });
});

/** A list as PHP writes one from which it has removed items. */
const numbered = (items: readonly unknown[]): object =>
  Object.fromEntries(items.map((item, index) => [String(index * 2), item]));

test.each<[string, (items: readonly unknown[]) => unknown]>([
  ["an object whose names are numbers", numbered],
  ["JSON in a text", JSON.stringify],
  ["a list of texts of JSON", (items) => items.map((each) => (typeof each === "string" ? each : JSON.stringify(each)))],
])("a list may be %s", async (_form, list) => {
  const page = (member: string, rows: readonly object[]) => ({ ...pageOf(member, rows), [member]: list(rows) });
  const portico = await startOnScratch({
    GetAttendanceByDate: page("AttendanceLogs", [PUNCH, { ...PUNCH, AttendanceLog: "2026-11-20 10:00:00" }]),
    ListDevices: page("Devices", [DEVICE, { ...DEVICE, DeviceSN: "GATE-002" }]),
    GetDoorStatus: { Doors: list([DOOR, { ...DOOR, DoorNo: 2 }]) },
    FindUser: person({ Privileges: list(["A", "B"]), Credentials: list([{ Type: "Card", Index: 0 }]) }),
    ListUserDevices: {
      Devices: list([{ DeviceSN: "GATE-001", CredentialTypes: list(["Fingerprint", "Face"]) }]),
    },
  });
  const { data, errors } = await portico.ask(`{
    punches(${PERIOD}) { nodes { localTime } }
    devices { nodes { serialNumber } }
    door(serialNumber: "GATE-001", number: 2) { state }
    user(employeeCode: "42") {
      privileges credentials { kind } devices { edges { enrollment { credentialKinds } } }
    }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      punches: { nodes: [{ localTime: "2026-11-20T09:00:00" }, { localTime: "2026-11-20T10:00:00" }] },
      devices: { nodes: [{ serialNumber: "GATE-001" }, { serialNumber: "GATE-002" }] },
      door: { state: "CLOSED" },
      user: {
        privileges: ["A", "B"],
        credentials: [{ kind: "CARD" }],
        devices: { edges: [{ enrollment: { credentialKinds: ["FINGERPRINT", "FACE"] } }] },
      },
    },
  });
});

test.each<[string, (row: object) => unknown]>([
  ["in a list", (row) => [row]],
  ["JSON in a text", (row) => JSON.stringify(row)],
])("an object may be %s", async (_form, written) => {
  const command = { CommandID: "cmd_1", OperationID: "operation1", DeviceSN: "GATE-001", CommandStatus: "Done" };
  const portico = await startOnScratch({
    FindUser: { User: written(person({ LastName: "B" }).User) },
    GetDeviceInfo: { Device: written({ ...DEVICE, License: written({ Valid: true }) }) },
    GetCommandStatus: { Command: written(command) },
  });
  const id = Buffer.from("Command:cmd_1").toString("base64url");
  const { data, errors } = await portico.ask(`{
    user(employeeCode: "42") { name } device(serialNumber: "GATE-001") { model licensed } command(id: "${id}") { status }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      user: { name: "A B" },
      device: { model: "T", licensed: true },
      command: { status: "SUCCEEDED" },
    },
  });
});

test("words and serial numbers may stand in one text", async () => {
  const portico = await startOnScratch({
    FindUser: person({ Privileges: "Reports, of all" }),
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-001", CredentialTypes: "Fingerprint, Face;" }] },
    MigrationStatus: { Migrations: [{ MigrationID: "m1", TargetDeviceSN: "GATE-001|GATE-002 " }] },
  });
  const { data, errors } = await portico.ask(`{
    user(employeeCode: "42") { privileges devices { edges { enrollment { credentialKinds } } } }
    migrations { targets { serialNumber } }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      user: {
        privileges: ["Reports, of all"],
        devices: { edges: [{ enrollment: { credentialKinds: ["FINGERPRINT", "FACE"] } }] },
      },
      migrations: [{ targets: [{ serialNumber: "GATE-001" }, { serialNumber: "GATE-002" }] }],
    },
  });
});

test.each([null, "", {}, "{}", undefined])("a list without rows may be %j in every answer", async (none) => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: person({}),
    GetDoorStatus: { Doors: none },
    MigrationStatus: { Migrations: none },
    ListUserDevices: { EmployeeCode: "42", Devices: none },
    ResetDeviceQueue: { DeviceSN: "GATE-001", ClearedCommands: 1, CancelledCommandIDs: null },
  });
  const { data, errors } = await portico.ask(`{
    device(serialNumber: "GATE-001") { model doors { state } migrations { id } }
    user(employeeCode: "42") { firstName devices { totalCount } }
    migrations { id }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      device: { model: "T", doors: [], migrations: [] },
      user: { firstName: "A", devices: { totalCount: 0 } },
      migrations: [],
    },
  });
  const reset = await portico.ask<object, object>(
    `mutation { resetDeviceQueue(input: { serialNumber: "GATE-001" }) { commands { id } } }`,
  );
  expect(reset).toMatchObject({ data: { resetDeviceQueue: { commands: null } }, errors: [{}] });
});

test.each([{ Doors: null, StatusCode: null, Status: null }, { Doors: null, Door: [DOOR] }, { Doors: "none" }])(
  "an answer that may have rows is no empty list: %j",
  async (doors) => {
    const portico = await startOnScratch({ GetDeviceInfo: { Device: DEVICE }, GetDoorStatus: doors });
    const { errors } = await portico.ask(`{ device(serialNumber: "GATE-001") { model doors { state } } }`);
    expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
  },
);

test("names and IDs are without the blanks of a column of a fixed width, and nothing but blanks is none", async () => {
  const blank = "        ";
  const event = {
    EventID: "a1      ",
    DeviceSN: "GATE-001",
    DoorNo: 1,
    EventTime: "2026-11-20 09:00:00",
    UtcOffset: "+05:30",
    EventType: "RemoteOpen",
  };
  const result = { CommandID: "cmd_1   ", OperationID: "operation1  ", DeviceSN: "GATE-001", CommandStatus: "Sent" };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, DeviceLabel: blank } },
    FindUser: person({ FirstName: "Asha    ", LastName: blank }),
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, EmployeeName: "B N     " }]),
    GetAccessEvents: pageOf("AccessEvents", [{ ...event, EmployeeCode: blank, CommandID: "cmd_1   " }]),
    OpenDoor: { http: 409, Results: [result] },
    GetCommandStatus: { Command: { ...result, CommandStatus: "Done" } },
  });
  const id = Buffer.from("Command:cmd_1").toString("base64url");
  const { data, errors } = await portico.ask(`{
    device(serialNumber: "GATE-001") { name model }
    user(employeeCode: "42") { name firstName }
    punches(${PERIOD}) { nodes { user { name } } }
    accessEvents(${PERIOD}) { nodes { id user { employeeCode } command { id status } } }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      device: { name: null, model: "T" },
      user: { name: "Asha", firstName: "Asha" },
      punches: { nodes: [{ user: { name: "B N" } }] },
      accessEvents: {
        nodes: [
          {
            id: Buffer.from("AccessEvent:GATE-001/2026-11-20 09:00:00/a1").toString("base64url"),
            user: null,
            command: { id, status: "SUCCEEDED" },
          },
        ],
      },
    },
  });
  const opened = await portico.ask(`mutation {
    openDoor(input: { serialNumber: "GATE-001", options: { waitSeconds: 3 } }) { command { id status } }
  }`);
  expect(opened.data).toEqual({ openDoor: { command: { id, status: "SUCCEEDED" } } });
});

test.each([
  "0000-00-00 00:00:00",
  "0001-01-01 00:00:00",
  "1/1/0001 00:00:00",
  "1899-12-30 00:00:00",
  "1900-01-01 00:00:00",
  "1970-01-01 00:00:00",
  "1970-01-01 05:30:00",
  "0",
])("%s is no time, where there may be none", async (time) => {
  const at = time === "0" ? 0 : `${time} GMT +0000`;
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    ListDevices: pageOf("Devices", [{ ...DEVICE, LastSeen: at, License: { Valid: true, ValidUntil: time } }]),
    FindUser: person({ ValidFrom: time, ValidTo: time, UpdatedTime: at }),
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-001", LastSyncTime: at }] },
    GetFirstInLastOut: pageOf("Records", [{ ...DAY, FirstIn: "09:00", LastOut: time }]),
    MigrationStatus: { Migrations: [{ MigrationID: "m1", TargetDeviceSN: "GATE-001", CompletedTime: at }] },
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, ReceivedTime: at, ClockSuspect: null }]),
  });
  const { data, errors } = await portico.ask(`{
    devices { nodes { lastSeenAt licensedUntil } }
    user(employeeCode: "42") { validFrom validTo updatedAt devices { edges { enrollment { lastSyncedAt } } } }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { lastOut { localTime } } }
    migrations { completedAt }
    punches(${PERIOD}) { nodes { receivedAt clockSuspect } }
  }`);
  expect({ data, errors }).toEqual({
    data: {
      devices: { nodes: [{ lastSeenAt: null, licensedUntil: null }] },
      user: {
        validFrom: null,
        validTo: null,
        updatedAt: null,
        devices: { edges: [{ enrollment: { lastSyncedAt: null } }] },
      },
      attendanceDays: { nodes: [{ lastOut: null }] },
      migrations: [{ completedAt: null }],
      punches: { nodes: [{ receivedAt: null, clockSuspect: false }] },
    },
  });
  const status = { Event: "device.status", EventID: "e1", DeviceSN: "GATE-001", Time: at, Status: "Online" };
  await portico.deliver({ ...status, AuthToken: portico.sandbox.token });
  const events = await portico.ask<{ events: { nodes: readonly Record<string, string>[] } }, never>(
    `{ events(first: 1) { nodes { occurredAt receivedAt } } }`,
  );
  const [event] = events.data.events.nodes;
  expect(event?.["occurredAt"]).toBe(event?.["receivedAt"]);
});

test("a punch, a working day and an access event of a clock that began at 1970 are not lost", async () => {
  const time = "1970-01-01 00:00:07";
  const event = { EventID: "a1", DeviceSN: "GATE-001", DoorNo: 1, EventTime: time, EventType: "Tamper" };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, AttendanceLog: time }]),
    GetFirstInLastOut: pageOf("Records", [{ ...DAY, Date: "1970-01-01", FirstIn: "00:00:07", LastOut: null }]),
    GetAccessEvents: pageOf("AccessEvents", [event]),
  });
  const { data, errors } = await portico.ask(`{
    punches(from: "1970-01-01T00:00:00", to: "1970-01-02T00:00:00") { nodes { localTime clockSuspect } }
    attendanceDays(from: "1970-01-01", to: "1970-01-01") { nodes { date firstIn { localTime } } }
    accessEvents(from: "1970-01-01T00:00:00", to: "1970-01-02T00:00:00") { nodes { localTime } }
  }`);
  const localTime = "1970-01-01T00:00:07";
  expect({ data, errors }).toEqual({
    data: {
      punches: { nodes: [{ localTime, clockSuspect: true }] },
      attendanceDays: { nodes: [{ date: "1970-01-01", firstIn: { localTime } }] },
      accessEvents: { nodes: [{ localTime }] },
    },
  });
});

test("the person, the command and the method of an access event are not none because they cannot be read", async () => {
  const odd = { odd: true };
  const event = {
    EventID: "a1",
    DeviceSN: "GATE-001",
    DoorNo: 1,
    EventTime: "2026-11-20 09:00:00",
    UtcOffset: "+05:30",
  };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    GetAccessEvents: pageOf("AccessEvents", [
      { ...event, EventType: "RemoteOpen", EmployeeCode: odd, CommandID: ["cmd_9"], Type: 5 },
    ]),
  });
  const { data, errors } = await portico.ask<object, { readonly path: readonly unknown[] }>(`{
    accessEvents(${PERIOD}) { nodes { user { employeeCode } command { id } method } }
  }`);
  expect(data).toEqual({
    accessEvents: { nodes: [{ user: null, command: null, method: null }] },
  });
  expect(errors?.map(({ path }) => path?.join(".")).toSorted()).toEqual([
    "accessEvents.nodes.0.command",
    "accessEvents.nodes.0.method",
    "accessEvents.nodes.0.user",
  ]);
});

test("what a record of a person does not say is not none", async () => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: person({}),
    ListUsers: pageOf("Users", [{ EmployeeCode: "42", FirstName: "A" }]),
  });
  const user = `user(employeeCode: "42") { role credentials { kind } privileges }`;
  const { data, errors } = await portico.ask<object, { readonly path: readonly unknown[] }>(`{
    ${user} device(serialNumber: "GATE-001") { model users { edges { enrollment { role enabled } } } }
  }`);
  expect(data).toEqual({
    user: { role: null, credentials: null, privileges: null },
    device: { model: "T", users: { edges: [{ enrollment: { role: null, enabled: null } }] } },
  });
  expect(errors?.map(({ path }) => path?.at(-1)).toSorted()).toEqual(["credentials", "enabled", "privileges", "role"]);
  for (const none of [null, []]) {
    portico.answers.FindUser = person({ Credentials: none, Privileges: none });
    const { data, errors } = await portico.ask(`{ ${user} }`);
    expect({ data, errors }).toEqual({ data: { user: { role: null, credentials: [], privileges: [] } } });
  }
});

test("a credential that has no number is not lost, and a finger without one is no other finger", async () => {
  const fingers = [{ Type: "Fingerprint", Index: 0, Size: 1111 }, { Type: "Fingerprint" }];
  const others = [
    { Type: "Card", Size: 8 },
    { Type: "Face", Index: null },
    { Type: "Password", Index: "" },
  ];
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: person({ Credentials: [...fingers, ...others] }),
    ListUsers: pageOf("Users", [{ EmployeeCode: "42", FirstName: "A", Credentials: [{ Type: "Card" }] }]),
  });
  const { data } = await portico.ask<object, object>(`{
    user(employeeCode: "42") { credentials { kind index } }
    device(serialNumber: "GATE-001") { model users { edges { enrollment { credentialKinds } } } }
  }`);
  expect(data).toEqual({
    user: {
      credentials: [
        { kind: "FINGERPRINT", index: 0 },
        { kind: "CARD", index: 0 },
        { kind: "FACE", index: 0 },
        { kind: "PASSWORD", index: 0 },
      ],
    },
    device: { model: "T", users: { edges: [{ enrollment: { credentialKinds: ["CARD"] } }] } },
  });
  for (const Index of [null, "", 99, -1]) {
    const change = {
      DeviceSN: "GATE-001",
      EmployeeCode: "42",
      Action: "CredentialAdded",
      CredentialType: "Fingerprint",
    };
    await portico.deliver({ ...change, EventID: `e${Index}`, Index, AuthToken: portico.sandbox.token });
  }
  const events = await portico.ask<object, object>(
    `{ events(first: 4) { nodes { ... on EnrollmentUpdated { action credential { index size } } } } }`,
  );
  expect(events.data).toEqual({
    events: { nodes: Array.from({ length: 4 }, () => ({ action: "CREDENTIAL_ADDED", credential: null })) },
  });
  expect(events.errors).toHaveLength(4);
});

test.each([
  [undefined, false, "OFFLINE"],
  [null, "true", "ONLINE"],
  ["Down", 0, "OFFLINE"],
  ["Degraded", true, "DEGRADED"],
  ["Unknown", false, "UNKNOWN"],
  ["Down", null, "UNKNOWN"],
])("a health row with the status %j and online %j is %s", async (Status, Online, status) => {
  const health = { DeviceSN: "GATE-001", Status, Online };
  const portico = await startOnScratch({ GetDeviceInfo: { Device: DEVICE }, CheckDeviceHealth: { Health: [health] } });
  const { data, errors } = await portico.ask(`{ device(serialNumber: "GATE-001") { model health { status } } }`);
  expect({ data, errors }).toEqual({ data: { device: { model: "T", health: { status } } } });
});

test.each([undefined, "Sleeping", "Unknown"])("a status that is %j is no report of a device", async (Status) => {
  const door = { ...DOOR, DeviceStatus: Status };
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [{ ...DEVICE, Status: "Offline" }]),
    CheckDeviceHealth: { Health: [{ DeviceSN: "GATE-001", Status }] },
    GetDoorStatus: { Doors: [{ ...DOOR, DeviceSN: "GATE-002", DoorNo: 9, DeviceStatus: "Online" }, door] },
  });
  await portico.ask(`{ devices { nodes { status } } }`);
  await portico.ask(`{ device(serialNumber: "GATE-001") { health { status } } }`);
  const { data } = await portico.ask(`{ door(serialNumber: "GATE-001") { state lock } }`);
  expect(data).toEqual({ door: { state: "UNKNOWN", lock: "UNKNOWN" } });
  const reboot = await portico.ask(`mutation {
    rebootDevice(input: { serialNumbers: ["GATE-001"], options: { queueIfOffline: false } }) { userErrors { code } }
  }`);
  expect(reboot.data).toEqual({ rebootDevice: { userErrors: [{ code: "DEVICE_OFFLINE" }] } });
  expect(portico.calls).not.toContain("RebootDevice");
});
