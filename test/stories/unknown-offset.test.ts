import { expect, test } from "vitest";
import { DEVICE, pageOf, PUNCH, type ScratchAnswers, type ScratchApp, startOnScratch } from "../kit/gateway/scratch.ts";
import { subscribeBySocket } from "../kit/portico/live.ts";
import { until } from "../kit/until.ts";
import { loggedEvents } from "../kit/events/logged.ts";

/** The published minimum: no offset, no receipt. */
const minimum = (DeviceSN: string, AttendanceLog: string, EmployeeCode = "0042") => ({
  DeviceSN,
  EmployeeCode,
  AttendanceLog,
  Type: "face",
  Direction: "CheckIn",
});

const NOT_IN_ACCOUNT = { Status: "API_RESPONSE_INVALID_SERVICE_TAG_ID", StatusCode: 2 };

const FIELDS = `{ cursor occurredAt receivedAt ... on PunchAdded {
  punch { id at utcOffset localTime clockSuspect user { employeeCode } device { serialNumber } }
} }`;
const PULL = `query ($after: EventCursor) { events(after: $after) { cursor hasMore nodes ${FIELDS} } }`;

interface Node {
  readonly cursor: string;
  readonly occurredAt: string | null;
  readonly receivedAt: string;
  readonly punch: {
    readonly at: string | null;
    readonly utcOffset: string | null;
    readonly localTime: string;
    readonly clockSuspect: boolean;
  };
}

interface Page {
  readonly events: { readonly cursor: string; readonly hasMore: boolean; readonly nodes: readonly Node[] };
}

const pull = async (portico: ScratchApp, after?: string) => {
  const { data, errors = [] } = await portico.ask<Page, object>(PULL, after === undefined ? {} : { after });
  return { ...data.events, errors };
};

const readDevices = (portico: ScratchApp) => portico.ask("{ devices { nodes { serialNumber timeZone } } }");

const now = (): string => new Date().toISOString().slice(0, 10);

test.each([
  ["GMT+5:30", null],
  ["UTC +0530", "nonsense"],
  ["+5:30", undefined],
  ["05:30", ""],
  [" Asia/Kolkata\0", null],
])("a device whose zone is %j and whose offset is %j has a clock at +05:30", async (TimeZone, UtcOffset) => {
  const device = { ...DEVICE, TimeZone, UtcOffset };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: device },
    GetAttendanceByDate: pageOf("AttendanceLogs", [{ ...PUNCH, UtcOffset: null }]),
  });
  const { data, errors } = await portico.ask(
    `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { at utcOffset } } }`,
  );
  const nodes = [{ at: "2026-11-20T03:30:00Z", utcOffset: "+05:30" }];
  expect({ data, errors }).toEqual({ data: { punches: { nodes } } });
});

