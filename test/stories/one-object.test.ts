import { expect, test } from "vitest";
import { Punch as PunchRecord } from "../../src/contract/attendance.ts";
import { recoveredPunch } from "../../src/events/ingress/decode/punch.ts";
import { DEVICE, pageOf, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico, tally } from "../kit/portico/app.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { served } from "../kit/portico/socket.ts";
import { until } from "../kit/until.ts";
import { loggedEvents } from "../kit/events/logged.ts";

const PERIOD = `from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"`;
const EVENTS = `{ events(kinds: [PUNCH_ADDED]) { nodes { ... on PunchAdded { punch { id receivedAt user { employeeCode } } } } } }`;

interface Punch {
  readonly id: string;
  readonly receivedAt: string | null;
}

interface Events {
  readonly events: { readonly nodes: readonly { readonly punch: Punch }[] };
}

test("a punch has the same receivedAt in an event, in a list, and by its ID", async () => {
  const portico = await startPortico();
  const [DeviceSN = ""] = [...portico.sandbox.gateway.world.devices.keys()];
  portico.sandbox.punch({ DeviceSN, EmployeeCode: "1042" }, { DeviceSN, EmployeeCode: "77001" });
  await until(async () => (await loggedEvents(portico.log, "0-0", 10)).length === 2);
  const { data, errors } = await portico.ask<Events, object>(EVENTS);
  expect(errors).toBeUndefined();
  for (const { punch } of data.events.nodes) {
    expect(punch.receivedAt).toMatch(/^2026-06-21T\d\d:\d\d:\d\dZ$/);
    const found = await portico.ask<{ node: Punch }, object>(
      `query ($id: ID!) { node(id: $id) { id ... on Punch { receivedAt } } }`,
      { id: punch.id },
    );
    expect(found.data.node).toEqual({ id: punch.id, receivedAt: punch.receivedAt });
  }
  const day = `from: "2026-06-20T12:00:00", to: "2026-06-22T12:00:00"`;
  const list = await portico.ask<{ punches: { nodes: readonly Punch[] } }, object>(
    `{ punches(${day}, order: DESC, first: 500) { nodes { id receivedAt } } }`,
  );
  for (const { punch } of data.events.nodes)
    expect(list.data.punches.nodes.find(({ id }) => id === punch.id)?.receivedAt).toBe(punch.receivedAt);
});

test("the receipt of many punches costs fewer calls than people; a punch that the gateway does not have yet has none", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => ({ ...PUNCH, EmployeeCode: String(1000 + index) }));
  const portico = await startOnScratch({
    GetAttendanceByDate: pageOf("AttendanceLogs", rows.slice(1)),
    GetDeviceInfo: { Device: DEVICE },
  });
  for (const { DeviceSN, EmployeeCode, AttendanceLog, Type } of rows)
    await portico.deliver({ DeviceSN, EmployeeCode, AttendanceLog, Type });
  const { data } = await portico.ask<Events, object>(EVENTS);
  expect(data.events.nodes.map(({ punch }) => punch.receivedAt)).toEqual([
    null,
    ...rows.slice(1).map(() => "2026-11-20T03:30:05Z"),
  ]);
  expect(tally(portico.calls.filter((name) => name.startsWith("GetAttendance")))).toEqual({ GetAttendanceByDate: 1 });
});

test("a body of five members has the photo, temperature and mask of the gateway's row; one with its own needs no read", async () => {
  const rows = [
    { ...PUNCH, Temperature: 36.6, FaceMask: true, HasPhoto: true },
    { ...PUNCH, EmployeeCode: "0043", Type: "card", Temperature: 36.6, HasPhoto: true },
    { ...PUNCH, EmployeeCode: "0044", HasPhoto: false },
  ];
  const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", rows) });
  const events = `{ events { nodes { ... on PunchAdded { punch { id temperature faceMask photo { url } } } } } }`;
  for (const { DeviceSN, EmployeeCode, AttendanceLog, Type } of rows)
    await portico.deliver({ DeviceSN, EmployeeCode, AttendanceLog, Type });
  const { data, errors } = await portico.ask<{ events: { nodes: readonly { punch: object }[] } }, undefined>(events);
  const list = await portico.ask<{ punches: { nodes: readonly object[] } }, undefined>(
    `{ punches(${PERIOD}) { nodes { id temperature faceMask photo { url } } } }`,
  );
  expect(errors).toBeUndefined();
  const photo = { url: expect.stringContaining("/links/photo") as unknown };
  const values = [
    { temperature: 36.6, faceMask: true, photo },
    { temperature: null, faceMask: null, photo },
    { temperature: null, faceMask: null, photo: null },
  ];
  expect(data.events.nodes).toMatchObject(values.map((punch) => ({ punch })));
  expect(list.data.punches.nodes).toMatchObject(values);
  const complete = await startOnScratch({});
  await complete.deliver({ ...rows[0], Temperature: null, FaceMask: null, UtcOffset: "+05:30" });
  const own = await complete.ask(events);
  expect(own.data).toMatchObject({ events: { nodes: [{ punch: { temperature: null, faceMask: null, photo } }] } });
  expect(complete.calls).toEqual([]);
});

