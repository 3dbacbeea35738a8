import { z } from "zod";
import { asAsked } from "./as-asked.ts";
import { answer, page } from "./envelope.ts";
import {
  withDefault,
  expected,
  foundInRow,
  nullable,
  optional,
  orNone,
  record,
  rows,
  rowsOnDemand,
  type Decoded,
} from "./codec.ts";
import { clockOfRow, date, instant, offsetOf, timeOnDay, utcOffset } from "./times.ts";
import {
  amount,
  base64,
  bodyTemperature,
  boolean,
  count,
  deviceSerial,
  identified,
  personCode,
  rewritten,
  text,
} from "./values.ts";
import { membersIn } from "./lists.ts";
import { read } from "./operation.ts";
import { directionIn, modalityIn } from "./roles.ts";
import { daysOf, rule, withinDays } from "./rules.ts";
import {
  DateOrLocalDateTime,
  DeviceSN,
  DeviceSNList,
  EmployeeCode,
  EmployeeCodeList,
  DUPLICATE,
  isUnique,
  Limit,
  LocalDateTime,
  OffSet,
  OpaqueID,
  TimeOfDay,
} from "./scalars.ts";
import {
  DayStatus,
  Direction,
  ExportColumn,
  ExportFormat,
  Modality,
  SortOrder,
  SummaryStrategy,
} from "./vocabulary.ts";

/** Members of a punch, in answers and in callbacks. */
export const punchMembers = {
  PunchID: identified(expected(text)),
  DeviceSN: asAsked("DeviceSN", deviceSerial),
  DeviceLabel: nullable(text),
  EmployeeCode: asAsked("EmployeeCode", personCode),
  EmployeeName: optional(nullable(text)),
  AttendanceLog: clockOfRow,
  UtcOffset: offsetOf("AttendanceLog"),
  Type: foundInRow(withDefault(Modality.tolerant, "other"), modalityIn),
  Direction: foundInRow(withDefault(Direction.tolerant, "None"), directionIn),
  Temperature: nullable(bodyTemperature),
  FaceMask: nullable(boolean),
  HasPhoto: expected(boolean),
  ReceivedTime: orNone(instant),
  ClockSuspect: nullable(boolean),
};

/** One recognition at a device. Natural key: DeviceSN, EmployeeCode, AttendanceLog (the device's wall clock). */
export const Punch = record(punchMembers);
export type Punch = Decoded<typeof Punch>;

/** First and last punch of a day of one employee. */
const dayBounds = {
  EmployeeCode: asAsked("EmployeeCode", personCode),
  EmployeeName: optional(nullable(text)),
  Date: date,
  FirstIn: orNone(timeOnDay),
  FirstInDeviceSN: nullable(deviceSerial),
  LastOut: orNone(timeOnDay),
  LastOutDeviceSN: nullable(deviceSerial),
  PunchCount: expected(count),
  UtcOffset: expected(utcOffset),
};
export const FirstInLastOut = record(dayBounds);
export type FirstInLastOut = Decoded<typeof FirstInLastOut>;

/** A day of one employee, with its hours. */
export const DailySummary = record({
  ...dayBounds,
  WorkedMinutes: expected(count),
  BreakMinutes: expected(count),
  Hours: expected(amount),
  DayStatus: withDefault(DayStatus.tolerant, "Unknown"),
});
export type DailySummary = Decoded<typeof DailySummary>;

/** A JPEG image, as an object or as its data alone. */
const Photo = rewritten(
  record({ Type: expected(text), ContentType: expected(text), Size: expected(count), Data: base64 }),
  (value) => (typeof value === "string" && membersIn(value) === undefined ? { Data: value } : value),
);

const range = { FromDate: DateOrLocalDateTime, ToDate: DateOrLocalDateTime };
const paging = { Limit, OffSet: OffSet.optional() };
const sorted = { Sort: SortOrder.exact.default("Asc"), ...paging };
const sampleRange = { FromDate: "2026-06-01", ToDate: "2026-06-21" };

const punches = { AttendanceLogs: rowsOnDemand(Punch) };

