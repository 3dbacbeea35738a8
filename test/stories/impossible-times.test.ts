import { expect, test } from "vitest";
import { appendNumbered } from "../kit/events/numbered.ts";
import { DEVICE, pageOf, PUNCH, type ScratchAnswers, startOnScratch } from "../kit/gateway/scratch.ts";
import { codesOf, openSocket, served } from "../kit/portico/socket.ts";

const IMPOSSIBLE = [
  "0000-00-00 00:00:00",
  "2026-11-20 23:59:60",
  "2026-11-20 24:00:00",
  "2026-13-01 09:00:00",
  "2026-02-30 09:00:00",
  "2026-04-31 09:00:00",
  "2026-02-29 09:00:00",
];

const among = <Row>(member: keyof Row & string, row: Row, cut = 19): Row[] => [
  ...IMPOSSIBLE.filter((time) => cut === 19 || !time.startsWith("2026-11-20")).map((time) => ({
    ...row,
    [member]: time.slice(0, cut),
  })),
  row,
];

const punchOf = (query: URLSearchParams) => ({ ...PUNCH, EmployeeCode: query.get("EmployeeCode") });
const punches = pageOf("AttendanceLogs", among("AttendanceLog", PUNCH));
const punchesOf = (query: URLSearchParams) => pageOf("AttendanceLogs", among("AttendanceLog", punchOf(query)));
const DAY = {
  EmployeeCode: "0042",
  Date: "2026-11-20",
  FirstIn: "2026-11-20 09:00:00",
  FirstInDeviceSN: "GATE-001",
  LastOut: "2026-11-20 24:00:00",
  LastOutDeviceSN: "GATE-001",
  PunchCount: 2,
  UtcOffset: "+05:30",
  WorkedMinutes: 0,
  BreakMinutes: 0,
  Hours: 0,
  DayStatus: "Incomplete",
};
const EVENT = {
  EventID: "ev_1",
  DeviceSN: "GATE-001",
  DoorNo: 1,
  EventTime: "2026-11-20 09:00:00",
  UtcOffset: "+05:30",
  EventType: "DoorOpened",
};

const ANSWERS: ScratchAnswers = {
  ListDevices: pageOf("Devices", [DEVICE]),
  GetDeviceInfo: { Device: DEVICE },
  FindUser: (query) => ({ User: { EmployeeCode: query.get("EmployeeCode"), FirstName: "A", Enabled: true } }),
  GetAttendanceByDate: punches,
  GetAttendanceByEmployee: punchesOf,
  GetAttendanceByDevice: punches,
  GetTodayAttendance: { Date: "2026-11-31", AsOf: "2026-11-20 24:00:00 GMT +0000", ...punches },
  GetFirstInLastOut: pageOf("Records", among("Date", DAY, 10)),
  GetAttendanceSummary: pageOf("Summaries", among("Date", DAY, 10)),
  GetAccessEvents: pageOf("AccessEvents", among("EventTime", EVENT)),
};

const PERIOD = `from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"`;
const DAYS = `from: "2026-11-20", to: "2026-11-20"`;
const AT = "{ nodes { localTime at } }";
const DATE = "{ nodes { date firstIn { at } lastOut { at } } }";
const GOOD = { nodes: [{ localTime: "2026-11-20T09:00:00", at: "2026-11-20T03:30:00Z" }] };
/** A day may end at 24:00:00. */
const GOOD_DAY = {
  nodes: [{ date: "2026-11-20", firstIn: { at: "2026-11-20T03:30:00Z" }, lastOut: { at: "2026-11-20T18:30:00Z" } }],
};

const LEFT_OUT = (count: number) => [
  expect.objectContaining({
    message: `Portico left out ${count} rows of the gateway's response because it could not read them or had not asked for them.`,
    extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
  }),
];

