import { pageArgs, periodArgs } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { AttendanceDayConnection, AttendanceExport, AttendanceToday, PunchConnection } from "./refs.ts";
import { AttendanceExportFormat, PunchDirection, TimeOrder, VerificationMethod } from "./attendance.enums.ts";
import { requireAtMost, withCallerErrors, dateRange, readPage } from "../kernel/arguments.ts";
import { readConnection } from "../kernel/connection.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { CONNECTION_SIZE } from "../kernel/sizes.ts";
import { dayArgs } from "./day.args.ts";
import { accountDays, dayQuery } from "./day.ts";
import { exportLink } from "./export.ts";
import { today } from "./today.ts";

builder.queryFields((t) => ({
  punches: t.field({
    type: PunchConnection,
    nullable: true,
    description: "Punches of everyone.",
    upstream: ["GetAttendanceByDate"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...periodArgs(t.arg),
      direction: t.arg({ type: PunchDirection, description: "Only this way." }),
      method: t.arg({ type: VerificationMethod, description: "Only recognised so." }),
      order: t.arg({ type: TimeOrder, required: true, defaultValue: "Asc", description: "By time." }),
      ...pageArgs(t.arg),
    },
    resolve: async (_root, args, context) => {
      const filter = omitNullish({ Type: args.method, Direction: args.direction });
      const input = { ...dateRange(args), Sort: args.order, ...filter };
      return readConnection(args, context, async (paging) => {
        const { AttendanceLogs, ...page } = await readPage(
          context,
          "GetAttendanceByDate",
          { ...input, ...paging },
          args,
        );
        return { ...page, rows: AttendanceLogs };
      });
    },
  }),
  attendanceToday: t.field({
    type: AttendanceToday,
    nullable: true,
    description: "Today up to now, to be followed by `punchAdded`.",
    upstream: ["GetTodayAttendance"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    args: {
      serialNumber: t.arg.string({ description: "Only this device." }),
      employeeCode: t.arg.string({ description: "Only this user." }),
    },
    resolve: (_root, args, context, info) =>
      today(omitNullish({ DeviceSN: args.serialNumber, EmployeeCode: args.employeeCode }), args, context, info),
  }),
  attendanceDays: t.field({
    type: AttendanceDayConnection,
    nullable: true,
    description: "Working days by person; the selection decides which call is made.",
    upstream: ["GetAttendanceSummary", "GetFirstInLastOut"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      from: t.arg({ type: "LocalDate", required: true, description: "First day." }),
      to: t.arg({ type: "LocalDate", required: true, description: "Last day; at most 366 days." }),
      employeeCodes: t.arg.stringList({ description: "Only these users, up to 100." }),
      ...dayArgs(t.arg),
      ...pageArgs(t.arg),
    },
    resolve: (_root, args, context, info) => {
      const codes = args.employeeCodes == null ? undefined : requireAtMost(args.employeeCodes, 100, "employeeCodes");
      return accountDays(dayQuery(args, info), codes, args, context);
    },
  }),
  attendanceExport: t.field({
    type: AttendanceExport,
    nullable: true,
    description: "A link to a file of punches.",
    upstream: ["ExportAttendance"],
    semanticNonNull: true,
    requiresScopes: ["attendance:read"],
    args: {
      from: t.arg({ type: "LocalDateTime", required: true, description: "First moment." }),
      to: t.arg({ type: "LocalDateTime", required: true, description: "End, exclusive; at most 366 days on." }),
      format: t.arg({ type: AttendanceExportFormat, required: true, defaultValue: "csv", description: "File format." }),
      serialNumbers: t.arg.stringList({ description: "Only these devices." }),
      employeeCodes: t.arg.stringList({ description: "Only these users." }),
      columns: t.arg.stringList({ description: "Only these columns, by their names in the CSV header." }),
    },
    resolve: (_root, args, { links }) => withCallerErrors(args, async () => exportLink(args, links)),
  }),
}));
