import { describe, expect, test } from "vitest";
import { DEVICE, pageOf, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";
import { type TestApp, startPortico } from "../kit/portico/app.ts";

const SECRET = "c".repeat(40);
const CODES = [
  "HR/2019/17",
  "A/12",
  "٠٠٤٢",
  "０１２",
  "0042 ",
  " 42",
  "   ",
  "A B",
  "a,b;c",
  "Ä-1",
  "#1",
  "ALL/ALL",
  "x".repeat(25),
  "7".repeat(200),
  "👩‍💻",
  `"quoted"`,
  String.raw`back\slash`,
  "1/2026-11-20 09:00:02/2",
];

const open = () => startPortico({}, { CALLBACK_SECRET: SECRET });

const push = async (app: TestApp, body: unknown) => {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${app.url}/callbacks/${SECRET}`, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
};

const punchOf = (EmployeeCode: string, DeviceSN = "SN7A2300583") => ({
  DeviceSN,
  EmployeeCode,
  AttendanceLog: "2026-06-20 09:00:02",
  UtcOffset: "+05:30",
  Type: "face",
  Direction: "CheckIn",
});

const PERIOD = `from: "2026-06-20T00:00:00", to: "2026-06-21T00:00:00"`;
const DAYS = `from: "2026-06-20", to: "2026-06-20"`;
const EVENTS = `{ events(kinds: [PUNCH_ADDED]) { nodes { ... on PunchAdded { punch {
  id localTime user { id employeeCode name validFrom credentials { index }
    punches(${PERIOD}) { totalCount } attendanceDays(${DAYS}) { nodes { date } } devices { nodes { serialNumber } } }
} } } } }`;

interface User {
  readonly id: string;
  readonly employeeCode: string;
  readonly name: string | null;
}
interface Events {
  readonly events: { readonly nodes: readonly { readonly punch: { readonly id: string; readonly user: User } }[] };
}

describe("codes that the gateway does not accept in requests", () => {
  test("events keep them as they came, and such a user has no record, without an error and without a call", async () => {
    const app = await open();
    for (const code of CODES) await push(app, punchOf(code));
    app.upstream();
    const { data, errors } = await app.ask<Events, never>(EVENTS);
    expect(errors).toBeUndefined();
    const users = data.events.nodes.map(({ punch }) => punch.user);
    expect(users.map(({ employeeCode }) => employeeCode)).toEqual(CODES);
    expect(users).toEqual(
      users.map((user) => ({
        ...user,
        name: null,
        validFrom: null,
        credentials: null,
        punches: { totalCount: 0 },
        attendanceDays: { nodes: [] },
        devices: { nodes: [] },
      })),
    );
    expect(app.upstream()).toEqual([]);
  });

  test("`node` and `_entities` answer null for them, as for any code without a record", async () => {
    const app = await open();
    for (const code of CODES) await push(app, punchOf(code));
    const { data } = await app.ask<Events, never>(EVENTS);
    const ids = data.events.nodes.flatMap(({ punch }) => [punch.id, punch.user.id]);
    app.upstream();
    const nodes = await app.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids });
    expect(nodes).toEqual({ data: { nodes: ids.map(() => null) }, extensions: expect.anything() });
    // The punches may exist: those of their second are read.
    expect(app.upstream()).toEqual(["GetAttendanceByDate"]);
    const representations = [
      ...CODES.map((employeeCode) => ({ __typename: "User", employeeCode })),
      ...["SN/7", "SN 2300583", "٠٠٤٢٠٠٤٢"].map((serialNumber) => ({ __typename: "Device", serialNumber })),
    ];
    const entities = `query ($all: [_Any!]!) { _entities(representations: $all) {
      ... on User { employeeCode name } ... on Device { serialNumber status } } }`;
    const answer = await app.ask(entities, { all: representations });
    expect(answer).toEqual({ data: { _entities: representations.map(() => null) }, extensions: expect.anything() });
    expect(app.upstream()).toEqual(["ListDevices"]);
  });

  test("they do not spoil a read of others beside them", async () => {
    const app = await open();
    const representations = ["1042", "HR/2019/17", "1001"].map((employeeCode) => ({
      __typename: "User",
      employeeCode,
    }));
    const query = `query ($all: [_Any!]!) { _entities(representations: $all) { ... on User { employeeCode name
      attendanceDays(${DAYS}) { nodes { date } } } } }`;
    const { data, errors } = await app.ask<{ _entities: readonly (User | null)[] }, unknown>(query, {
      all: representations,
    });
    expect(errors).toBeUndefined();
    expect(data._entities.map((each) => each?.employeeCode ?? null)).toEqual(["1042", null, "1001"]);
  });

  test("an argument with such a code stays an error of the caller", async () => {
    const app = await open();
    app.upstream();
    for (const code of CODES) {
      const { errors } = await app.ask(`query ($c: String!) { user(employeeCode: $c) { name } }`, { c: code });
      expect(errors?.map(({ extensions }) => extensions)).toMatchObject([
        { code: "BAD_USER_INPUT", argument: "employeeCode" },
      ]);
    }
    expect(app.upstream()).toEqual([]);
  });

  test("an enrollment of such a user is reported, without role and state", async () => {
    const app = await open();
    for (const EmployeeCode of CODES) {
      const Action = "UserAdded";
      await push(app, {
        DeviceSN: "SN7A2300583",
        EmployeeCode,
        Action,
        EnrollmentStatus: "Completed",
        Source: "Device",
      });
    }
    const query = `{ events(kinds: [ENROLLMENT_UPDATED]) { nodes { ... on EnrollmentUpdated { enrollment {
      role syncState user { employeeCode name } } } } } }`;
    const { data, errors } = await app.ask<{ events: { nodes: readonly unknown[] } }, never>(query);
    expect(errors).toBeUndefined();
    expect(data.events.nodes).toEqual(
      CODES.map((employeeCode) => ({
        enrollment: expect.objectContaining({ role: null, user: { employeeCode, name: null } }) as unknown,
      })),
    );
  });
});

test.each(["SN/7", "x", "sn_1", "SN.2300583.000000000000000000000000000000"])(
  "serial number %s: its events are kept, and what the device would answer is NOT_FOUND",
  async (serialNumber) => {
    const app = await open();
    await push(app, punchOf("1042", serialNumber));
    app.upstream();
    const query = `{ events(kinds: [PUNCH_ADDED]) { nodes { ... on PunchAdded { punch { id device {
      serialNumber status users { totalCount } punches(${PERIOD}) { totalCount } } } } } } }`;
    const { data, errors } = await app.ask<{ events: { nodes: readonly unknown[] } }, never>(query);
    expect(errors?.map(({ extensions }) => extensions["code"])).toEqual(errors?.map(() => "NOT_FOUND"));
    expect(errors).not.toEqual([]);
    const [node] = data.events.nodes as readonly { punch: { id: string; device: object } }[];
    expect(node?.punch.device).toMatchObject({ serialNumber });
    expect(app.upstream()).toEqual(["ListDevices"]);
    const { errors: none } = await app.ask(`query ($id: ID!) { node(id: $id) { id } }`, { id: node?.punch.id });
    expect(none).toBeUndefined();
  },
);

test("what lists have under such a code or serial number is found by its ID, with what other operations know of it", async () => {
  const row = { ...PUNCH, EmployeeCode: "HR/2019/17", DeviceSN: "GATE 1" };
  const others = ["A B", "C/1", "D/2"].map((EmployeeCode, index) => ({
    ...row,
    EmployeeCode,
    AttendanceLog: `2026-11-20 10:00:0${index}`,
  }));
  const devices = [DEVICE, { ...DEVICE, DeviceSN: "GATE 1", UtcOffset: "+02:00" }];
  const health = devices.map(({ DeviceSN }) => ({ DeviceSN, Status: "Online", Online: true, QueueDepth: 3 }));
  const all = [row, ...others];
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", devices),
    GetAttendanceByDate: (query) =>
      pageOf(
        "AttendanceLogs",
        all.filter(({ AttendanceLog: at }) => at >= `${query.get("FromDate")}` && at <= `${query.get("ToDate")}`),
      ),
    CheckDeviceHealth: { Health: health },
    MigrationStatus: { Migrations: [] },
  });
  const list = await portico.ask<{ punches: { nodes: readonly { id: string; device: { id: string } }[] } }, undefined>(
    `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { id receivedAt device { id } } } }`,
  );
  const punches = list.data.punches.nodes;
  const ids = punches.map(({ id }) => id);
  const one = await portico.ask(`query ($id: ID!) { node(id: $id) { id ... on Punch { receivedAt } } }`, {
    id: ids[0],
  });
  expect([one.data, one.errors]).toEqual([{ node: { id: ids[0], receivedAt: "2026-11-20T03:30:05Z" } }, undefined]);
  const before = portico.calls.length;
  const each = await portico.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids });
  expect(each.data).toEqual({ nodes: ids.map((id) => ({ id })) });
  expect(portico.calls.length - before).toBe(1);
  const device = await portico.ask(
    `query ($id: ID!) { node(id: $id) { id ... on Device { model health { queueDepth } migrations { id } } } }`,
    { id: punches[0]?.device.id },
  );
  const found = { id: punches[0]?.device.id, model: DEVICE.Model, health: { queueDepth: 3 }, migrations: [] };
  expect([device.data, device.errors]).toEqual([{ node: found }, undefined]);
  const { errors } = await portico.ask(`query ($id: ID!) { node(id: $id) { ... on Device { info { firmware } } } }`, {
    id: punches[0]?.device.id,
  });
  expect(errors).toMatchObject([
    {
      message:
        "The gateway cannot be asked for the device GATE 1: its requests name devices by 6 to 32 letters, digits or hyphens.",
    },
  ]);
});

test("an enrollment whose command has an ID that the gateway does not accept has no command", async () => {
  const app = await open();
  await push(app, {
    Event: "enrollment.update",
    EventID: "e1",
    AuthToken: app.sandbox.token,
    DeviceSN: "SN7A2300583",
    Time: "2026-06-20 03:30:00 GMT +0000",
    EmployeeCode: "1042",
    Action: "UserAdded",
    EnrollmentStatus: "Completed",
    Source: "Command",
    CommandID: "cmd 1",
  });
  app.upstream();
  const { data, errors } = await app.ask(
    `{ events(kinds: [ENROLLMENT_UPDATED]) { nodes { ... on EnrollmentUpdated { command { id status } } } } }`,
  );
  expect([data, errors]).toEqual([{ events: { nodes: [{ command: null }] } }, undefined]);
  expect(app.upstream()).toEqual([]);
});

test.each(["9007199254740993", "12345678901234567890", "9".repeat(400)])(
  "a code that the gateway writes as the number %s has all its digits in lists, as in events",
  async (code) => {
    const rows = [PUNCH, { ...PUNCH, EmployeeCode: BigInt(code), Temperature: BigInt("9".repeat(400)) }];
    const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", rows) });
    const { data, errors } = await portico.ask(
      `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { temperature user { employeeCode } } } }`,
    );
    expect(errors).toBeUndefined();
    const codes = ["0042", code].map((employeeCode) => ({ temperature: null, user: { employeeCode } }));
    expect(data).toEqual({ punches: { nodes: codes } });
  },
);

test("half a character of a text that was cut is U+FFFD, in reads and events, and the whole of one stays", async () => {
  const [whole, cut] = ["Asha \u{1F33A}", "Asha \u{1F33A}".slice(0, 6)];
  const later = { AttendanceLog: "2026-11-20 09:30:00", EmployeeCode: "0043", EmployeeName: whole };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, DeviceLabel: "\\ud83c \udf3a" } },
    GetAttendanceByDate: pageOf("AttendanceLogs", [
      { ...PUNCH, EmployeeName: cut },
      { ...PUNCH, ...later },
    ]),
  });
  const update = {
    Event: "enrollment.update",
    AuthToken: portico.sandbox.token,
    DeviceSN: "GATE-001",
    EmployeeCode: "42",
    Action: "UserAdded",
  };
  const long = `${"x".repeat(999)}\u{1F33A}`;
  await portico.deliver({ ...update, EventID: "e1", FailureReason: cut });
  await portico.deliver({ ...update, EventID: "e2", FailureReason: long });
  const { data } = await portico.ask(`{
    punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { user { name } } }
    device(serialNumber: "GATE-001") { name model }
    events { nodes { ... on EnrollmentUpdated { failureReason } } }
  }`);
  expect(data).toEqual({
    punches: { nodes: [{ user: { name: "Asha \ufffd" } }, { user: { name: whole } }] },
    device: { name: "\\ud83c \ufffd", model: DEVICE.Model },
    events: { nodes: [{ failureReason: "Asha \ufffd" }, { failureReason: `${"x".repeat(999)}\ufffd` }] },
  });
});

test("a gateway with its own spelling of codes: as many punches and days for several people as for one", async () => {
  const spelled = (query: URLSearchParams) => query.getAll("EmployeeCode").map((code) => code.toUpperCase());
  const rowsOf = (codes: readonly string[]) =>
    pageOf(
      "AttendanceLogs",
      codes.map((EmployeeCode) => ({ ...PUNCH, EmployeeCode })),
    );
  const portico = await startOnScratch({
    GetAttendanceByDate: rowsOf(["AB1", "AB2", "AB3", "AB4"]),
    GetAttendanceByEmployee: (query) => rowsOf(spelled(query)),
    GetFirstInLastOut: (query) =>
      pageOf(
        "Records",
        spelled(query).map((EmployeeCode) => ({ EmployeeCode, Date: "2026-11-20", PunchCount: 1 })),
      ),
  });
  const query = `query ($people: [_Any!]!) {
    _entities(representations: $people) {
      ... on User {
        punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { totalCount }
        attendanceDays(from: "2026-11-20", to: "2026-11-20") { totalCount }
      }
    }
  }`;
  for (const codes of [["ab1"], ["ab1", "ab2", "ab3", "Ab4"]]) {
    const people = codes.map((employeeCode) => ({ __typename: "User", employeeCode }));
    const { data } = await portico.ask<object, object>(query, { people });
    const each = { punches: { totalCount: 1 }, attendanceDays: { totalCount: 1 } };
    expect(data).toEqual({ _entities: codes.map(() => each) });
  }
});

test("the state of an enrollment is found whatever the spelling of the device", async () => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    ListUsers: pageOf("Users", [{ EmployeeCode: "0042", FirstName: "A" }]),
    ListUserDevices: { Devices: [{ DeviceSN: "gate-001", SyncStatus: "Synced" }] },
  });
  const { data } = await portico.ask<object, object>(
    '{ device(serialNumber: "GATE-001") { users { edges { enrollment { syncState } } } } }',
  );
  expect(data).toEqual({ device: { users: { edges: [{ enrollment: { syncState: "SYNCED" } }] } } });
});
