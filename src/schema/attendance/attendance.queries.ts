import { ExportColumn } from "../../contract/vocabulary.ts";
import { pageArgs, periodArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { AttendanceDayConnection, AttendanceExport, AttendanceToday, PunchConnection } from "./refs.ts";
import { AttendanceExportFormat, PunchDirection, VerificationMethod } from "./attendance.enums.ts";
import { nothingMatches, requireAtMost, withCallerErrors, dateRange, readPage } from "../kernel/arguments.ts";
import { readConnection } from "../kernel/connection.ts";
import { missingDevices } from "../device/device.ts";
import { omitNullish } from "../kernel/omit.ts";
import { dayArgs } from "./day.args.ts";
import { accountDays, dayQuery } from "./day.ts";
import { exportLink } from "./export.ts";
import { orderArg } from "./order.arg.ts";
import { today } from "./today.ts";

builder.queryFields((t) => ({
  punches: t.field({
    type: PunchConnection,
    nullable: true,
    description:
      "Punches of all users at all devices in a period of at most 31 days, including punches of people whom the gateway " +
      "does not know.",
    upstream: ["GetAttendanceByDate"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...periodArgs(t.arg),
      direction: t.arg({
        type: PunchDirection,
        description: "Return only punches with this direction. `UNCLASSIFIED` returns the unclassified ones.",
      }),
      method: t.arg({
        type: VerificationMethod,
        description: "Return only punches that were verified by this method.",
      }),
      ...orderArg(t.arg, "Asc", "punches"),
      ...pageArgs(t.arg),
    },
    resolve: async (_root, args, context) => {
      const filter = omitNullish({ Type: args.method, Direction: args.direction });
      const input = { ...dateRange(args), Sort: args.order, ...filter };
      return readConnection(args, async (paging) => {
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
    description:
      "The punches of today up to now, for a live board: query them together with `cursor`, then subscribe to " +
      "`punchAdded(after: cursor)`. No punch is missed or shown twice.",
    upstream: ["GetTodayAttendance"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    args: {
      serialNumber: t.arg.string({ description: "Return only punches at the device with this serial number." }),
      employeeCode: t.arg.string({ description: "Return only punches of the user with this employee code." }),
    },
    resolve: (_root, args, context, info) =>
      today(omitNullish({ DeviceSN: args.serialNumber, EmployeeCode: args.employeeCode }), args, context, info),
  }),
  attendanceDays: t.field({
    type: AttendanceDayConnection,
    nullable: true,
    description:
      "Working days of at most 366 days, one item per user and day. Days without punches are left out " +
      "unless `includeAbsent` is true.",
    upstream: ["GetAttendanceSummary", "GetFirstInLastOut"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      employeeCodes: t.arg.stringList({
        description:
          "Return only days of the users with these employee codes, 1 to 100. An unknown code is an error. Omit it for all users.",
      }),
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
    description:
      "A link to a file with all punches of a period of at most 366 days, for payroll. The link is returned at once; " +
      "the file is created while it is downloaded. The gateway allows one download per account at a time.",
    upstream: ["ExportAttendance"],
    semanticNonNull: true,
    requiresScopes: ["attendance:read"],
    args: {
      from: t.arg({
        type: "LocalDateTime",
        required: true,
        description: "Start of the period, inclusive, on the wall clock of each device.",
      }),
      to: t.arg({
        type: "LocalDateTime",
        required: true,
        description: "End of the period, exclusive, on the wall clock of each device; at most 366 days after `from`.",
      }),
      format: t.arg({
        type: AttendanceExportFormat,
        required: true,
        defaultValue: "csv",
        description: "Format of the file that the link downloads.",
      }),
      serialNumbers: t.arg.stringList({
        description:
          "Export only punches at the devices with these serial numbers, 1 to 100. Upper and lower case differ, and an unknown " +
          "serial number is an error. Omit it for all devices.",
      }),
      employeeCodes: t.arg.stringList({
        description:
          "Export only punches of the users with these employee codes, 1 to 100. An unknown code has no punches. Omit it for all users.",
      }),
      columns: t.arg.stringList({
        description:
          "Export only these columns of the CSV file, in this order. The names are those of the header row: " +
          `${ExportColumn.values.map((column) => `\`${column}\``).join(", ")}. Omit it for all columns; NDJSON has no columns.`,
      }),
    },
    resolve: (_root, args, context) =>
      withCallerErrors(args, async () => {
        const link = exportLink(args, context.links);
        const missing = (await missingDevices(args.serialNumbers ?? [], context)) ?? [];
        if (missing.length > 0) throw nothingMatches("serialNumbers");
        return link;
      }),
  }),
}));
