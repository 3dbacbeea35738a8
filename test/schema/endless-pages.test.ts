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