test("a person has the name that an event has by itself, also beside events that were read after a gap", async () => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: { User: { EmployeeCode: "0042", FirstName: "New", LastName: "Name" } },
  });
  const at = (time: string) => ({ ...PUNCH, AttendanceLog: `2026-11-20 ${time}` });
  const append = (punch: object) =>
    portico.log.append([recoveredPunch(PunchRecord.read({ EmployeeName: null, ...punch }), "2026-11-20T03:30:05Z")]);
  const start = (await portico.ask<{ gateway: { latestCursor: string } }, object>("{ gateway { latestCursor } }")).data;
  await append(at("09:00:00"));
  const { EmployeeName: _name, ...delivered } = at("10:00:00");
  await portico.deliver(delivered);
  await append({ ...at("11:00:00"), EmployeeName: null });
  await append({ ...at("12:00:00"), EmployeeName: "C D" });
  await append(at("13:00:00"));
  const { events } = subscribeBySocket<{ punchAdded: { punch: object } }>(
    portico.url,
    `subscription ($after: EventCursor) { punchAdded(after: $after) { punch { localTime user { name } } } }`,
    { after: start.gateway.latestCursor },
  );
  await until(() => events.length === 5);
  expect(events.map(({ punchAdded }) => punchAdded.punch)).toEqual(
    [
      ["09:00:00", "A B"],
      ["10:00:00", "New Name"],
      ["11:00:00", null],
      ["12:00:00", "C D"],
      ["13:00:00", "A B"],
    ].map(([time, name]) => ({ localTime: `2026-11-20T${time}`, user: { name } })),
  );
  expect(portico.calls.filter((name) => name === "FindUser")).toHaveLength(1);
});

test("a body that says when the gateway received the punch needs no read", async () => {
  const portico = await startOnScratch({ GetDeviceInfo: { Device: DEVICE } });
  const { DeviceSN, EmployeeCode, AttendanceLog, Type, ReceivedTime } = PUNCH;
  await portico.deliver({ DeviceSN, EmployeeCode, AttendanceLog, Type, ReceivedTime });
  const { data } = await portico.ask<Events, object>(EVENTS);
  expect(data.events.nodes.map(({ punch }) => punch.receivedAt)).toEqual(["2026-11-20T03:30:05Z"]);
  expect(portico.calls).toEqual([]);
});