export const GetAttendanceByDate = read("attendance", {
  name: "GetAttendanceByDate",
  input: z
    .object({ ...range, Type: Modality.exact.optional(), Direction: Direction.exact.optional(), ...sorted })
    .superRefine(withinDays(31)),
  output: page(punches),
  sample: sampleRange,
});

export const GetAttendanceByEmployee = read("attendance", {
  name: "GetAttendanceByEmployee",
  input: z.object({ EmployeeCode, ...range, ...sorted }).superRefine(withinDays(31)),
  output: page({ EmployeeCode: expected(personCode), ...punches }),
  sample: { EmployeeCode: "1042", ...sampleRange },
});

export const GetAttendanceByDevice = read("attendance", {
  name: "GetAttendanceByDevice",
  input: z.object({ DeviceSN, ...range, ...sorted }).superRefine(withinDays(31)),
  output: page({ DeviceSN: expected(deviceSerial), ...punches }),
  sample: { DeviceSN: "SN7A2300583", ...sampleRange },
});

/** A summary of a longer period is a report, not a page that somebody looks at. */
const MAX_PAGE_DAYS = 31;

export const GetAttendanceSummary = read("attendance", {
  name: "GetAttendanceSummary",
  priority: (range) => (daysOf(range) > MAX_PAGE_DAYS ? "bulk" : "interactive"),
  input: z
    .object({
      ...range,
      EmployeeCode: EmployeeCodeList.optional(),
      Strategy: SummaryStrategy.exact.default("FirstLast"),
      DayStart: TimeOfDay.default("00:00"),
      MinRepeatSeconds: z.int32().min(0).max(3600).default(60),
      IncludeAbsent: z.boolean().default(false),
      ...paging,
    })
    .superRefine(withinDays(366)),
  output: page({ Summaries: rows(DailySummary) }),
  sample: sampleRange,
});

export const GetFirstInLastOut = read("attendance", {
  name: "GetFirstInLastOut",
  input: z
    .object({ ...range, EmployeeCode: EmployeeCodeList.optional(), DayStart: TimeOfDay.default("00:00"), ...paging })
    .superRefine(withinDays(366)),
  output: page({ Records: rows(FirstInLastOut) }),
  sample: sampleRange,
});

export const GetTodayAttendance = read("attendance", {
  name: "GetTodayAttendance",
  input: z.object({
    DeviceSN: DeviceSN.optional(),
    EmployeeCode: EmployeeCode.optional(),
    Sort: SortOrder.exact.default("Desc"),
    ...paging,
  }),
  output: page({ Date: expected(date), AsOf: expected(instant), ...punches }),
  sample: {},
});

export const GetAttendancePhoto = read("attendance", {
  name: "GetAttendancePhoto",
  input: z
    .object({
      PunchID: OpaqueID.optional(),
      DeviceSN: DeviceSN.optional(),
      EmployeeCode: EmployeeCode.optional(),
      AttendanceLog: LocalDateTime.optional(),
    })
    .superRefine(
      rule(
        ({ PunchID, ...natural }) =>
          PunchID === undefined
            ? natural.DeviceSN !== undefined &&
              natural.EmployeeCode !== undefined &&
              natural.AttendanceLog !== undefined
            : Object.values(natural).every((part) => part === undefined),
        "PunchID",
        "invalidRequestData",
        "PunchID, or all of DeviceSN, EmployeeCode and AttendanceLog, must be set.",
      ),
    ),
  output: answer({ PunchID: expected(text), Photo }),
  sample: { PunchID: "pun_01J9Z8N3T5" },
});

export const ExportAttendance = read("attendance", {
  name: "ExportAttendance",
  priority: "bulk",
  deadlineMs: 60_000,
  input: z
    .object({
      ...range,
      Format: ExportFormat.exact.default("csv"),
      DeviceSN: DeviceSNList.optional(),
      EmployeeCode: EmployeeCodeList.optional(),
      Columns: z.array(ExportColumn.exact).min(1).max(9).refine(isUnique, DUPLICATE).optional(),
    })
    .superRefine(withinDays(366)),
  /** Reads the `json` format only; `csv` and `ndjson` are streamed as text. */
  output: answer({ RowCount: expected(count), AttendanceLogs: rows(Punch) }),
  sample: { ...sampleRange, Format: "csv" },
});