test.each<[string, string, unknown, number]>([
  ["punches", `{ punches(${PERIOD}) ${AT} }`, { punches: GOOD }, 7],
  ["today's punches", `{ attendanceToday { punches ${AT} } }`, { attendanceToday: { punches: GOOD } }, 7],
  [
    "a device's punches",
    `{ device(serialNumber: "GATE-001") { punches(${PERIOD}) ${AT} } }`,
    { device: { punches: GOOD } },
    7,
  ],
  ["a user's punches", `{ user(employeeCode: "0042") { punches(${PERIOD}) ${AT} } }`, { user: { punches: GOOD } }, 7],
  ["two reads", `{ a: punches(${PERIOD}) ${AT} b: accessEvents(${PERIOD}) ${AT} }`, { a: GOOD, b: GOOD }, 14],
  ["access events", `{ accessEvents(${PERIOD}) ${AT} }`, { accessEvents: GOOD }, 7],
  ["days without hours", `{ attendanceDays(${DAYS}) ${DATE} }`, { attendanceDays: GOOD_DAY }, 5],
  [
    "days with hours",
    `{ attendanceDays(${DAYS}) { nodes { date hours } } }`,
    { attendanceDays: { nodes: [{ date: "2026-11-20", hours: 0 }] } },
    5,
  ],
  [
    "a user's days",
    `{ user(employeeCode: "0042") { attendanceDays(${DAYS}) ${DATE} } }`,
    { user: { attendanceDays: GOOD_DAY } },
    5,
  ],
])("rows with an impossible time are left out of %s, and counted in one error", async (_read, query, data, count) => {
  const portico = await startOnScratch(ANSWERS);
  expect(await portico.ask(query)).toMatchObject({ data, errors: LEFT_OUT(count) });
});

test("several people's punches and days have one error for each answer's rows", async () => {
  const portico = await startOnScratch(ANSWERS);
  const people = `users(employeeCodes: ["0042", "0043", "0044"])`;
  const { data, errors } = await portico.ask<object, object>(`{ ${people} { punches(${PERIOD}) ${AT} } }`);
  expect(data).toMatchObject({ users: [{ punches: GOOD }, { punches: GOOD }, { punches: GOOD }] });
  // The shared read of everyone's punches was unreadable in part, so that each person's were read.
  expect(errors).toEqual(LEFT_OUT(21));
  const days = await portico.ask<object, object>(`{ ${people} { attendanceDays(${DAYS}) ${DATE} } }`);
  expect(days.data).toMatchObject({ users: [{ attendanceDays: GOOD_DAY }, {}, {}] });
  expect(days.errors).toEqual(LEFT_OUT(5));
});

test("of events that arrive together, those that lack rows say so, and no other", async () => {
  const portico = await startOnScratch({
    ...ANSWERS,
    GetAttendanceByEmployee: (query) =>
      query.get("EmployeeCode") === "2" ? punchesOf(query) : pageOf("AttendanceLogs", [punchOf(query)]),
  });
  const socket = await openSocket(portico);
  socket.subscribe("1", `subscription { punchAdded { punch { user { employeeCode punches(${PERIOD}) ${AT} } } } }`);
  await served(portico, 1);
  await appendNumbered(portico.log, 1, 3);
  await expect.poll(() => socket.of("1", "next").length, { timeout: 10_000 }).toBe(3);
  const errors = socket.of("1", "next").map(({ payload }) => (payload as { errors?: unknown }).errors);
  expect(errors).toEqual([undefined, LEFT_OUT(7), undefined]);
  expect(codesOf(socket, "1")).toEqual(["1", "2", "3"]);
});

test("today's date and time cost themselves alone", async () => {
  const portico = await startOnScratch({ ...ANSWERS });
  portico.answers.GetTodayAttendance = {
    Date: "2026-11-31",
    AsOf: "0000-00-00 00:00:00",
    ...pageOf("AttendanceLogs", [PUNCH]),
  };
  const { data, errors } = await portico.ask<object, object>(`{ attendanceToday { date asOf punches ${AT} } }`);
  expect(data).toEqual({ attendanceToday: { date: null, asOf: null, punches: GOOD } });
  expect(errors?.map(({ path, extensions }) => [path?.at(-1), extensions["code"]])).toEqual([
    ["date", "UPSTREAM_INVALID_RESPONSE"],
    ["asOf", "UPSTREAM_INVALID_RESPONSE"],
  ]);
});