test.each<readonly [string, ScratchAnswers, string]>([
  ["is not in the account", { GetDeviceInfo: NOT_IN_ACCOUNT }, "NOT_FOUND"],
  ["cannot be read, because the gateway is down", { GetDeviceInfo: 503 }, "UPSTREAM_UNAVAILABLE"],
  ...[null, "Mars/Base", "IST"].map(
    (TimeZone) =>
      [
        `has the zone ${TimeZone} and no offset`,
        { GetDeviceInfo: { Device: { ...DEVICE, TimeZone, UtcOffset: null } } },
        "UPSTREAM_INVALID_RESPONSE",
      ] as const,
  ),
])("a punch of a device that %s loses its instant, and nothing else", async (_case, answers, code) => {
  const portico = await startOnScratch(answers);
  const live = subscribeBySocket<{ punchAdded: Node }>(portico.url, `subscription { punchAdded ${FIELDS} }`);
  await until(() => portico.live.subscribers() === 1);
  await portico.deliver(minimum("GATE-001", `${now()} 09:00:00`));
  await portico.deliver({ ...minimum("GATE-002", `${now()} 09:00:01`), UtcOffset: "+05:30" });
  const { nodes, cursor, hasMore, errors } = await pull(portico);
  expect(nodes).toMatchObject([
    { occurredAt: null, punch: { at: null, utcOffset: null, localTime: `${now()}T09:00:00` } },
    { occurredAt: `${now()}T03:30:01Z`, punch: { utcOffset: "+05:30" } },
  ]);
  expect(errors.map(({ path, extensions }) => `${path?.join(".")} ${String(extensions["code"])}`).toSorted()).toEqual([
    `events.nodes.0.occurredAt ${code}`,
    `events.nodes.0.punch.at ${code}`,
    `events.nodes.0.punch.utcOffset ${code}`,
  ]);
  expect({ cursor, hasMore }).toEqual({ cursor: nodes.at(-1)?.cursor, hasMore: false });
  expect((await pull(portico, nodes[0]?.cursor)).nodes).toHaveLength(1);
  await until(() => live.events.length === 2);
  expect(live.events.map(({ punchAdded }) => punchAdded.occurredAt)).toEqual([null, `${now()}T03:30:01Z`]);
});

test.each([null, "Mars/Base", "IST", "JST", "PST", "CST", "BST", "AST", "ACT"])(
  "a device with the zone %s: its offset decides, in a list and in an event, before and after the device is known",
  async (TimeZone) => {
    const row = { ...PUNCH, UtcOffset: null };
    const portico = await startOnScratch({
      GetDeviceInfo: { Device: { ...DEVICE, TimeZone } },
      GetAttendanceByDate: pageOf("AttendanceLogs", [row]),
    });
    await portico.deliver(minimum("GATE-001", PUNCH.AttendanceLog));
    const list = `{ punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00") { nodes { at } } }`;
    const { data, errors } = await portico.ask(list);
    expect({ data, errors }).toEqual({ data: { punches: { nodes: [{ at: "2026-11-20T03:30:00Z" }] } } });
    await portico.deliver(minimum("GATE-001", PUNCH.AttendanceLog, "0043"));
    const { nodes } = await pull(portico);
    expect(nodes.map(({ punch }) => punch.at)).toEqual(["2026-11-20T03:30:00Z", "2026-11-20T03:30:00Z"]);
    const [, known] = await loggedEvents(portico.log, "0-0", 10);
    expect(known?.occurredAt).toBe("2026-11-20T03:30:00Z");
  },
);

test.each(["GONE-1", "AB", "door/1", "S".repeat(64)])(
  "the serial number %s in a callback stops no page",
  async (serial) => {
    const portico = await startOnScratch({ GetDeviceInfo: NOT_IN_ACCOUNT });
    await portico.deliver(minimum(serial, `${now()} 09:00:00`));
    const { nodes, errors } = await pull(portico);
    expect(nodes).toMatchObject([{ punch: { at: null, device: { serialNumber: serial } } }]);
    expect(new Set(errors.map(({ extensions }) => extensions["code"]))).toEqual(new Set(["NOT_FOUND"]));
  },
);

test("the offset is fixed at receipt: a device that is gone later keeps the instants of its punches", async () => {
  const portico = await startOnScratch({
    ListDevices: pageOf("Devices", [DEVICE, { ...DEVICE, DeviceSN: "BERLIN-1", TimeZone: "Europe/Berlin" }]),
  });
  await readDevices(portico);
  portico.answers.ListDevices = 503;
  portico.answers.GetDeviceInfo = 503;
  await portico.deliver(minimum("GATE-001", "2026-11-20 09:00:00"));
  // 02:30 is skipped in spring, and occurs twice in autumn.
  await portico.deliver(minimum("BERLIN-1", "2026-03-29 02:30:00"));
  await portico.deliver(minimum("BERLIN-1", "2026-10-25 02:30:00"));
  await portico.deliver(minimum("BERLIN-1", "2026-10-25 03:30:00"));
  const events = await loggedEvents(portico.log, "0-0", 10);
  const instants = ["2026-11-20T03:30:00Z", "2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"];
  expect(events.map(({ occurredAt }) => occurredAt)).toEqual(instants);
  const { nodes, errors } = await pull(portico);
  expect(errors).toEqual([]);
  expect(nodes.map(({ occurredAt }) => occurredAt)).toEqual(instants);
  expect(nodes.map(({ punch }) => punch.at)).toEqual(instants);
  expect(nodes.map(({ punch }) => punch.utcOffset)).toEqual(["+05:30", "+01:00", "+02:00", "+01:00"]);
});