test.each([
  [{ Type: "CheckOut", InputType: "Face" }, "CHECK_OUT", "FACE"],
  [{ Type: "Fingerprint", InputType: "CheckOut" }, "CHECK_OUT", "FINGERPRINT"],
  [{ Type: "CheckIn", Direction: "face" }, "CHECK_IN", "FACE"],
  [{ AttendanceType: "CheckOut", Type: "face" }, "CHECK_OUT", "FACE"],
  [{ attendancetype: "check-out", inputtype: "FACE" }, "CHECK_OUT", "FACE"],
  [{ AttendanceType: "CheckOut", Direction: "CheckIn", Type: "card" }, "CHECK_IN", "CARD"],
  [{ Type: "face", InputType: "card", Direction: "CheckIn" }, "CHECK_IN", "FACE"],
  [{ Type: "face", Direction: "Check Out" }, "CHECK_OUT", "FACE"],
  [{ Type: "face", Direction: "OUT" }, "CHECK_OUT", "FACE"],
  [{ Type: "Face", Direction: "1" }, "CHECK_OUT", "FACE"],
  [{ Type: 0, InputType: "MealStart" }, "MEAL_OUT", "OTHER"],
  [{ Type: "face", Direction: "Entry" }, "CHECK_IN", "FACE"],
  [{ Type: "FP", Direction: "C/Out" }, "CHECK_OUT", "FINGERPRINT"],
  [{ Type: "pwd", Direction: "Clock In" }, "CHECK_IN", "PASSWORD"],
  [{ Type: "Face", Direction: "O" }, "CHECK_OUT", "FACE"],
  [{ Type: "Face", Direction: "OT-In" }, "OVERTIME_IN", "FACE"],
  [{ Type: "Face", Direction: "lunch_start" }, "MEAL_OUT", "FACE"],
  [{ Type: "face", Direction: "None", AttendanceType: "CheckOut" }, "CHECK_OUT", "FACE"],
  [{ Type: "Other", InputType: "Face", Direction: "CheckOut" }, "CHECK_OUT", "FACE"],
  [{ Type: "CheckOut", InputType: "Face", Direction: "None" }, "CHECK_OUT", "FACE"],
  [{ Type: "None", InputType: "Others", AttendanceType: "Exit" }, "CHECK_OUT", "OTHER"],
  [{ Type: "hologram", Direction: "Sideways" }, "UNCLASSIFIED", "OTHER"],
  [{ Type: "9" }, "UNCLASSIFIED", "OTHER"],
  [{}, "UNCLASSIFIED", "OTHER"],
])("%j has the same direction and method in an event and in lists", async (roles, direction, method) => {
  const { Type: _type, Direction: _direction, ...row } = PUNCH;
  const entry = { EventID: "e1", DeviceSN: "GATE-001", DoorNo: 1, EventTime: row.AttendanceLog, EventType: "Duress" };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...row, ...roles }]),
    GetAccessEvents: pageOf("AccessEvents", [{ ...entry, ...roles }]),
  });
  await portico.deliver({ ...row, ...roles });
  const { data } = await portico.ask(`{
    events { nodes { ... on PunchAdded { punch { direction method } } } }
    punches(${PERIOD}) { nodes { direction method } }
    accessEvents(${PERIOD}) { nodes { direction method } }
  }`);
  expect(data).toEqual({
    events: { nodes: [{ punch: { direction, method } }] },
    punches: { nodes: [{ direction, method }] },
    accessEvents: {
      nodes: [
        {
          direction: direction === "UNCLASSIFIED" && !("Direction" in roles) ? null : direction,
          method: method === "OTHER" && !("Type" in roles && typeof roles.Type === "string") ? null : method,
        },
      ],
    },
  });
});

