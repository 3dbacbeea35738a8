import { describe, expect, test } from "vitest";
import type { OperationName } from "../../src/contract/operations.ts";
import { DEVICE, pageOf, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico, tally } from "../kit/portico/app.ts";
import { subscribeBySocket, subscribeBySse } from "../kit/portico/live.ts";
import { openSocket, punch, served } from "../kit/portico/socket.ts";

const GATE = "SN7A2300583";
const SIDE = "SN7A2300584";
const FILTERED = (field: string) =>
  `subscription ($serialNumbers: [String!]) { ${field}(serialNumbers: $serialNumbers) { cursor } }`;

const TRANSPORTS = [
  ["WebSocket", subscribeBySocket],
  ["server-sent events", subscribeBySse],
] as const;

describe("a subscription with serial numbers", () => {
  test.each(TRANSPORTS)(
    "by %s: one that the gateway does not have is an error that names it",
    async (_name, subscribe) => {
      const app = await startPortico();
      for (const field of ["punchAdded", "deviceStatusChanged", "enrollmentUpdated"]) {
        for (const wrong of ["SN0000000000", GATE.toLowerCase(), ` ${GATE}`, "x", "HR/2019", "ALL", ""]) {
          const subscriber = subscribe(app.url, FILTERED(field), { serialNumbers: [GATE, wrong] });
          await expect.poll(() => JSON.stringify(subscriber.errors)).toContain("BAD_USER_INPUT");
          const text = JSON.stringify(subscriber.errors);
          expect(text).toContain('"argument":"serialNumbers"');
          expect(text).toContain(`it has no ${wrong}.`);
          expect(subscriber.events).toEqual([]);
        }
      }
      expect(app.live.subscribers()).toBe(0);
    },
  );

  test("a gateway that finds devices whatever the case does not make another case a device", async () => {
    const app = await startOnScratch({ GetDeviceInfo: { Device: DEVICE }, ListDevices: pageOf("Devices", [DEVICE]) });
    const subscriber = subscribeBySse(app.url, FILTERED("punchAdded"), { serialNumbers: ["gate-001"] });
    await subscriber.ended;
    expect(JSON.stringify(subscriber.errors)).toContain("it has no gate-001.");
    subscribeBySse(app.url, FILTERED("punchAdded"), { serialNumbers: ["GATE-001"] });
    await served(app, 1);
    const { data } = await app.ask(
      `{ lower: device(serialNumber: "gate-001") { name } device(serialNumber: "GATE-001") { name } }`,
    );
    expect(data).toEqual({ lower: null, device: { name: "Gate" } });
  });

  test("a device whose events arrive exists, whatever the gateway lists", async () => {
    const app = await startOnScratch({ ListDevices: pageOf("Devices", [DEVICE]) });
    for (const serial of ["GATE-009", "GATE_0002", "GATE/3"]) {
      await app.deliver({ ...PUNCH, DeviceSN: serial });
      const subscriber = subscribeBySse(app.url, FILTERED("punchAdded"), { serialNumbers: [serial] });
      await served(app, 1);
      await app.deliver({ ...PUNCH, DeviceSN: serial, AttendanceLog: "2026-11-20 10:00:00" });
      await expect.poll(() => subscriber.events.length).toBe(1);
      subscriber.stop();
      await served(app, 0);
    }
  });

  test.each(TRANSPORTS)("by %s: known ones are asked for once, then never again", async (_name, subscribe) => {
    const app = await startPortico();
    app.upstream();
    const query = `subscription { punchAdded(serialNumbers: ["${GATE}", "${SIDE}"]) { punch { user { employeeCode } } } }`;
    const first = subscribe(app.url, query);
    await served(app, 1);
    expect(tally(app.upstream())).toEqual({ ListDevices: 1 });
    subscribe(app.url, query);
    await served(app, 2);
    expect(app.upstream()).toEqual([]);
    punch(app, "1042", SIDE);
    await expect.poll(() => first.events).toHaveLength(1);
  });

  test.each([
    ["fails", { kind: "5xx" as const }],
    ["does not answer", { kind: "hang" as const }],
  ])("is accepted while the gateway %s: a device may come later", async (_name, fault) => {
    const app = await startPortico();
    app.sandbox.faults.add({ ...fault, operation: "GetDeviceInfo", times: null });
    const query = `subscription { punchAdded(serialNumbers: ["SN0000000000"]) { cursor } }`;
    subscribeBySocket(app.url, query);
    await expect.poll(app.live.subscribers, { timeout: 10_000 }).toBe(1);
  });

  test("that is completed while the gateway is asked is not opened", async () => {
    const app = await startPortico();
    app.sandbox.faults.add({ kind: "hang", operation: "GetDeviceInfo", times: null });
    const socket = await openSocket(app);
    socket.subscribe("1", `subscription { punchAdded(serialNumbers: ["SN0000000000"]) { cursor } }`);
    socket.send({ id: "1", type: "complete" });
    socket.subscribe("2", "subscription { punchAdded { cursor } }");
    await served(app, 1);
    socket.subscribe("1", "subscription { punchAdded { cursor } }");
    await served(app, 2);
    await expect.poll(() => app.live.subscribers(), { timeout: 4_000, interval: 500 }).toBe(2);
    expect(socket.of("1")).toEqual([]);
  });
});

