import { expect, test } from "vitest";
import { DEVICE, PUNCH, startOnScratch } from "../kit/gateway/scratch.ts";

const DAY = 'from: "2026-11-20T00:00:00", to: "2026-11-21T00:00:00"';
const PUNCHES = (first: number) =>
  `{ punches(${DAY}, first: ${first}) { nodes { localTime } pageInfo { hasNextPage } } }`;

const LISTS = [
  ["GetAttendanceByDate", "AttendanceLogs", PUNCHES(50)],
  ["ListDevices", "Devices", "{ devices { nodes { name } } }"],
  ["ListUsers", "Users", '{ device(serialNumber: "GATE-001") { users { nodes { employeeCode } } } }'],
  ["GetAccessEvents", "AccessEvents", `{ accessEvents(${DAY}) { nodes { localTime } } }`],
  [
    "GetAttendanceSummary",
    "Summaries",
    '{ users(employeeCodes: ["1", "2", "3"]) { attendanceDays(from: "2026-11-20", to: "2026-11-21") { nodes { hours } } } }',
  ],
] as const;

/** Answers with a page token that was never there before. */
const endless = (page: object) => {
  let pages = 0;
  return () => ({ ...page, OffSet: `page ${(pages += 1)}` });
};

const endlessTokens = () => {
  let tokens = 0;
  return () => `token ${(tokens += 1)}`;
};

const startWith = (answers: object) =>
  startOnScratch({
    GetDeviceInfo: { Device: DEVICE },
    FindUser: (query) => ({ User: { EmployeeCode: query.get("EmployeeCode"), FirstName: "A" } }),
    ...answers,
  });

test.each(LISTS)("pages of %s without a row end, whatever their token", async (operation, member, query) => {
  const portico = await startWith({ [operation]: endless({ [member]: [] }) });
  const { errors } = await portico.ask<unknown, object>(query);
  expect(errors).toBeUndefined();
  expect(portico.calls.filter((name) => name === operation).length).toBeLessThanOrEqual(3);
});

test.each(LISTS)("pages of %s with rows that cannot be read end with an error", async (operation, member, query) => {
  const portico = await startWith({ [operation]: endless({ [member]: [{}], ReturnRowCount: 1 }) });
  const { errors = [] } = await portico.ask<unknown, { readonly extensions: { readonly code: string } }>(query);
  expect(errors.map(({ extensions: { code } }) => code)).toContain("UPSTREAM_INVALID_RESPONSE");
  expect(portico.calls.filter((name) => name === operation).length).toBeLessThan(50);
});

test("a page of one row behind thousands that cannot be read takes a few calls", async () => {
  const rows = 3_000;
  const portico = await startWith({
    GetAttendanceByDate(query: URLSearchParams) {
      const [from, limit] = [Number(query.get("OffSet") ?? 0), Number(query.get("Limit"))];
      const end = Math.min(rows, from + limit);
      const AttendanceLogs = Array.from({ length: end - from }, (_, index) =>
        from + index === rows - 1 ? PUNCH : { ...PUNCH, AttendanceLog: "soon" },
      );
      return {
        AttendanceLogs,
        ReturnRowCount: end - from,
        ActualRowCount: rows,
        OffSet: end === rows ? "" : String(end),
      };
    },
  });
  const { data } = await portico.ask<unknown, object>(PUNCHES(1));
  expect(data).toEqual({
    punches: { nodes: [{ localTime: "2026-11-20T09:00:00" }], pageInfo: { hasNextPage: false } },
  });
  expect(portico.calls.length).toBeLessThan(12);
});

const LATER = { ...PUNCH, AttendanceLog: "2026-11-20 10:00:00" };
const TWO = `{ punches(${DAY}) { totalCount nodes { localTime } pageInfo { hasNextPage } } }`;
const BOTH = [{ localTime: "2026-11-20T09:00:00" }, { localTime: "2026-11-20T10:00:00" }];
const LAST = { hasNextPage: false };

