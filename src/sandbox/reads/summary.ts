import { done, type Gateway, type Handlers, Refusal } from "../handler.ts";
import { nameOf } from "../render.ts";
import type { SimPunch } from "../state.ts";
import { MINUTE } from "../time.ts";
import { allOf, fromDevice } from "./attendance.ts";
import {
  type DayInput,
  type TimedPunch,
  byInstant,
  STRATEGIES,
  withoutRepeats,
  type WorkingDay,
  workingDays,
} from "./days.ts";
import { isEmployeeVisible, visibleEmployees } from "./visibility.ts";
import { callerDevice, type Log, type LogOf } from "./log.ts";
import { cutPage, fingerprintOf, type PagedCall, resumeKey } from "./paging.ts";

type Daily = "GetAttendanceSummary" | "GetFirstInLastOut";

interface Row {
  readonly date: string;
  readonly EmployeeCode: string;
  readonly punches: readonly TimedPunch[];
}

interface SummaryQuery {
  readonly log: Log;
  readonly days: readonly WorkingDay[];
  readonly where: ((punch: SimPunch) => boolean) | undefined;
  /** Employees that also get a row on days without punches. */
  readonly expected: readonly string[];
}

const summaryQuery = <Name extends Daily>(call: PagedCall<Name>, log: Log, gateway: Gateway): SummaryQuery => {
  const input: DayInput & { readonly EmployeeCode?: readonly string[] | undefined } = call.input;
  const { caller } = call;
  const employeeCodes = input.EmployeeCode;
  for (const EmployeeCode of employeeCodes ?? []) {
    if (!isEmployeeVisible(caller, EmployeeCode, gateway.world, log)) {
      throw new Refusal("userNotFound", "No such employee.", { field: "EmployeeCode" });
    }
  }
  const requested = employeeCodes === undefined ? undefined : new Set(employeeCodes);
  const where = allOf(fromDevice(callerDevice(caller)), requested && ((punch) => requested.has(punch.EmployeeCode)));
  const includesAbsent = "IncludeAbsent" in call.input && call.input.IncludeAbsent;
  const expected = includesAbsent ? (employeeCodes ?? [...visibleEmployees(caller, gateway.world)]) : [];
  return { log, days: workingDays(input), where, expected };
};

const punchesOn = ({ log, where, expected }: SummaryQuery, { first, last }: WorkingDay): Map<string, SimPunch[]> => {
  const byEmployee = new Map<string, SimPunch[]>(expected.map((EmployeeCode) => [EmployeeCode, []]));
  for (const punch of log.punches.walk({ first, last, where }, "Asc")) {
    const punches = byEmployee.get(punch.EmployeeCode);
    if (punches === undefined) byEmployee.set(punch.EmployeeCode, [punch]);
    else punches.push(punch);
  }
  return byEmployee;
};

/** Yields rows by date and EmployeeCode, after a key if there is one. Each day is read when its rows are needed. */
const rowsOf = function* (query: SummaryQuery, after: readonly string[] | undefined): Generator<Row> {
  const [afterDate = "", afterCode = ""] = after ?? [];
  for (const day of query.days) {
    if (day.date < afterDate) continue;
    const byEmployee = punchesOn(query, day);
    for (const EmployeeCode of [...byEmployee.keys()].toSorted()) {
      if (day.date === afterDate && EmployeeCode <= afterCode) continue;
      yield { date: day.date, EmployeeCode, punches: byInstant(byEmployee.get(EmployeeCode) ?? []) };
    }
  }
};

const countRows = (query: SummaryQuery): number =>
  query.days.reduce((total, day) => total + punchesOn(query, day).size, 0);

const cut = <Name extends Daily>(call: PagedCall<Name>, query: SummaryQuery) => {
  const rows = rowsOf(query, resumeKey(call, 2));
  const { page, OffSet } = cutPage(call, rows, ({ date, EmployeeCode }) => [date, EmployeeCode]);
  const ActualRowCount = query.log.cachedCount(fingerprintOf(call), () => countRows(query));
  return { page, paging: { ReturnRowCount: page.length, ActualRowCount, OffSet } };
};

const rounded = (minutes: number): number => Math.round((minutes / 60) * 100) / 100;

/** Creates the handlers that summarize days. */
export const createSummaryReads = (logOf: LogOf): Handlers<Daily> => ({
  GetAttendanceSummary(call, gateway) {
    const { Strategy, MinRepeatSeconds } = call.input;
    const { page, paging } = cut(call, summaryQuery(call, logOf(gateway), gateway));
    const Summaries = page.map(({ date, EmployeeCode, punches }) => {
      const counted = withoutRepeats(punches, MinRepeatSeconds);
      const { firstIn, lastOut, workedMs, breakMs, complete } = STRATEGIES[Strategy](counted);
      const WorkedMinutes = Math.floor(workedMs / MINUTE);
      return {
        EmployeeCode,
        EmployeeName: nameOf(EmployeeCode, gateway.world),
        Date: date,
        FirstIn: firstIn?.AttendanceLog ?? null,
        LastOut: lastOut?.AttendanceLog ?? null,
        FirstInDeviceSN: firstIn?.DeviceSN ?? null,
        LastOutDeviceSN: lastOut?.DeviceSN ?? null,
        PunchCount: counted.length,
        WorkedMinutes,
        BreakMinutes: Math.floor(breakMs / MINUTE),
        Hours: rounded(WorkedMinutes),
        DayStatus: counted.length === 0 ? "Absent" : complete ? "Present" : "Incomplete",
        UtcOffset: counted[0]?.punch.UtcOffset ?? "+00:00",
      };
    });
    return done({ ...paging, Summaries });
  },

  GetFirstInLastOut(call, gateway) {
    const { page, paging } = cut(call, summaryQuery(call, logOf(gateway), gateway));
    const Records = page.map(({ date, EmployeeCode, punches }) => {
      const first = punches[0]?.punch;
      const last = punches.length > 1 ? punches.at(-1)?.punch : undefined;
      return {
        EmployeeCode,
        EmployeeName: nameOf(EmployeeCode, gateway.world),
        Date: date,
        FirstIn: first?.AttendanceLog ?? null,
        FirstInDeviceSN: first?.DeviceSN ?? null,
        LastOut: last?.AttendanceLog ?? null,
        LastOutDeviceSN: last?.DeviceSN ?? null,
        PunchCount: punches.length,
        UtcOffset: first?.UtcOffset ?? "+00:00",
      };
    });
    return done({ ...paging, Records });
  },
});
