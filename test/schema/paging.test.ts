import { expect, test } from "vitest";
import { DEVICE, pageOf, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";
import { startPortico } from "../kit/portico/app.ts";

interface Connection {
  readonly totalCount: number | null;
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
}

const PAGE = `totalCount edges { cursor node { id } } pageInfo { endCursor hasNextPage }`;

const LISTS = [
  [
    "punches",
    `punches(from: "2026-06-18T00:00:00", to: "2026-06-20T00:00:00", first: $first, after: $after) { ${PAGE} }`,
  ],
  [
    "punches newest first",
    `punches(from: "2026-06-18T00:00:00", to: "2026-06-20T00:00:00", order: DESC, first: $first, after: $after) { ${PAGE} }`,
  ],
  ["devices", `devices(first: $first, after: $after) { ${PAGE} }`],
  [
    "access events",
    `accessEvents(from: "2026-06-18T00:00:00", to: "2026-06-20T00:00:00", first: $first, after: $after) { ${PAGE} }`,
  ],
  ["users of a device", `device(serialNumber: "SN7A2300583") { users(first: $first, after: $after) { ${PAGE} } }`],
  ["devices of a user", `user(employeeCode: "1042") { devices(first: $first, after: $after) { ${PAGE} } }`],
] as const;

const connectionIn = (data: unknown): Connection => {
  const value = Object.values(data as Record<string, unknown>)[0] as Connection | Record<string, Connection>;
  return "edges" in value ? (value as Connection) : (Object.values(value)[0] as Connection);
};

test.for(LISTS)("%s are complete and in order for every page size and after every cursor", async ([, field]) => {
  const portico = await startPortico();
  const page = async (first: number, after: string | null) => {
    const { data, errors } = await portico.ask(`query ($first: Int, $after: String) { ${field} }`, { first, after });
    expect(errors).toBeUndefined();
    return connectionIn(data);
  };
  const whole = await page(500, null);
  const ids = whole.edges.map(({ node }) => node.id);
  expect(ids.length).toBeGreaterThan(2);
  expect(whole.pageInfo.hasNextPage).toBe(whole.totalCount !== ids.length);

  for (const size of [1, 7, 50]) {
    const read: string[] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo, totalCount }: Connection = await page(size, after);
      expect(totalCount).toBe(whole.totalCount);
      read.push(...edges.map(({ node }) => node.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null && read.length < 60);
    expect(read).toEqual(ids.slice(0, read.length));
  }

  const { edges } = await page(9, null);
  for (const [index, { cursor }] of edges.entries()) {
    const rest = await page(3, cursor);
    expect(rest.edges.map(({ node }) => node.id)).toEqual(ids.slice(index + 1, index + 4));
  }
});

test("the days of a person continue after any day", async () => {
  const portico = await startPortico();
  const query = `query ($first: Int, $after: String) {
    user(employeeCode: "1042") {
      attendanceDays(from: "2026-05-20", to: "2026-06-20", first: $first, after: $after) {
        edges { cursor node { date } }
        pageInfo { hasNextPage }
      }
    }
  }`;
  interface Days {
    readonly user: {
      readonly attendanceDays: {
        readonly edges: { readonly cursor: string; readonly node: { readonly date: string } }[];
        readonly pageInfo: { readonly hasNextPage: boolean };
      };
    };
  }
  const days = async (first: number, after: string | null) =>
    (await portico.ask<Days, object>(query, { first, after })).data.user.attendanceDays;
  const all = await days(500, null);
  expect(all.pageInfo.hasNextPage).toBe(false);
  const dates = all.edges.map(({ node }) => node.date);
  const { edges, pageInfo } = await days(5, null);
  expect(pageInfo.hasNextPage).toBe(true);
  for (const [index, { cursor }] of edges.entries()) {
    const { edges: rest } = await days(4, cursor);
    expect(rest.map(({ node }) => node.date)).toEqual(dates.slice(index + 1, index + 5));
  }
});

test("an empty cursor is none, as a variable and in a document", async () => {
  const portico = await startPortico();
  const period = `from: "2026-06-18T00:00:00", to: "2026-06-20T00:00:00"`;
  for (const field of [
    "devices(first: 2",
    `punches(${period}, first: 2`,
    `attendanceDays(from: "2026-06-18", to: "2026-06-19", first: 2`,
  ]) {
    const page = "{ edges { cursor } }";
    const { data } = await portico.ask(`{ all: ${field}) ${page} literal: ${field}, after: "") ${page} }`);
    const { all, literal } = data as Readonly<Record<string, { readonly edges: readonly object[] }>>;
    expect(all?.edges).toHaveLength(2);
    expect(literal).toEqual(all);
    const byVariable = `query ($after: String) { all: ${field}, after: $after) ${page} }`;
    expect((await portico.ask(byVariable, { after: "" })).data).toEqual({ all });
  }
  const events = `{ nodes { cursor } cursor hasMore }`;
  const { data } = await portico.ask(
    `{ all: events(first: 2) ${events} literal: events(first: 2, after: "") ${events} }`,
  );
  const { all, literal } = data as Readonly<Record<string, unknown>>;
  expect(literal).toEqual(all);
  const byVariable = `query ($after: EventCursor) { all: events(first: 2, after: $after) ${events} }`;
  expect((await portico.ask(byVariable, { after: "" })).data).toEqual({ all });
});

test("a cursor of another field or of other arguments is rejected by name", async () => {
  const portico = await startPortico();
  const { data } = await portico.ask<{ punches: Connection }, object>(
    `{ punches(from: "2026-06-18T00:00:00", to: "2026-06-20T00:00:00", first: 5) { ${PAGE} } }`,
  );
  const { errors } = await portico.ask(
    `query ($after: String) { punches(from: "2026-06-17T00:00:00", to: "2026-06-20T00:00:00", first: 5, after: $after) { totalCount } }`,
    { after: data.punches.pageInfo.endCursor },
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", argument: "after" });
});

interface PunchPage {
  readonly punches: Pick<Connection, "pageInfo"> & { readonly nodes: readonly { readonly localTime: string }[] };
}

/** Follows `endCursor` to the end, at most 20 pages. */
const followOnScratch = async (answer: object, first: number) => {
  const portico = await startOnScratch({
    GetAttendanceByDate: { ...answer },
    ListDevices: pageOf("Devices", [DEVICE]),
  });
  const query = `query ($first: Int, $after: String) {
    punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00", first: $first, after: $after) {
      nodes { localTime } pageInfo { endCursor hasNextPage }
    }
  }`;
  const times: string[] = [];
  let pages = 0;
  for (let after: string | null = null, hasNextPage = true; hasNextPage && pages < 20; pages += 1) {
    const { data, errors }: { readonly data: PunchPage; readonly errors?: unknown } = await portico.ask(query, {
      first,
      after,
    });
    expect(errors).toBeUndefined();
    times.push(...data.punches.nodes.map(({ localTime }) => localTime));
    ({ endCursor: after, hasNextPage } = data.punches.pageInfo);
  }
  return { pages, times };
};

const timeAt = (second: number): string => new Date(Date.UTC(2026, 10, 20, 0, 0, second)).toISOString().slice(0, 19);
const punchesOf = (count: number) =>
  Array.from({ length: count }, (_, second) => ({ ...PUNCH, AttendanceLog: timeAt(second).replace("T", " ") }));

test.each([500, 450])(
  "pages of %s go through a list that the gateway gives whole, whatever was asked for",
  async (first) => {
    const { pages, times } = await followOnScratch(pageOf("AttendanceLogs", punchesOf(1200)), first);
    expect(times).toEqual(Array.from({ length: 1200 }, (_, second) => timeAt(second)));
    expect(pages).toBe(3);
  },
);

test("a page whose next page is itself is the last one", async () => {
  const page = { ...pageOf("AttendanceLogs", punchesOf(50)), OffSet: "same" };
  const { pages } = await followOnScratch(page, 50);
  expect(pages).toBe(2);
});

const DAY = 'from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"';

test.for([
  [
    "GetAttendanceByDate",
    "AttendanceLogs",
    PUNCH,
    `query ($first: Int) { list: punches(${DAY}, first: $first) { totalCount nodes { id } } }`,
  ],
  [
    "ListDevices",
    "Devices",
    DEVICE,
    "query ($first: Int) { list: devices(first: $first) { totalCount nodes { id } } }",
  ],
  [
    "ListUsers",
    "Users",
    { EmployeeCode: "0042", FirstName: "A" },
    'query ($first: Int) { device(serialNumber: "GATE-001") { list: users(first: $first) { totalCount nodes { employeeCode } } } }',
  ],
  [
    "GetFirstInLastOut",
    "Records",
    { EmployeeCode: "0042", Date: "2026-11-20", PunchCount: 1 },
    `query ($first: Int) {
      user(employeeCode: "0042") {
        list: attendanceDays(from: "2026-11-20", to: "2026-11-20", first: $first) { totalCount nodes { date } }
      }
    }`,
  ],
] as const)("0, a blank and the word null end the pages of %s", async ([operation, member, row, query]) => {
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: { User: { EmployeeCode: "0042", FirstName: "A" } },
  });
  for (const [index, OffSet] of [0, "0", " ", "null", "NULL", null].entries()) {
    portico.answers[operation] = { ...pageOf(member, [row]), OffSet };
    const { data, errors } = await portico.ask<object, object>(query, { first: 10 + index });
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toMatch(/"list":\{"totalCount":1,"nodes":\[\{[^{]*\}\]/);
  }
  expect(portico.calls.filter((name) => name === operation)).toHaveLength(6);
});

test("a cursor that somebody made up reads few pages", async () => {
  let offset = 0;
  const portico = await startOnScratch({
    GetAttendanceByDate: () => ({ ...pageOf("AttendanceLogs", punchesOf(500)), OffSet: String((offset += 500)) }),
  });
  const after = Buffer.from(JSON.stringify(["", 1_000_000_000])).toString("base64url");
  await portico.ask(
    `query ($after: String) { punches(from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00", after: $after) { totalCount } }`,
    { after },
  );
  expect(portico.calls.length).toBeLessThan(5);
});

/** Answers as a gateway whose page token is the time of the last row. */
const keyset = (rows: readonly (typeof PUNCH)[], order: 1 | -1) => (query: URLSearchParams) => {
  const offset = query.get("OffSet");
  const sorted = rows.toSorted((a, b) => order * (a.AttendanceLog < b.AttendanceLog ? -1 : 1));
  const rest =
    offset === null ? sorted : sorted.filter(({ AttendanceLog }) => order * (AttendanceLog > offset ? 1 : -1) > 0);
  const page = rest.slice(0, Number(query.get("Limit")));
  const OffSet = page.length < rest.length ? (page.at(-1)?.AttendanceLog ?? "") : "";
  return { ...pageOf("AttendanceLogs", page), ActualRowCount: rows.length, OffSet };
};

interface CodedPage {
  readonly list: {
    readonly edges: readonly {
      readonly cursor: string;
      readonly node: { readonly user: { readonly employeeCode: string } };
    }[];
  };
}

const punchAt = (EmployeeCode: string, time: string) => ({
  ...PUNCH,
  EmployeeCode,
  AttendanceLog: `2026-11-20 ${time}`,
});
const MORNING = [punchAt("1", "10:00:00"), punchAt("2", "11:00:00"), punchAt("3", "12:00:00")];
const LATER = [...MORNING, punchAt("9", "10:30:00"), punchAt("4", "13:00:00")];

test.each([
  ["newest first", "DESC", -1, 0, ["2", "9", "1"], ["3", "2", "9", "1"]],
  ["newest first", "DESC", -1, 1, ["9", "1"], ["2", "9", "1"]],
  ["oldest first", "ASC", 1, 2, ["4"], ["3", "4"]],
  ["oldest first", "ASC", 1, 0, ["9", "2", "3", "4"], ["9", "2", "3", "4"]],
] as const)(
  "after a cursor, %s, comes what is behind its row, although rows came before it; a cursor of an earlier version counts rows",
  async (_name, order, sign, index, behind, counted) => {
    const portico = await startOnScratch({ GetAttendanceByDate: keyset(MORNING, sign) });
    const read = async (after: string | null) => {
      const { data, errors } = await portico.ask<CodedPage, object>(
        `query ($after: String) {
          list: punches(${DAY}, order: ${order}, first: 10, after: $after) { edges { cursor node { user { employeeCode } } } }
        }`,
        { after },
      );
      expect(errors).toBeUndefined();
      return data.list.edges;
    };
    const { cursor = "" } = (await read(null))[index] ?? {};
    portico.answers.GetAttendanceByDate = keyset(LATER, sign);
    const codesAfter = async (after: string) => (await read(after)).map(({ node }) => node.user.employeeCode);
    expect(await codesAfter(cursor)).toEqual(behind);
    const [offset, skip] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    const earlier = Buffer.from(JSON.stringify([offset, skip])).toString("base64url");
    expect(await codesAfter(earlier)).toEqual(counted);
    portico.answers.GetAttendanceByDate = keyset(LATER.slice(3), sign);
    expect((await codesAfter(cursor)).length).toBe(Math.max(0, 2 - Number(skip)));
  },
);

const twice = <Row>(row: Row): readonly Row[] => [row, row];
const idsIn = (text: string): readonly string[] => [...text.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id ?? "");

test("every door and command of a list is in it once, as often as the gateway returns it", async () => {
  const command = { CommandID: "cmd_1", OperationID: "op0000000001", DeviceSN: "GATE-001", CommandStatus: "Done" };
  const portico = await startOnScratch({
    GetDeviceInfo: { Device: { ...DEVICE, Doors: twice({ DoorNo: 1, DoorLabel: "Main" }) } },
    GetDoorStatus: { Doors: twice({ DeviceSN: "GATE-001", DoorNo: 1 }) },
    GetCommandStatus: { Commands: twice(command) },
  });
  for (const field of [
    'commands(operationId: "op0000000001") { id }',
    'device(serialNumber: "GATE-001") { doors { id } }',
    'device(serialNumber: "GATE-001") { doors { id state } }',
  ]) {
    const { data, errors } = await portico.ask<object, object>(`{ ${field} }`);
    expect(errors).toBeUndefined();
    expect([field, idsIn(JSON.stringify(data)).length]).toEqual([field, 1]);
  }
});

test("the days of a person are in order and complete where the gateway lists the newest first", async () => {
  const days = ["20", "19", "18", "17"].map((day) => ({ EmployeeCode: "0042", Date: `2026-11-${day}`, PunchCount: 1 }));
  const portico = await startOnScratch({
    FindUser: { User: { EmployeeCode: "0042", FirstName: "A" } },
    GetFirstInLastOut(query: URLSearchParams) {
      const rows = days.filter(({ Date }) => Date >= (query.get("FromDate") ?? ""));
      const [from, end] = [
        Number(query.get("OffSet") ?? 0),
        Number(query.get("OffSet") ?? 0) + Number(query.get("Limit")),
      ];
      return {
        Records: rows.slice(from, end),
        ActualRowCount: rows.length,
        OffSet: end < rows.length ? String(end) : "",
      };
    },
  });
  for (const first of [1, 2, 3, 50]) {
    const read: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await portico.ask(
        `query ($first: Int, $after: String) { user(employeeCode: "0042") {
          attendanceDays(from: "2026-11-17", to: "2026-11-20", first: $first, after: $after) {
            edges { cursor node { id: date } } pageInfo { endCursor hasNextPage }
          }
        } }`,
        { first, after },
      );
      const { edges, pageInfo }: Connection = connectionIn(data);
      read.push(...edges.map(({ node }) => node.id.slice(-2)));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null && read.length < 20);
    expect([first, ...read]).toEqual([first, "17", "18", "19", "20"]);
  }
});
