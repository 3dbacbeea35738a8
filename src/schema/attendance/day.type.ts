import { builder } from "../kernel/builder.ts";
import { AttendanceDay, AttendanceMark } from "./refs.ts";
import { User } from "../user/refs.ts";
import { AttendanceDayStatus } from "./attendance.enums.ts";
import { Device } from "../device/refs.ts";
import { instantAt } from "../kernel/instants.ts";
import { firstIn, lastOut } from "./day.ts";

builder.objectType(AttendanceDay, {
  requiresScopes: ["attendance:read"],
  description: "One person's working day, as the gateway computed it.",
  fields: (t) => ({
    user: t.field({
      type: User,
      description: "Who.",
      resolve: ({ EmployeeCode, EmployeeName }) => ({ EmployeeCode, name: EmployeeName }),
    }),
    date: t.field({
      type: "LocalDate",
      description: "Which day; night work belongs to the day it began.",
      resolve: ({ Date }) => Date,
    }),
    firstIn: t.field({
      type: AttendanceMark,
      nullable: true,
      description: "First punch in.",
      resolve: (day) => firstIn(day),
    }),
    lastOut: t.field({
      type: AttendanceMark,
      nullable: true,
      description: "Last punch out.",
      resolve: (day) => lastOut(day),
    }),
    punchCount: t.int({ description: "Number of punches.", resolve: ({ PunchCount }) => PunchCount }),
    status: t.field({
      type: AttendanceDayStatus,
      description: "Verdict.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ DayStatus }) => DayStatus ?? "Unknown",
    }),
    workedMinutes: t.int({
      description: "Minutes worked.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ WorkedMinutes }) => WorkedMinutes ?? 0,
    }),
    breakMinutes: t.int({
      description: "Minutes of breaks.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ BreakMinutes }) => BreakMinutes ?? 0,
    }),
    hours: t.float({
      description: "Hours worked, two decimals.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ Hours }) => Hours ?? 0,
    }),
  }),
});

builder.objectType(AttendanceMark, {
  description: "Start or end of a working day.",
  fields: (t) => ({
    at: t.field({
      type: "DateTime",
      description: "When.",
      resolve: ({ wall, offset, DeviceSN }, _args, context) => instantAt(wall, offset, DeviceSN, context),
    }),
    localTime: t.field({
      type: "LocalDateTime",
      description: "When, on the device's clock.",
      resolve: ({ wall }) => wall,
    }),
    device: t.field({
      type: Device,
      nullable: true,
      description: "Where.",
      resolve: ({ DeviceSN }) => (DeviceSN === null ? null : { DeviceSN }),
    }),
  }),
});