/** Answers with one punch a page; `first` are the other members of the first page. */
const twoPages = (first: object) => (query: URLSearchParams) =>
  query.get("OffSet") === "t2"
    ? { AttendanceLogs: [LATER] }
    : { AttendanceLogs: [PUNCH], ActualRowCount: 2, OffSet: "t2", ...first };

test.each([
  ["a number of rows of 0 beside a row", { ReturnRowCount: 0 }, 2],
  ["a number of all rows that is less than there are", { ActualRowCount: 0 }, null],
])("%s does not end a list", async (_name, first, totalCount) => {
  const portico = await startWith({ GetAttendanceByDate: twoPages(first) });
  const { data, errors } = await portico.ask<unknown, object>(TWO);
  expect(errors).toBeUndefined();
  expect(data).toEqual({ punches: { totalCount, nodes: BOTH, pageInfo: LAST } });
});

test.each([{ Token: "t2" }, ["t2"], true])("a page token that cannot be read is an error: %j", async (OffSet) => {
  const portico = await startWith({ GetAttendanceByDate: twoPages({ OffSet }) });
  const { errors } = await portico.ask<unknown, object>(TWO);
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
});

test.each([null, "", "0", 0, false, [], {}])("a list ends with the page token %j", async (OffSet) => {
  const portico = await startWith({ GetAttendanceByDate: { AttendanceLogs: [PUNCH], OffSet } });
  const { data, errors } = await portico.ask<unknown, object>(TWO);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({ punches: { nodes: [{}], pageInfo: LAST } });
});

const MANY = Array.from({ length: 6 }, (_, number) => ({ ...PUNCH, AttendanceLog: `2026-11-20 09:0${number}:00` }));

test.each([
  ["the same page token", () => () => "x"],
  ["another page token each time", () => endlessTokens()],
])(
  "a gateway that does not know page tokens, with %s: no row comes twice, and none is missing without an error",
  async (_name, tokens) => {
    const tokenOf = tokens();
    const portico = await startWith({
      GetAttendanceByDate(query: URLSearchParams) {
        const AttendanceLogs = MANY.slice(0, Number(query.get("Limit")));
        return { AttendanceLogs, ActualRowCount: MANY.length, OffSet: tokenOf() };
      },
      ListUsers: () => ({ Users: [{ EmployeeCode: "1", FirstName: "A" }], OffSet: tokenOf() }),
    });
    const { data } = await portico.ask<unknown, object>(TWO);
    expect(data).toMatchObject({ punches: { totalCount: 6, nodes: MANY.map(() => ({})), pageInfo: LAST } });
    const { data: people } = await portico.ask<unknown, object>(
      '{ device(serialNumber: "GATE-001") { users { nodes { employeeCode } } } }',
    );
    expect(people).toEqual({ device: { users: { nodes: [{ employeeCode: "1" }] } } });

    interface Page {
      readonly punches: {
        readonly nodes: readonly { localTime: string }[];
        readonly pageInfo: { endCursor: string };
      } | null;
    }
    const page = (after: string | null) =>
      portico.ask<Page, object>(
        `query ($after: String) { punches(${DAY}, first: 2, after: $after) { nodes { localTime } pageInfo { endCursor } } }`,
        { after },
      );
    const read = new Set<string>();
    let count = 0;
    let after: string | null = null;
    for (let pages = 0; pages < 5; pages += 1) {
      const {
        data: { punches },
        errors,
      } = await page(after);
      for (const { localTime } of punches?.nodes ?? []) read.add(localTime);
      count += punches?.nodes.length ?? 0;
      expect(read.size).toBe(count);
      if (errors !== undefined) {
        expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }]);
        break;
      }
      expect(pages).toBeLessThan(4);
      if (read.size === MANY.length) break;
      after = punches?.pageInfo.endCursor ?? null;
    }
  },
);