test.each([
  ["punchAdded", "serialNumbers"],
  ["punchAdded", "employeeCodes"],
  ["enrollmentUpdated", "employeeCodes"],
  ["deviceStatusChanged", "serialNumbers"],
  ["events", "kinds"],
])("an empty list is an error, not a subscription that stays silent: %s(%s: [])", async (field, argument) => {
  const app = await startPortico();
  const subscriber = subscribeBySse(app.url, `subscription { ${field}(${argument}: []) { cursor } }`);
  await subscriber.ended;
  expect(JSON.stringify(subscriber.errors)).toContain(`"code":"BAD_USER_INPUT","argument":"${argument}"`);
  expect(app.live.subscribers()).toBe(0);
});

test.each([
  ["events", "{ events(kinds: []) { cursor } }", "kinds"],
  [
    "accessEvents",
    `{ accessEvents(from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00", kinds: []) { totalCount } }`,
    "kinds",
  ],
])("an empty list is an error in the query %s, too", async (_name, query, argument) => {
  const app = await startPortico();
  const { errors } = await app.ask(query);
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: "BAD_USER_INPUT", argument }]);
});

const PERIOD = `from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00"`;

/** Every field that takes a serial number or an employee code, with one that the gateway does not have. */
const READS: readonly (readonly [name: string, query: string, argument: string | null])[] = [
  [
    "attendanceToday of a device",
    `{ attendanceToday(serialNumber: "SN0000000000") { punches { totalCount } } }`,
    "serialNumber",
  ],
  [
    "accessEvents of a device",
    `{ accessEvents(${PERIOD}, serialNumber: "SN0000000000") { totalCount } }`,
    "serialNumber",
  ],
  [
    "attendanceDays of a user",
    `{ attendanceDays(from: "2026-06-20", to: "2026-06-20", employeeCodes: ["nobody"]) { totalCount } }`,
    "employeeCodes",
  ],
  ["migrations of a device", `{ migrations(of: { serialNumber: "SN0000000000" }) { id } }`, "serialNumber"],
  [
    "attendanceExport of devices",
    `{ attendanceExport(${PERIOD}, serialNumbers: ["SN0000000000"]) { url } }`,
    "serialNumbers",
  ],
];

test.each(READS)(
  "%s: one that the gateway does not have is an error that names the argument",
  async (_name, query, argument) => {
    const app = await startPortico();
    const { errors } = await app.ask(query);
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: "NOT_FOUND", argument }]);
    const { errors: cased } = await app.ask(query.replace("SN0000000000", GATE.toLowerCase()));
    expect(cased?.map(({ extensions }) => extensions)).toEqual([{ code: "NOT_FOUND", argument }]);
  },
);

test.each([
  ["device", `{ device(serialNumber: "sn7a2300583") { name } }`, { device: null }],
  ["user", `{ user(employeeCode: "nobody") { name } }`, { user: null }],
  ["users", `{ users(employeeCodes: ["nobody"]) { name } }`, { users: [null] }],
  ["door", `{ door(serialNumber: "sn7a2300583") { name } }`, { door: null }],
])("%s: one that the gateway does not have is null", async (_name, query, data) => {
  const app = await startPortico();
  expect(await app.ask(query)).toMatchObject({ data });
});