test.each(IMPOSSIBLE)(
  "members that may be missing are null where they are %s, with an error where null says none",
  async (time) => {
    const at = `${time} GMT +0000`;
    const door = { DeviceSN: "GATE-001", DoorNo: 1, SensorPresent: true, LastChangeTime: at, AsOf: at };
    const portico = await startOnScratch({
      GetDeviceInfo: { Device: { ...DEVICE, LastSeen: at, DeviceTime: time } },
      CheckDeviceHealth: { Health: [{ DeviceSN: "GATE-001", LastSeen: at, NextRetryTime: at, LastRequest: at }] },
      GetDoorStatus: { Doors: [door] },
      FindUser: { User: { EmployeeCode: "0042", FirstName: "A", ValidFrom: time, ValidTo: time, UpdatedTime: at } },
      GetCommandStatus: {
        Command: {
          CommandID: "cmd_1",
          OperationID: "operation1",
          Operation: "OpenDoor",
          DeviceSN: "GATE-001",
          CommandStatus: "Done",
          QueuedTime: at,
          CompletedTime: at,
          ExpiresTime: at,
        },
      },
      MigrationStatus: { Migrations: [{ MigrationID: "mig_1", StartedTime: at, CompletedTime: at }] },
    });
    const id = Buffer.from("Command:cmd_1").toString("base64url");
    const { data, errors } = await portico.ask<object, object>(`{
    device(serialNumber: "GATE-001") { lastSeenAt info { firmware } health { lastSeenAt queueDepth } doors { changedAt } }
    user(employeeCode: "0042") { validFrom validTo updatedAt }
    command(id: "${id}") { status completedAt expiresAt }
    migrations { startedAt completedAt }
  }`);
    const midnight = time.endsWith("24:00:00") ? "2026-11-21T00:00:00" : null;
    expect(data).toEqual({
      device: {
        lastSeenAt: null,
        info: { firmware: "" },
        health: { lastSeenAt: null, queueDepth: null },
        doors: [{ changedAt: null }],
      },
      user: { validFrom: midnight, validTo: midnight, updatedAt: null },
      command: { status: "SUCCEEDED", completedAt: null, expiresAt: null },
      migrations: [{ startedAt: null, completedAt: null }],
    });
    const unreadable = [
      "command.completedAt",
      "device.health.lastSeenAt",
      "device.lastSeenAt",
      "migrations.0.completedAt",
      "migrations.0.startedAt",
      ...(midnight === null ? ["user.validFrom", "user.validTo"] : []),
    ];
    // A data base writes a time of zeros in place of none.
    expect((errors ?? []).map(({ path = [] }) => path.join(".")).toSorted()).toEqual(
      time.startsWith("0000") ? [] : unreadable,
    );
    for (const { extensions } of errors ?? []) expect(extensions["code"]).toBe("UPSTREAM_INVALID_RESPONSE");
  },
);

test.each([
  ["9999-12-31 23:59:59", "-05:00"],
  ["0000-01-01 00:00:00", "+05:30"],
])("a punch at %s%s has no instant, is suspect, and costs nothing else", async (AttendanceLog, UtcOffset) => {
  const rows = [{ ...PUNCH, AttendanceLog, UtcOffset }, PUNCH];
  const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", rows) });
  const { data, errors } = await portico.ask<object, object>(
    `{ punches(${PERIOD}) { nodes { localTime at clockSuspect } } }`,
  );
  expect(data).toEqual({
    punches: {
      nodes: [
        { localTime: AttendanceLog.replace(" ", "T"), at: null, clockSuspect: true },
        { localTime: "2026-11-20T09:00:00", at: "2026-11-20T03:30:00Z", clockSuspect: false },
      ],
    },
  });
  expect(errors).toMatchObject([
    { path: ["punches", "nodes", 0, "at"], extensions: { code: "UPSTREAM_INVALID_RESPONSE" } },
  ]);
});

test.each(["+14:30", "-15:00", "+99:99"])(
  "instead of the offset %s, the zone of the device counts",
  async (UtcOffset) => {
    const portico = await startOnScratch({
      GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, UtcOffset }]),
      GetDeviceInfo: { Device: DEVICE },
    });
    const { data } = await portico.ask<object, object>(`{ punches(${PERIOD}) { nodes { at utcOffset } } }`);
    expect(data).toEqual({ punches: { nodes: [{ at: "2026-11-20T03:30:00Z", utcOffset: "+05:30" }] } });
  },
);

test("the receipt and the zone are not known: a clock is suspect if it is ahead of this request, or was never set", async () => {
  const times = [
    ["2035-01-01 00:00:01", true],
    ["0001-01-01 00:00:00", true],
    ["1970-01-01 00:00:05", true],
    ["1980-01-06 00:00:00", true],
    ["2000-01-01 00:00:09", true],
    ["2009-12-31 23:59:59", true],
    ["2010-01-01 00:00:00", false],
    ["2026-06-01 00:00:00", false],
  ] as const;
  const unknown = { ...PUNCH, UtcOffset: null, ReceivedTime: null, ClockSuspect: null };
  const rows = times.map(([AttendanceLog]) => ({ ...unknown, AttendanceLog }));
  const portico = await startOnScratch({ GetAttendanceByDate: pageOf("AttendanceLogs", rows) });
  const { data, errors } = await portico.ask<object, object>(`{ punches(${PERIOD}) { nodes { clockSuspect } } }`);
  expect({ data, errors }).toEqual({
    data: { punches: { nodes: times.map(([, clockSuspect]) => ({ clockSuspect })) } },
    errors: undefined,
  });
});