test.each([
  ["2026-11-20 03:30:00 GMT +0000", null, "2026-11-20T03:30:00Z", "+00:00"],
  ["2026-11-20 03:30:00 GMT +0000", "+05:30", "2026-11-20T03:30:00Z", "+05:30", "2026-11-20T09:00:00"],
  ["2026-11-19T22:30:00Z", "+05:30", "2026-11-19T22:30:00Z", "+05:30", "2026-11-20T04:00:00"],
  ["2026-11-20T03:31:00Z", null, "2026-11-20T03:31:00Z", "+00:00"],
  ["2026-11-20T03:31:00.250+02:00", "", "2026-11-20T01:31:00Z", "+02:00"],
  ["2026-11-20 09:00:00 GMT -0300", "nonsense", "2026-11-20T12:00:00Z", "-03:00"],
  ["2026-11-20 09:00:00 -0300", "+02:00", "2026-11-20T12:00:00Z", "+02:00", "2026-11-20T14:00:00"],
  ["2026-11-20 03:32:00", "Z", "2026-11-20T03:32:00Z", "+00:00"],
  ["2026-11-20 03:32:00", "GMT +0200", "2026-11-20T01:32:00Z", "+02:00"],
  ["2026-11-20 03:32:00 GMT +1500", null, "2026-11-19T22:02:00Z", "+05:30"],
  ["2026-11-20 03:32:00 IST", null, "2026-11-19T22:02:00Z", "+05:30"],
  ["2026-11-20 03:32:00 +5:00", null, "2026-11-19T22:32:00Z", "+05:00"],
  ["2026-11-20 03:32:00", null, "2026-11-19T22:02:00Z", "+05:30"],
  ["2026-11-20 03:32:00+05", null, "2026-11-19T22:32:00Z", "+05:00"],
  ["2026-11-20 03:32:00.123456+00", null, "2026-11-20T03:32:00Z", "+00:00"],
  ["2026-11-20 03:32:00", "+05", "2026-11-19T22:32:00Z", "+05:00"],
  ["2026-11-20 03:32:00", "05:30:00", "2026-11-19T22:02:00Z", "+05:30"],
  ["2026-11-20 03:32", null, "2026-11-19T22:02:00Z", "+05:30", "2026-11-20T03:32:00"],
  ["2026-11-20 3:32:09", null, "2026-11-19T22:02:09Z", "+05:30", "2026-11-20T03:32:09"],
  ["2026/11/20 03:32:00", null, "2026-11-19T22:02:00Z", "+05:30", "2026-11-20T03:32:00"],
  ["2026-11-20 03:32:00 PM", null, "2026-11-20T10:02:00Z", "+05:30", "2026-11-20T15:32:00"],
  ["20261120T033200", null, "2026-11-19T22:02:00Z", "+05:30", "2026-11-20T03:32:00"],
  ["2026-11-20 03:32:00 Asia/Kolkata", null, "2026-11-19T22:02:00Z", "+05:30"],
  ["2026-11-20T03:32:00+05:30[Asia/Kolkata]", null, "2026-11-19T22:02:00Z", "+05:30"],
])(
  "%s with the offset %j is one instant in an event, in lists and in a day",
  async (time, UtcOffset, at, utcOffset, shown?: string) => {
    const row = { ...PUNCH, AttendanceLog: time, UtcOffset };
    const entry = { EventID: "e1", DeviceSN: "GATE-001", DoorNo: 1, EventType: "Duress" };
    const person = { EmployeeCode: "0042", Date: "2026-11-20", PunchCount: 2 };
    const day = { FirstIn: time, FirstInDeviceSN: "GATE-001", LastOut: time, LastOutDeviceSN: "GATE-001" };
    const portico = await startOnScratch({
      GetDeviceInfo: { Device: DEVICE },
      GetAttendanceByDate: pageOf("AttendanceLogs", [row]),
      GetAccessEvents: pageOf("AccessEvents", [{ ...entry, EventTime: time, UtcOffset }]),
      GetFirstInLastOut: pageOf("Records", [{ ...person, ...day, UtcOffset }]),
    });
    await portico.deliver(row);
    const { data, errors } = await portico.ask(`{
    events { nodes { occurredAt ... on PunchAdded { punch { at utcOffset localTime } } } }
    punches(${PERIOD}) { nodes { at utcOffset localTime } }
    accessEvents(${PERIOD}) { nodes { at localTime } }
    attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { firstIn { at localTime } lastOut { at localTime } } }
  }`);
    expect(errors).toBeUndefined();
    const localTime = shown ?? time.slice(0, 19).replace(" ", "T");
    const punch = { at, utcOffset, localTime };
    const mark = { at, localTime };
    expect(data).toEqual({
      events: { nodes: [{ occurredAt: at, punch }] },
      punches: { nodes: [punch] },
      accessEvents: { nodes: [mark] },
      attendanceDays: { nodes: [{ firstIn: mark, lastOut: mark }] },
    });
  },
);

test("the last exit of a day at another device has the zone that its time has", async () => {
  const day = {
    EmployeeCode: "0042",
    Date: "2026-11-20",
    FirstIn: "2026-11-20 09:00:00",
    FirstInDeviceSN: "GATE-001",
    LastOut: "2026-11-20 18:00:00 GMT -0300",
    LastOutDeviceSN: "GATE-002",
    PunchCount: 2,
    UtcOffset: "+05:30",
  };
  const portico = await startOnScratch({ GetFirstInLastOut: pageOf("Records", [day]) });
  const { data, errors } = await portico.ask(
    `{ attendanceDays(from: "2026-11-20", to: "2026-11-20") { nodes { firstIn { at } lastOut { at } } } }`,
  );
  const nodes = [{ firstIn: { at: "2026-11-20T03:30:00Z" }, lastOut: { at: "2026-11-20T21:00:00Z" } }];
  expect({ data, errors }).toEqual({ data: { attendanceDays: { nodes } } });
});

const person = (FirstName: string, more: object = {}) => ({ EmployeeCode: "0042", FirstName, LastName: "N", ...more });

interface Named {
  readonly [field: string]: string | null;
}