const CARD = { EmployeeCode: "0042", FirstName: "A" };
const OTHERS = [
  { ...PUNCH, PunchID: "p2", EmployeeCode: "42" },
  { ...PUNCH, PunchID: "p3", DeviceSN: "GATE-002" },
  { ...PUNCH, PunchID: "p4", EmployeeCode: "00042" },
];
const eventOf = (EventID: string, EmployeeCode: string | null, DeviceSN = "GATE-001") => ({
  EventID,
  DeviceSN,
  DoorNo: 1,
  EventTime: "2026-11-20 09:00:00",
  UtcOffset: "+05:30",
  EventType: "AccessGranted",
  EmployeeCode,
});
const dayOf = (EmployeeCode: string, Date: string) => ({ EmployeeCode, Date, PunchCount: 1 });
const SPAN = 'from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"';
const DAYS = 'from: "2026-11-20", to: "2026-11-21"';

/** Lists of a person or a device: the rows that a gateway without filters answers, and how many of them are wanted. */
const FILTERED_LISTS: readonly (readonly [OperationName, string, readonly object[], string, number])[] = [
  [
    "GetTodayAttendance",
    "AttendanceLogs",
    [PUNCH, ...OTHERS],
    '{ attendanceToday(employeeCode: "0042", serialNumber: "GATE-001") { list: punches { totalCount nodes { id } } } }',
    1,
  ],
  [
    "GetAttendanceByEmployee",
    "AttendanceLogs",
    [PUNCH, ...OTHERS],
    `{ user(employeeCode: "0042") { list: punches(${SPAN}) { totalCount nodes { id } } } }`,
    2,
  ],
  [
    "GetAttendanceByDevice",
    "AttendanceLogs",
    [PUNCH, ...OTHERS],
    `{ device(serialNumber: "GATE-001") { list: punches(${SPAN}) { totalCount nodes { id } } } }`,
    3,
  ],
  [
    "GetAccessEvents",
    "AccessEvents",
    [eventOf("e1", "0042"), eventOf("e2", "42"), eventOf("e3", null), eventOf("e4", "0042", "GATE-002")],
    `{ list: accessEvents(${SPAN}, employeeCode: "0042", serialNumber: "GATE-001") { totalCount nodes { id } } }`,
    1,
  ],
  [
    "GetFirstInLastOut",
    "Records",
    [dayOf("0042", "2026-11-20"), dayOf("0042", "2026-11-21"), dayOf("42", "2026-11-20")],
    `{ list: attendanceDays(${DAYS}, employeeCodes: ["0042", "7"]) { totalCount nodes { date } } }`,
    2,
  ],
  [
    "GetFirstInLastOut",
    "Records",
    [dayOf("0042", "2026-11-20"), dayOf("42", "2026-11-21")],
    `{ user(employeeCode: "0042") { list: attendanceDays(${DAYS}) { totalCount nodes { date } } } }`,
    1,
  ],
  [
    "GetAttendanceByDate",
    "AttendanceLogs",
    ["CheckIn", "CheckOut", "BreakOut", "a word of tomorrow", null].map((Direction, number) => ({
      ...PUNCH,
      AttendanceLog: `2026-11-20 09:00:0${number}`,
      Direction,
    })),
    `{ list: punches(${SPAN}, direction: CHECK_IN) { totalCount nodes { direction } } }`,
    3,
  ],
  [
    "GetAttendanceByDate",
    "AttendanceLogs",
    ["face", "card", "Finger", "other"].map((Type, number) => ({
      ...PUNCH,
      AttendanceLog: `2026-11-20 09:00:0${number}`,
      Type,
    })),
    `{ list: punches(${SPAN}, method: FINGERPRINT) { totalCount nodes { method } } }`,
    2,
  ],
  [
    "GetAccessEvents",
    "AccessEvents",
    [
      { ...eventOf("e1", "0042"), EventType: "AccessDenied" },
      { ...eventOf("e2", "0042"), EventType: "Duress" },
      eventOf("e3", "0042"),
      { ...eventOf("e4", "0042"), EventType: "DoorMelted" },
      { ...eventOf("e5", "0042"), EventType: "Duress", DoorNo: 2 },
    ],
    `{ door(serialNumber: "GATE-001") { list: accessEvents(${SPAN}, kinds: [ACCESS_DENIED, DURESS])
      { totalCount nodes { kind } } } }`,
    3,
  ],
  [
    "ListDevices",
    "Devices",
    ["Online", "Offline", "asleep"].map((Status, number) => ({ ...DEVICE, DeviceSN: `GATE-00${number}`, Status })),
    "{ list: devices(status: OFFLINE) { totalCount nodes { status } } }",
    2,
  ],
];

