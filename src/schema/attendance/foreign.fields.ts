import { orNull } from "../../loaders/call.ts";
import { period } from "../arguments.ts";
import { builder } from "../builder.ts";
import { connectionOf, readConnection } from "../connection.ts";
import { Device } from "../device/refs.ts";
import { devicePunches } from "../pages.ts";
import { User } from "../user/refs.ts";
import { AttendanceStrategy, TimeOrder } from "./attendance.enums.ts";
import { dayQuery, userDays } from "./day.ts";
import { AttendanceDayConnection, PunchConnection } from "./refs.ts";

builder.objectFields(Device, (t) => ({
  punches: t.field({
    type: PunchConnection,
    nullable: true,
    description: "Its punches. Upstream: GetAttendanceByDevice.",
    args: {
      from: t.arg({ type: "LocalDateTime", required: true, description: "First moment." }),
      to: t.arg({ type: "LocalDateTime", required: true, description: "End, exclusive; at most 31 days on." }),
      order: t.arg({ type: TimeOrder, required: true, defaultValue: "Asc", description: "By time." }),
      first: t.arg.int({ defaultValue: 50, description: "Page size, up to 500." }),
      after: t.arg.string({ description: "Behind this cursor." }),
    },
    resolve: ({ DeviceSN }, args, context) => devicePunches(DeviceSN, args, context),
  }),
}));

builder.objectFields(User, (t) => ({
  punches: t.field({
    type: PunchConnection,
    nullable: true,
    description: "Punches of the user. Upstream: GetAttendanceByEmployee.",
    args: {
      from: t.arg({ type: "LocalDateTime", required: true, description: "First moment." }),
      to: t.arg({ type: "LocalDateTime", required: true, description: "End, exclusive; at most 31 days on." }),
      order: t.arg({ type: TimeOrder, required: true, defaultValue: "Asc", description: "By time." }),
      first: t.arg.int({ defaultValue: 50, description: "Page size, up to 500." }),
      after: t.arg.string({ description: "Behind this cursor." }),
    },
    resolve: async ({ EmployeeCode }, args, context) => {
      const input = { EmployeeCode, ...period(args), Sort: args.order };
      const connection = readConnection(args, context, async (paging) => {
        const answer = await context.loaders.page("GetAttendanceByEmployee", { ...input, ...paging });
        return { ...answer, rows: answer.AttendanceLogs };
      });
      return (await orNull(connection)) ?? connectionOf([], () => "", { hasNextPage: false, totalCount: 0 });
    },
  }),
  attendanceDays: t.field({
    type: AttendanceDayConnection,
    nullable: true,
    description: "Days of the user. Upstream: also GetAttendanceSummary, also GetFirstInLastOut.",
    args: {
      from: t.arg({ type: "LocalDate", required: true, description: "First day." }),
      to: t.arg({ type: "LocalDate", required: true, description: "Last day; at most 366 days." }),
      strategy: t.arg({
        type: AttendanceStrategy,
        required: true,
        defaultValue: "FirstLast",
        description: "How in and out are told.",
      }),
      dayStart: t.arg({
        type: "LocalTime",
        required: true,
        defaultValue: "00:00",
        description: "When a working day begins.",
      }),
      minRepeatSeconds: t.arg.int({
        required: true,
        defaultValue: 60,
        description: "Drop punches closer than this.",
      }),
      includeAbsent: t.arg.boolean({ required: true, defaultValue: false, description: "Also days without punches." }),
      first: t.arg.int({ defaultValue: 50, description: "Page size, up to 500." }),
      after: t.arg.string({ description: "Behind this cursor." }),
    },
    resolve: ({ EmployeeCode }, args, context, info) => userDays(EmployeeCode, dayQuery(args, info), args, context),
  }),
}));