/** Every object with an `id` and a `name` in a response, at any depth. */
const namedIn = (value: unknown): readonly Named[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = "id" in value && "name" in value ? [value as Named] : [];
  return [...own, ...Object.values(value).flatMap(namedIn)];
};

const LISTS = `
  a: device(serialNumber: "GATE-001") { users { edges { node { id name firstName role } enrollment { name } } } }
  b: device(serialNumber: "GATE-002") { users { edges { node { id name firstName role } enrollment { name } } } }`;

test.each([
  ["rows of punches", `punches(${PERIOD}) { nodes { user { id name } } }`, ""],
  ["two devices", LISTS, ""],
  ["a device and the gateway", LISTS, `user(employeeCode: "0042") { id name firstName role }`],
  ["the gateway and a device", `user(employeeCode: "0042") { id name firstName role }`, LISTS],
  [
    "rows and the gateway",
    `punches(${PERIOD}) { nodes { user { id name } } }`,
    `user(employeeCode: "0042") { id name }`,
  ],
  [
    "a user's own devices",
    `user(employeeCode: "0042") { id name devices { edges { enrollment { name user { id name } } } } }`,
    LISTS,
  ],
])("a person has one name in a response from %s", async (_source, first, second) => {
  const portico = await startOnScratch({
    GetDeviceInfo: (query) => ({ Device: { ...DEVICE, DeviceSN: query.get("DeviceSN") } }),
    GetAttendanceByDate: pageOf("AttendanceLogs", [
      // A row without a name is answered after the others.
      { ...PUNCH, EmployeeName: null },
      { ...PUNCH, EmployeeName: undefined, AttendanceLog: "2026-11-20 09:15:00" },
      { ...PUNCH, EmployeeName: "Asha N", AttendanceLog: "2026-11-20 09:30:00" },
      { ...PUNCH, EmployeeName: "A N", AttendanceLog: "2026-11-20 10:00:00" },
    ]),
    ListUsers: (query) =>
      pageOf("Users", [
        query.get("DeviceSN") === "GATE-001"
          ? person("ASHA", { UserType: "Admin" })
          : person("Ash", { UserType: "User" }),
      ]),
    FindUser: (query) => ({ User: query.get("DeviceSN") === "GATE-002" ? person("Ash") : person("Asha Devi") }),
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-002", SyncStatus: "Synced" }] },
  });
  const { data, errors } = await portico.ask(`{ ${first} ${second} }`);
  expect(errors).toBeUndefined();
  const people = namedIn(data);
  expect(people.length).toBeGreaterThan(1);
  for (const field of ["name", "firstName", "role"])
    expect(new Set(people.map((each) => each[field]).filter((value) => value !== undefined)).size, field).toBeLessThan(
      2,
    );
  expect(people[0]?.name).toBeTruthy();
});

test("the name on a terminal belongs to the enrollment", async () => {
  const portico = await startOnScratch({
    GetDeviceInfo: (query) => ({ Device: { ...DEVICE, DeviceSN: query.get("DeviceSN") } }),
    ListUsers: (query) => pageOf("Users", [person(query.get("DeviceSN") === "GATE-001" ? "ASHA" : "Ash")]),
    FindUser: (query) => ({ User: query.has("DeviceSN") ? person("Ash") : person("Asha Devi") }),
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-002", SyncStatus: "Synced" }] },
  });
  const { data } = await portico.ask(`{ ${LISTS} }`);
  expect(data).toMatchObject({
    a: { users: { edges: [{ enrollment: { name: "ASHA N" } }] } },
    b: { users: { edges: [{ enrollment: { name: "Ash N" } }] } },
  });
  const own = await portico.ask(`{ user(employeeCode: "0042") { name devices { edges { enrollment { name } } } } }`);
  expect(own.data).toEqual({
    user: { name: "Asha Devi N", devices: { edges: [{ enrollment: { name: "Ash N" } }] } },
  });
});

