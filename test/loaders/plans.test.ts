import { expect, test } from "vitest";
import { startPortico, tally, type TestApp } from "../kit/portico/app.ts";

interface Node {
  readonly [name: string]: unknown;
}

const distinct = (values: readonly unknown[]): number => new Set(values).size;

test("the 20 newest punches with users, devices and doors cost one call, one per person, and one per device with doors", async () => {
  const portico = await startPortico();
  const { data, errors } = await portico.ask<
    {
      punches: {
        nodes: {
          user: { employeeCode: string; name: string; devices: { nodes: { serialNumber: string; doors: Node[] }[] } };
        }[];
      };
    },
    object
  >(`{
    punches(from: "2026-06-20T00:00:00", to: "2026-06-21T12:00:00", order: DESC, first: 20) {
      nodes { id user { employeeCode name devices { nodes { serialNumber name doors { number state } } } } }
    }
  }`);
  expect(errors).toBeUndefined();
  const people = data.punches.nodes.map(({ user }) => user);
  const devices = people.flatMap((user) => user.devices.nodes);
  expect(tally(portico.upstream())).toEqual({
    GetAttendanceByDate: 1,
    ListUserDevices: distinct(people.map(({ employeeCode }) => employeeCode)),
    GetDoorStatus: distinct(devices.map(({ serialNumber }) => serialNumber)),
  });
});

test("the doors of a device that is known to have none are not read again", async () => {
  const portico = await startPortico();
  const doors = `{ device(serialNumber: "SN7A2300584") { doors { number state } } }`;
  expect((await portico.ask<unknown, object>(doors)).data).toEqual({ device: { doors: [] } });
  portico.upstream();
  await portico.ask(doors);
  expect(portico.upstream()).not.toContain("GetDoorStatus");
});

test("all devices with info, health and doors cost one list call, one health call, and one info call per device", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ devices: { nodes: Node[] } }, object>(
    `{ devices(first: 100) { nodes { name status info { firmware } health { queueDepth } doors { number name } } } }`,
  );
  expect(tally(portico.upstream())).toEqual({
    ListDevices: 1,
    CheckDeviceHealth: 1,
    GetDeviceInfo: data.devices.nodes.length,
  });
});

test("the state of all doors costs one call per device that has doors", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ devices: { nodes: { doors: Node[] }[] } }, object>(
    `{ devices(first: 100) { nodes { doors { number state lock } } } }`,
  );
  expect(tally(portico.upstream())).toEqual({
    ListDevices: 1,
    GetDoorStatus: data.devices.nodes.filter(({ doors }) => doors.length > 0).length,
  });
});

test("five hundred punches with the names of users and devices cost one call", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ punches: { nodes: Node[] } }, object>(`{
    punches(from: "2026-06-15T00:00:00", to: "2026-06-20T00:00:00", first: 500) {
      nodes { localTime at user { name } device { name } }
    }
  }`);
  expect(data.punches.nodes).toHaveLength(500);
  expect(portico.upstream()).toEqual(["GetAttendanceByDate"]);
});

test("one device's users with their credentials cost one call", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ device: { users: { nodes: { credentials: Node[] }[] } } }, object>(
    `{ device(serialNumber: "SN7A2300583") { serialNumber users(first: 500) { nodes { name credentials { kind index } } } } }`,
  );
  expect(data.device.users.nodes.some(({ credentials }) => credentials.length > 0)).toBe(true);
  expect(portico.upstream()).toEqual(["ListUsers"]);
});

const fiftyOf = ({ sandbox }: TestApp): string[] => [...sandbox.gateway.world.users.keys()].slice(0, 50);

test("the days of 50 employees for a month cost one call per page of 500", async () => {
  const portico = await startPortico({ people: 80 });
  const query = `query ($codes: [String!]!, $after: String) {
    attendanceDays(from: "2026-05-20", to: "2026-06-18", employeeCodes: $codes, first: 500, after: $after) {
      totalCount
      nodes { date workedMinutes user { name } }
      pageInfo { endCursor hasNextPage }
    }
  }`;
  const { data, errors } = await portico.ask<{ attendanceDays: { totalCount: number; nodes: Node[] } }, object>(query, {
    codes: fiftyOf(portico),
  });
  expect(errors).toBeUndefined();
  expect(data.attendanceDays.nodes.length).toBe(Math.min(500, data.attendanceDays.totalCount));
  expect(portico.upstream()).toEqual(["GetAttendanceSummary"]);
});

test("the same days, selected person by person, are read for all of them together", async () => {
  const portico = await startPortico({ people: 80 });
  const query = `query ($codes: [String!]!) {
    users(employeeCodes: $codes) {
      employeeCode
      attendanceDays(from: "2026-05-20", to: "2026-06-18", first: 31) { totalCount nodes { date hours } }
    }
  }`;
  const { data } = await portico.ask<{ users: { employeeCode: string; attendanceDays: { nodes: Node[] } }[] }, object>(
    query,
    { codes: fiftyOf(portico) },
  );
  const rows = data.users.flatMap((user) => user.attendanceDays.nodes).length;
  const { GetAttendanceSummary: pages = 0 } = tally(portico.upstream());
  expect(rows).toBeGreaterThan(500);
  expect(pages).toBe(Math.ceil(rows / 500));
});