test("a device that is in the account later has instants later", async () => {
  const portico = await startOnScratch({ GetDeviceInfo: NOT_IN_ACCOUNT });
  await portico.deliver(minimum("GATE-001", "2026-11-20 09:00:00"));
  expect((await pull(portico)).nodes).toMatchObject([{ punch: { at: null } }]);
  portico.answers.GetDeviceInfo = { Device: DEVICE };
  expect((await pull(portico)).nodes).toMatchObject([{ punch: { at: "2026-11-20T03:30:00Z" } }]);
});

const hours = (count: number): string =>
  new Date(Date.now() + count * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

test.each<[string, boolean, boolean]>([
  ["2035-01-01 00:00:01", true, true],
  ["2000-01-01 00:00:09", true, true],
  ["9999-12-31 23:59:59", true, true],
  ["0001-01-01 00:00:00", true, true],
  // The wall clock of UTC, so that Kolkata shows 5.5 hours more.
  [hours(5), false, false],
  [hours(8), false, true],
  [hours(15), false, true],
  [hours(17), true, true],
  [hours(-90 * 24 + 6), false, false],
  [hours(-90 * 24 + 1), false, true],
  [hours(-91 * 24), true, true],
])("a clock that shows %s now is suspect: %s without a zone, %s in Asia/Kolkata", async (wall, unknown, known) => {
  for (const [answers, expected] of [
    [{ GetDeviceInfo: 503 }, unknown],
    [{ GetDeviceInfo: { Device: DEVICE } }, known],
  ] as const) {
    const portico = await startOnScratch(answers);
    await portico.deliver(minimum("GATE-001", wall));
    await portico.ask(`{ device(serialNumber: "GATE-001") { timeZone } }`);
    await portico.deliver(minimum("GATE-001", wall, "0043"));
    const { nodes } = await pull(portico);
    expect(nodes.map(({ punch }) => punch.clockSuspect)).toEqual([expected, expected]);
  }
});

test("every DateTime has one shape", async () => {
  const portico = await startOnScratch({
    GetTodayAttendance: {
      Date: "2026-11-20",
      AsOf: "2026-11-20 10:00:00 GMT +0000",
      ...pageOf("AttendanceLogs", [PUNCH]),
    },
    GetDeviceInfo: { Device: DEVICE },
  });
  await portico.deliver(minimum("GATE-001", "2026-11-20 09:00:00"));
  await portico.deliver({
    Event: "device.status",
    EventID: "evt_1",
    DeviceSN: "GATE-001",
    Status: "Online",
    AuthToken: portico.sandbox.token,
  });
  await until(async () => (await loggedEvents(portico.log, "0-0", 10)).length === 2);
  const { data, errors } = await portico.ask(`{
    gateway { lastCallbackAt }
    attendanceToday { asOf punches { nodes { at receivedAt } } }
    events { nodes { occurredAt receivedAt ... on PunchAdded { punch { at } } } }
  }`);
  expect(errors).toBeUndefined();
  const instants = JSON.stringify(data).match(/"\d{4}-[^"]*"/g) ?? [];
  expect(instants).toHaveLength(9);
  for (const instant of instants) expect(instant).toMatch(/^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/);
});