test("what lets a person in is that of the gateway wherever the person stands; a device's own copy is the enrollment's", async () => {
  const blocked = {
    UserType: "Admin",
    Enabled: false,
    ValidTo: "2026-11-01 00:00:00",
    AccessScheduleID: 2,
    Privileges: ["A"],
  };
  const people = Array.from({ length: 14 }, (_, index) => String(1000 + index));
  const copy = { FirstName: "ASHA N", UserType: "User", Enabled: true, ValidTo: null };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: (query) => ({ User: { ...person("Asha", blocked), EmployeeCode: query.get("EmployeeCode") } }),
    ListUsers: pageOf(
      "Users",
      people.map((EmployeeCode) => ({ EmployeeCode, ...copy })),
    ),
    GetAttendanceByDate: pageOf(
      "AttendanceLogs",
      people.map((EmployeeCode) => ({ ...PUNCH, EmployeeCode, EmployeeName: null })),
    ),
  });
  const fields = "{ name role enabled validTo accessScheduleId privileges }";
  const { data, errors } = await portico.ask<
    { device: { users: { edges: readonly { node: object; enrollment: object }[] } } },
    object
  >(`{ device(serialNumber: "GATE-001") { users { edges { node ${fields} enrollment { role enabled validTo } } } } }`);
  expect(errors).toBeUndefined();
  const node = {
    name: "Asha N",
    role: "ADMIN",
    enabled: false,
    validTo: "2026-11-01T00:00:00",
    accessScheduleId: 2,
    privileges: ["A"],
  };
  const enrollment = { role: "USER", enabled: true, validTo: null };
  expect(data.device.users.edges).toEqual(people.map(() => ({ node, enrollment })));
  const rows = await portico.ask(`{ punches(${PERIOD}) { nodes { user ${fields} } } }`);
  expect(rows.data).toEqual({ punches: { nodes: people.map(() => ({ user: node })) } });
  expect(tally(portico.calls)).toEqual({ ListUsers: 1, GetAttendanceByDate: 1, FindUser: 2 * people.length });
  for (const field of ["role", "enabled", "validTo", "accessScheduleId", "privileges"] as const) {
    const alone = await portico.ask(`{ punches(${PERIOD}) { nodes { user { ${field} } } } }`);
    expect(alone.data).toEqual({ punches: { nodes: people.map(() => ({ user: { [field]: node[field] } })) } });
  }
});

test("a name that a mutation changed is read again", async () => {
  const portico = await startPortico();
  const [DeviceSN = ""] = [...portico.sandbox.gateway.world.devices.keys()];
  const update = (alias: string, name: string) =>
    `${alias}: updateUser(input: { employeeCode: "1042", serialNumbers: ["${DeviceSN}"], firstName: "${name}" }) { user { firstName } }`;
  const { data, errors } = await portico.ask(`mutation { ${update("a", "First")} ${update("b", "Second")} }`);
  expect(errors).toBeUndefined();
  expect(data).toEqual({ a: { user: { firstName: "First" } }, b: { user: { firstName: "Second" } } });
});

test("the record of another person or device is no answer", async () => {
  const other = { EmployeeCode: 42, FirstName: "Other", UserType: "Admin", Enabled: true };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, DeviceSN: "GATE-002" } },
    FindUser: { User: other },
    ListUserDevices: { Devices: [{ DeviceSN: "GATE-001", SyncStatus: "Synced", CredentialTypes: [] }] },
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, EmployeeName: undefined }]),
  });
  const { data, errors = [] } = await portico.ask<object, readonly { path: unknown; extensions: { code: string } }[]>(`{
    device(serialNumber: "GATE-001") { serialNumber model }
    user(employeeCode: "0042") { employeeCode name role devices { edges { enrollment { role } } } }
    punches(${PERIOD}) { nodes { user { employeeCode name role } } }
  }`);
  const devices = { edges: [{ enrollment: { role: null } }] };
  const user = { employeeCode: "0042", name: null, role: null };
  expect(data).toEqual({ device: null, user: { ...user, devices }, punches: { nodes: [{ user }] } });
  expect(errors.map(({ path }) => JSON.stringify(path)).toSorted()).toEqual([
    `["device"]`,
    `["punches","nodes",0,"user","name"]`,
    `["punches","nodes",0,"user","role"]`,
    `["user","devices","edges",0,"enrollment","role"]`,
    `["user","name"]`,
    `["user","role"]`,
  ]);
  expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(["UPSTREAM_INVALID_RESPONSE"]));
});

test("a record whose code differs in its case only is that of the person", async () => {
  const portico = await startOnScratch({
    FindUser: { User: { EmployeeCode: "EMP-7", FirstName: "A", Enabled: true } },
  });
  const { data, errors } = await portico.ask(`{ user(employeeCode: "emp-7") { employeeCode name } }`);
  expect({ data, errors }).toEqual({ data: { user: { employeeCode: "EMP-7", name: "A" } } });
});