interface List {
  readonly totalCount: number | null;
  readonly nodes: readonly object[];
}

const listIn = (data: object): List => {
  const value = data as { readonly list?: List } & Record<string, object>;
  return value.list ?? listIn(Object.values(value)[0] ?? {});
};

const ANSWERS = {
  GetDeviceInfo: { Device: DEVICE },
  FindUser: { User: CARD },
  GetDoorStatus: { Doors: [{ DeviceSN: "GATE-001", DoorNo: 1 }] },
};

test.for(FILTERED_LISTS)(
  "%s of a gateway that ignores filters: rows of others are left out, with an error beside the rest",
  async ([operation, member, rows, query, wanted]) => {
    const portico = await startOnScratch({
      ...ANSWERS,
      [operation]: { Date: "2026-11-20", AsOf: "2026-11-20 10:00:00 GMT +0000", ...pageOf(member, rows) },
    });
    const { data, errors } = await portico.ask<object, { readonly message: string }>(query);
    expect(listIn(data)).toMatchObject({ totalCount: null, nodes: Array.from({ length: wanted }, () => ({})) });
    const left = rows.length - wanted;
    expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
    expect(errors?.[0]?.message).toContain(`left out ${left} ${left === 1 ? "row" : "rows"}`);
  },
);

test("rows whose codes differ in case only, or are padded, are those that were asked for", async () => {
  const rows = [
    { ...PUNCH, EmployeeCode: "Ab-1" },
    { ...PUNCH, PunchID: "p2", EmployeeCode: "AB-1\0", DeviceSN: "gate-001 " },
  ];
  const portico = await startOnScratch({
    ...ANSWERS,
    GetTodayAttendance: {
      Date: "2026-11-20",
      AsOf: "2026-11-20 10:00:00 GMT +0000",
      ...pageOf("AttendanceLogs", rows),
    },
  });
  const { data, errors } = await portico.ask<object, object>(
    '{ attendanceToday(employeeCode: "ab-1", serialNumber: "GATE-001") { list: punches { totalCount nodes { id } } } }',
  );
  expect(errors).toBeUndefined();
  expect(listIn(data)).toMatchObject({ totalCount: 2, nodes: [{}, {}] });
});

const JPEG = { Type: "Base64", ContentType: "image/jpeg", Size: 22, Data: "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" };
const INVALID = { extensions: { code: "UPSTREAM_INVALID_RESPONSE" } };

/** Answers whose own members, or those of an object in them, name another device or person, with the field that reads them. */
const OF_OTHERS: readonly (readonly [OperationName, object, string, object])[] = [
  [
    "ListUsers",
    { DeviceSN: "GATE-002", ...pageOf("Users", [CARD]) },
    '{ device(serialNumber: "GATE-001") { name users { nodes { id } } } }',
    { device: { name: "Gate", users: null } },
  ],
  [
    "ListUserDevices",
    { EmployeeCode: "42", Devices: [{ DeviceSN: "GATE-001" }] },
    '{ user(employeeCode: "0042") { firstName devices { nodes { id } } } }',
    { user: { firstName: "A", devices: null } },
  ],
  [
    "PingConnection",
    { DeviceSN: "GATE-002", Reachable: true },
    '{ device(serialNumber: "GATE-001") { name ping { reachable } } }',
    { device: { name: "Gate", ping: null } },
  ],
  [
    "FindUser",
    { User: { ...CARD, EmployeeCode: "42" } },
    '{ user(employeeCode: "0042") { firstName } }',
    { user: null },
  ],
];

