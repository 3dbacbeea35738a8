import { done, type Gateway, type Handlers, Refusal } from "../handler.ts";
import { nameOf } from "../render.ts";
import type { SimPunch } from "../state.ts";
import { MINUTE } from "../time.ts";
import { every, fromDevice } from "./attendance.ts";
import { type DayInput, type Stamp, stamped, STRATEGIES, withoutEchoes, type WorkingDay, workingDays } from "./days.ts";
import { isKnownTo, recordsFor } from "./known.ts";
import { deviceOf, type Log, type LogOf } from "./log.ts";
import { cutPage, fingerprintOf, type PagedCall, resumeKey } from "./paging.ts";

type Daily = "GetAttendanceSummary" | "GetFirstInLastOut";

interface Row {
  readonly date: string;
  readonly EmployeeCode: string;
  readonly stamps: readonly Stamp[];
}

interface Question {
  readonly log: Log;
  readonly days: readonly WorkingDay[];
  readonly where: ((punch: SimPunch) => boolean) | undefined;
  /** Those who get a row on a day without punches too. */
  readonly expected: readonly string[];
}

const ask = <Name extends Daily>(call: PagedCall<Name>, log: Log, gateway: Gateway): Question => {
  const input: DayInput & { readonly EmployeeCode?: readonly string[] | undefined } = call.input;
  const { caller } = call;
  const named = input.EmployeeCode;
  for (const EmployeeCode of named ?? []) {
    if (!isKnownTo(caller, EmployeeCode, gateway.world, log)) {
      throw new Refusal("userNotFound", "No such employee.", { field: "EmployeeCode" });
    }
  }
  const wanted = named === undefined ? undefined : new Set(named);
  const where = every(fromDevice(deviceOf(caller)), wanted && ((punch) => wanted.has(punch.EmployeeCode)));
  const withAbsent = "IncludeAbsent" in call.input && call.input.IncludeAbsent;
  const expected = withAbsent ? (named ?? [...recordsFor(caller, gateway.world)]) : [];
  return { log, days: workingDays(input), where, expected };
};

const punchesOn = ({ log, where, expected }: Question, { first, last }: WorkingDay): Map<string, SimPunch[]> => {
  const byEmployee = new Map<string, SimPunch[]>(expected.map((EmployeeCode) => [EmployeeCode, []]));
  for (const punch of log.punches.walk({ first, last, where }, "Asc")) {
    const punches = byEmployee.get(punch.EmployeeCode);
    if (punches === undefined) byEmployee.set(punch.EmployeeCode, [punch]);
    else punches.push(punch);
  }
  return byEmployee;
};

/** By date and EmployeeCode, beyond a key where one is given. A day is looked at when its rows are asked for. */
const rowsOf = function* (question: Question, after: readonly string[] | undefined): Generator<Row> {
  const [afterDate = "", afterCode = ""] = after ?? [];
  for (const day of question.days) {
    if (day.date < afterDate) continue;
    const byEmployee = punchesOn(question, day);
    for (const EmployeeCode of [...byEmployee.keys()].toSorted()) {
      if (day.date === afterDate && EmployeeCode <= afterCode) continue;
      yield { date: day.date, EmployeeCode, stamps: stamped(byEmployee.get(EmployeeCode) ?? []) };
    }
  }
};

const countRows = (question: Question): number =>
  question.days.reduce((total, day) => total + punchesOn(question, day).size, 0);

const cut = <Name extends Daily>(call: PagedCall<Name>, question: Question) => {
  const rows = rowsOf(question, resumeKey(call, 2));
  const { page, OffSet } = cutPage(call, rows, ({ date, EmployeeCode }) => [date, EmployeeCode]);
  const ActualRowCount = question.log.remembered(fingerprintOf(call), () => countRows(question));
  return { page, paging: { ReturnRowCount: page.length, ActualRowCount, OffSet } };
};

const rounded = (minutes: number): number => Math.round((minutes / 60) * 100) / 100;

/** The reads that count days. */
export const createSummaryReads = (logOf: LogOf): Handlers<Daily> => ({
  GetAttendanceSummary(call, gateway) {
    const { Strategy, MinRepeatSeconds } = call.input;
    const { page, paging } = cut(call, ask(call, logOf(gateway), gateway));
    const Summaries = page.map(({ date, EmployeeCode, stamps }) => {
      const kept = withoutEchoes(stamps, MinRepeatSeconds);
      const { firstIn, lastOut, workedMs, breakMs, complete } = STRATEGIES[Strategy](kept);
      const WorkedMinutes = Math.floor(workedMs / MINUTE);
      return {
        EmployeeCode,
        EmployeeName: nameOf(EmployeeCode, gateway.world),
        Date: date,
        FirstIn: firstIn?.AttendanceLog ?? null,
        LastOut: lastOut?.AttendanceLog ?? null,
        FirstInDeviceSN: firstIn?.DeviceSN ?? null,
        LastOutDeviceSN: lastOut?.DeviceSN ?? null,
        PunchCount: kept.length,
        WorkedMinutes,
        BreakMinutes: Math.floor(breakMs / MINUTE),
        Hours: rounded(WorkedMinutes),
        DayStatus: kept.length === 0 ? "Absent" : complete ? "Present" : "Incomplete",
        UtcOffset: kept[0]?.punch.UtcOffset ?? "+00:00",
      };
    });
    return done({ ...paging, Summaries });
  },

  GetFirstInLastOut(call, gateway) {
    const { page, paging } = cut(call, ask(call, logOf(gateway), gateway));
    const Records = page.map(({ date, EmployeeCode, stamps }) => {
      const first = stamps[0]?.punch;
      const last = stamps.length > 1 ? stamps.at(-1)?.punch : undefined;
      return {
        EmployeeCode,
        EmployeeName: nameOf(EmployeeCode, gateway.world),
        Date: date,
        FirstIn: first?.AttendanceLog ?? null,
        FirstInDeviceSN: first?.DeviceSN ?? null,
        LastOut: last?.AttendanceLog ?? null,
        LastOutDeviceSN: last?.DeviceSN ?? null,
        PunchCount: stamps.length,
        UtcOffset: first?.UtcOffset ?? "+00:00",
      };
    });
    return done({ ...paging, Records });
  },
});