test.each([
  { EmployeeCode: "0042\0" },
  { EmployeeCode: "0042\r\n" },
  { DeviceSN: "GATE-001\0" },
  { DeviceSN: " GATE-001 " },
])("a punch with the padding %j is one object in an event, in lists and by its ID", async (padded) => {
  const row = { ...PUNCH, ...padded };
  const page = pageOf("AttendanceLogs", [row]);
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, ...("DeviceSN" in padded ? padded : {}) } },
    FindUser: { User: { EmployeeCode: row.EmployeeCode, FirstName: "A", Enabled: true } },
    GetAttendanceByDate: page,
    GetAttendanceByEmployee: page,
  });
  const { DeviceSN, EmployeeCode, AttendanceLog, Type, Direction } = row;
  await portico.deliver({ DeviceSN, EmployeeCode, AttendanceLog, Type, Direction });
  const id = Buffer.from("Punch:GATE-001/2026-11-20 09:00:00/0042").toString("base64url");
  const { data, errors } = await portico.ask(`{
    events { nodes { ... on PunchAdded { punch { id } } } }
    punches(${PERIOD}) { nodes { id user { employeeCode } device { serialNumber } } }
    node(id: "${id}") { id }
    user(employeeCode: "0042") { employeeCode }
    device(serialNumber: "GATE-001") { serialNumber model }
  }`);
  const [user, device] = [{ employeeCode: "0042" }, { serialNumber: "GATE-001" }];
  expect({ data, errors }).toEqual({
    data: {
      events: { nodes: [{ punch: { id } }] },
      punches: { nodes: [{ id, user, device }] },
      node: { id },
      user,
      device: { ...device, model: DEVICE.Model },
    },
  });
});

test.each([null, ""])(
  "a person whose rows have the name %j has that of another row, or of a record that is read",
  async (none) => {
    const rows = [
      { ...PUNCH, EmployeeName: none },
      { ...PUNCH, EmployeeName: "A B", AttendanceLog: "2026-11-20 10:00:00" },
    ];
    const portico = await startOnScratch({
      FindUser: { User: person("Asha") },
      GetAttendanceByDate: pageOf("AttendanceLogs", rows),
    });
    const names = (fields: string) => `punches(${PERIOD}) { nodes { user { id ${fields} } } }`;
    const id = Buffer.from("User:0042").toString("base64url");
    const alone = await portico.ask(`{ ${names("name")} }`);
    expect(alone.data).toEqual({ punches: { nodes: [{ user: { id, name: "A B" } }, { user: { id, name: "A B" } }] } });
    portico.answers.GetAttendanceByDate = pageOf("AttendanceLogs", rows.slice(0, 1));
    for (const name of ["firstName name", "name firstName"]) {
      const { data } = await portico.ask(`{ ${names(name)} }`);
      expect(data).toEqual({ punches: { nodes: [{ user: { id, name: "Asha N", firstName: "Asha" } }] } });
    }
    const beside = await portico.ask(`{ ${names("name")} user(employeeCode: "0042") { id name } }`);
    const user = { id, name: "Asha N" };
    expect(beside.data).toEqual({ punches: { nodes: [{ user }] }, user });
  },
);