test("GetFirstInLastOut answers first and last punches alone, GetAttendanceSummary answers hours", async () => {
  const portico = await startPortico();
  const days = (fields: string) =>
    portico.ask(`{ attendanceDays(from: "2026-06-19", to: "2026-06-20") { nodes { ${fields} } } }`);
  await days("date firstIn { localTime } lastOut { localTime } punchCount");
  expect(portico.upstream()).toEqual(["GetFirstInLastOut"]);
  await days("date hours");
  expect(portico.upstream()).toEqual(["GetAttendanceSummary"]);
});

test("the first names of many people are read from the lists of few devices", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<
    { punches: { nodes: { user: { employeeCode: string; firstName: string | null } }[] } },
    object
  >(
    `{ punches(from: "2026-06-15T00:00:00", to: "2026-06-20T00:00:00", first: 500) { nodes { user { employeeCode firstName } } } }`,
  );
  const people = new Map(data.punches.nodes.map(({ user }) => [user.employeeCode, user.firstName]));
  const { ListUsers: lists = 0, FindUser: finds = 0 } = tally(portico.upstream());
  expect(lists + finds).toBeLessThan(people.size / 2);
  const [code = "", firstName] = [...people].find(([, name]) => name !== null) ?? [];
  const one = await portico.ask<{ user: { firstName: string } }, object>(
    `{ user(employeeCode: "${code}") { firstName } }`,
  );
  expect(one.data.user.firstName).toBe(firstName);
});

test("extensions.upstream lists the calls of an operation", async () => {
  const portico = await startPortico();
  const { extensions } = await portico.ask(`{ devices(first: 1) { nodes { health { queueDepth } } } }`);
  expect(extensions?.upstream?.map(({ operation, status }) => ({ operation, status }))).toEqual([
    { operation: "ListDevices", status: 200 },
    { operation: "CheckDeviceHealth", status: 200 },
  ]);
});

test("the last punch of many people costs one read of everyone's punches, and its cursor continues in the person's own pages", async () => {
  const portico = await startPortico();
  interface Page {
    readonly totalCount: number;
    readonly nodes: readonly { readonly id: string }[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  }
  interface Person {
    readonly employeeCode: string;
    readonly punches: Page;
  }
  const period = `from: "2026-06-18T00:00:00", to: "2026-06-21T00:00:00", order: DESC`;
  const page = "{ totalCount nodes { id } pageInfo { endCursor hasNextPage } }";
  const codes = Array.from({ length: 25 }, (_, index) => String(1001 + index));
  const together = await portico.ask<{ users: readonly Person[] }, object>(
    `query ($codes: [String!]!) { users(employeeCodes: $codes) { employeeCode punches(${period}, first: 1) ${page} } }`,
    { codes },
  );
  expect(together.errors).toBeUndefined();
  const { FindUser: _, ...reads } = tally(portico.upstream());
  expect(reads).toEqual({ GetAttendanceByDate: 1 });
  const people = together.data.users.filter((person) => person !== null);
  expect(people.filter(({ punches }) => punches.pageInfo.hasNextPage).length).toBeGreaterThan(10);
  for (const { employeeCode, punches } of people.slice(0, 4)) {
    const alone = await portico.ask<{ user: Person; rest: Person }, object>(
      `query ($code: String!, $after: String) {
        user(employeeCode: $code) { employeeCode punches(${period}) ${page} }
        rest: user(employeeCode: $code) { employeeCode punches(${period}, after: $after) ${page} }
      }`,
      { code: employeeCode, after: punches.pageInfo.endCursor },
    );
    const { user, rest } = alone.data;
    expect(punches.totalCount).toBe(user.punches.totalCount);
    expect([...punches.nodes, ...rest.punches.nodes]).toEqual(user.punches.nodes);
  }
});

test("each person's punches are read alone if everyone's punches have more pages than there are people", async () => {
  const portico = await startPortico();
  await portico.ask(`{
    users(employeeCodes: ["1001", "1002", "1003"]) {
      punches(from: "2026-05-21T00:00:00", to: "2026-06-21T00:00:00", first: 1) { nodes { id } }
    }
  }`);
  expect(tally(portico.upstream())).toMatchObject({ GetAttendanceByDate: 1, GetAttendanceByEmployee: 3 });
});

test.each([
  ["", "GetFirstInLastOut"],
  [', dayStart: "04:00"', "GetFirstInLastOut"],
  [", minRepeatSeconds: 60", "GetAttendanceSummary"],
  [", minRepeatSeconds: 3600", "GetAttendanceSummary"],
  [", minRepeatSeconds: $seconds", "GetAttendanceSummary"],
  [", minRepeatSeconds: $omitted", "GetFirstInLastOut"],
  [", strategy: FIRST_LAST", "GetAttendanceSummary"],
  [", includeAbsent: false", "GetAttendanceSummary"],
])("the days of arguments `%s` come from %s, whatever is selected", async (passed, operation) => {
  const portico = await startPortico();
  const days = `attendanceDays(from: "2026-06-15", to: "2026-06-20"${passed})`;
  const query = (fields: string) => `query ($seconds: Int = 60, $omitted: Int) {
    a: ${days} { nodes { date user { employeeCode } punchCount lastOut { localTime } ${fields} } }
    b: events(first: $seconds) { hasMore }
    c: events(first: $omitted) { hasMore }
  }`;
  const { data, errors } = await portico.ask<{ a: { nodes: Node[] } }, object>(query(""));
  expect(errors).toBeUndefined();
  expect(portico.upstream()).toEqual([operation]);
  if (operation === "GetFirstInLastOut") return;
  const withHours = await portico.ask<{ a: { nodes: Node[] } }, object>(query("hours"));
  expect(withHours.data.a.nodes).toMatchObject(data.a.nodes);
});
