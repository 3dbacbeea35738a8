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