test("a device that was renamed has its present name in events of the past, and its old one where no record is left", async () => {
  const renamed = { ...DEVICE, DeviceLabel: "New gate" };
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [renamed]),
    GetDeviceInfo: { Device: renamed },
  });
  const { token: AuthToken } = portico.sandbox;
  const gone = { ...PUNCH, DeviceSN: "GATE-009", DeviceLabel: "Gone gate" };
  for (const row of [{ ...PUNCH, DeviceLabel: "Old gate" }, gone]) await portico.deliver(row);
  const status = { AuthToken, Event: "device.status", DeviceSN: "GATE-001", DeviceLabel: "Old gate", Status: "Online" };
  await portico.deliver({ ...status, EventID: "e1", Time: "2026-11-28 10:00:01 GMT +0000" });
  const query = `{
    events { nodes {
      ... on PunchAdded { punch { device { id name } } }
      ... on DeviceStatusChanged { device { id name } }
    } }
    latestPunches { nodes { punch { device { id name } } } }
    device(serialNumber: "GATE-001") { id name }
  }`;
  const expected = ["New gate", "Gone gate", "New gate", "Gone gate", "New gate", "New gate"];
  const { data, errors } = await portico.ask(query);
  expect(errors).toBeUndefined();
  expect(namedIn(data).map(({ name }) => name)).toEqual(expected);
  const count = portico.calls.length;
  await portico.ask(`{ events(first: 1) { nodes { ... on PunchAdded { punch { device { name } } } } } }`);
  expect(portico.calls.length).toBe(count);
  const subscriber = subscribeBySocket<object>(
    portico.url,
    `subscription { punchAdded { punch { device { name } } } }`,
  );
  await served(portico, 1);
  await portico.deliver({ ...PUNCH, AttendanceLog: "2026-11-20 11:00:00", DeviceLabel: "Newest gate" });
  await expect.poll(() => subscriber.events).toEqual([{ punchAdded: { punch: { device: { name: "Newest gate" } } } }]);
  expect(portico.calls.length).toBe(count);
});

test("lastSeenAt of a device is read where the event about the device lacks it", async () => {
  const portico = await startOnScratch({ GetDeviceInfo: { Device: DEVICE } });
  const query = `subscription { deviceStatusChanged { device { status lastSeenAt } } }`;
  const subscriber = subscribeBySocket<object>(portico.url, query);
  await served(portico, 1);
  const { token: AuthToken } = portico.sandbox;
  const event = { AuthToken, Event: "device.status", DeviceSN: "GATE-001", Status: "Degraded" };
  await portico.deliver({ ...event, EventID: "e1", Time: "2026-11-28 10:00:01 GMT +0000" });
  const LastSeen = "2026-11-28 10:00:02 GMT +0000";
  await portico.deliver({ ...event, EventID: "e2", Time: LastSeen, LastSeen });
  const seen = (lastSeenAt: string) => ({ deviceStatusChanged: { device: { status: "DEGRADED", lastSeenAt } } });
  await expect.poll(() => subscriber.events).toEqual([seen("2026-11-20T10:00:00Z"), seen("2026-11-28T10:00:02Z")]);
  expect(tally(portico.calls)).toEqual({ GetDeviceInfo: 1 });
});

test("a credential is the same in an event and in its user, whatever became of the change", async () => {
  const finger = {
    Type: "Fingerprint",
    Index: 6,
    Size: 1176,
    Algorithm: "ISO",
    UpdatedTime: "2026-06-21 03:32:21 GMT +0000",
  };
  const person = { EmployeeCode: "0042", FirstName: "A", UserType: "User", Enabled: true, Credentials: [finger] };
  const portico = await startOnScratch({ GetDeviceInfo: { Device: DEVICE }, FindUser: { User: person } });
  const event = {
    AuthToken: portico.sandbox.token,
    Event: "enrollment.update",
    DeviceSN: "GATE-001",
    EmployeeCode: "0042",
    CredentialType: "Fingerprint",
  };
  const failed = { Action: "CredentialAdded", Index: 6, EnrollmentStatus: "Failed", Source: "Command", Size: 9 };
  const removed = { Action: "CredentialDeleted", Index: 7, EnrollmentStatus: "Completed", Source: "Device" };
  await portico.deliver({ ...event, ...failed, EventID: "e1", Time: "2026-11-20 03:30:00 GMT +0000" });
  await portico.deliver({ ...event, ...removed, EventID: "e2", Time: "2026-11-20 03:30:01 GMT +0000" });
  const fields = "{ id index algorithm size updatedAt }";
  const { data } = await portico.ask<
    { user: { credentials: readonly object[] }; events: { nodes: readonly { credential: object }[] } },
    object
  >(`{ user(employeeCode: "0042") { credentials ${fields} }
    events { nodes { ... on EnrollmentUpdated { credential ${fields} } } } }`);
  const [first, second] = data.events.nodes.map(({ credential }) => credential);
  expect(first).toEqual(data.user.credentials[0]);
  expect(first).toMatchObject({ algorithm: "ISO", size: 1176, updatedAt: "2026-06-21T03:32:21Z" });
  expect(second).toMatchObject({ index: 7, algorithm: null, size: null, updatedAt: null });
  expect(tally(portico.calls)).toEqual({ FindUser: 1 });
});