test.for(OF_OTHERS)("%s about another device or person is no answer", async ([operation, answer, query, data]) => {
  const portico = await startOnScratch({ ...ANSWERS, [operation]: answer });
  expect(await portico.ask(query)).toMatchObject({ data, errors: [INVALID] });
});

test("members that repeat the request in another case, or with padding, are about what was asked for", async () => {
  const portico = await startOnScratch({
    ...ANSWERS,
    ListUsers: { DeviceSN: "gate-001 ", ...pageOf("Users", [CARD]) },
    PingConnection: { DeviceSN: null, Reachable: true },
  });
  const query = '{ device(serialNumber: "GATE-001") { ping { reachable } users { nodes { employeeCode } } } }';
  const { data, errors } = await portico.ask(query);
  expect(errors).toBeUndefined();
  expect(data).toEqual({ device: { ping: { reachable: true }, users: { nodes: [{ employeeCode: "0042" }] } } });
});

test("the photo of another punch is not served", async () => {
  const portico = await startOnScratch(
    {
      ...ANSWERS,
      GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, HasPhoto: true }]),
      GetAttendancePhoto: { PunchID: "p2", Photo: JPEG },
    },
    { PUBLIC_URL: "http://portico.example" },
  );
  const { data } = await portico.ask<
    { readonly punches: { readonly nodes: readonly { photo: { url: string } }[] } },
    object
  >(`{ punches(${SPAN}) { nodes { photo { url } } } }`);
  const { pathname, search } = new URL(data.punches.nodes[0]?.photo.url ?? "");
  expect((await fetch(`${portico.url}${pathname}${search}`)).status).toBe(502);
  portico.answers.GetAttendancePhoto = { PunchID: "pun_1", Photo: JPEG };
  expect((await fetch(`${portico.url}${pathname}${search}`)).status).toBe(200);
});

const migrationOf = (MigrationID: string, SourceDeviceSN: string, ...TargetDeviceSN: readonly string[]) => ({
  MigrationID,
  SourceDeviceSN,
  TargetDeviceSN,
  State: "InProgress",
});

/** Lists without pages of a gateway that ignores what was asked for: the rows, and what is left of them. */
const WHOLE_LISTS: readonly (readonly [OperationName, object, string, object])[] = [
  [
    "GetDoorStatus",
    {
      Doors: [
        { DeviceSN: "GATE-002", DoorNo: 1, State: "Open" },
        { DeviceSN: "GATE-001", DoorNo: 1, State: "Closed" },
      ],
    },
    '{ device(serialNumber: "GATE-001") { name doors { state } } door(serialNumber: "GATE-001") { state } }',
    { device: { doors: [{ state: "CLOSED" }] }, door: { state: "CLOSED" } },
  ],
  [
    "MigrationStatus",
    {
      Migrations: [
        migrationOf("m1", "GATE-008", "GATE-009"),
        migrationOf("m2", "GATE-008", "gate-001", "GATE-009"),
        migrationOf("m3", "GATE-001", "GATE-009"),
      ],
    },
    '{ migrations(of: { serialNumber: "GATE-001" }) { source { serialNumber } } }',
    { migrations: [{ source: { serialNumber: "GATE-008" } }, { source: { serialNumber: "GATE-001" } }] },
  ],
  [
    "MigrationStatus",
    { Migrations: [migrationOf("m2", "GATE-001", "GATE-002"), migrationOf("m1", "GATE-001", "GATE-003")] },
    `{ migrations(of: { id: "${Buffer.from("DeviceMigration:m1").toString("base64url")}" })
      { targets { serialNumber } } }`,
    { migrations: [{ targets: [{ serialNumber: "GATE-003" }] }] },
  ],
];

test.for(WHOLE_LISTS)("%s of a gateway that ignores what was asked for", async ([operation, answer, query, data]) => {
  const portico = await startOnScratch({ ...ANSWERS, [operation]: answer });
  const { data: served, errors } = await portico.ask<object, { readonly message: string }>(query);
  expect(served).toMatchObject(data);
  expect(errors).toMatchObject([INVALID]);
  expect(errors?.[0]?.message).toContain("left out 1 row");
});
