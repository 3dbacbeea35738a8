import { builder } from "../kernel/builder.ts";
import { AttendanceDay, AttendanceMark } from "./refs.ts";
import { User } from "../user/refs.ts";
import { AttendanceDayStatus } from "./attendance.enums.ts";
import { globalId } from "../kernel/node.ts";
import { Device } from "../device/refs.ts";
import { requireReported } from "../kernel/facts.ts";
import { instantAt } from "../kernel/instants.ts";
import { firstIn, hoursOf, lastOut } from "./day.ts";

builder.objectType(AttendanceDay, {
  requiresScopes: ["attendance:read"],
  description:
    "One user's working day, computed by the gateway from the punches. Night work belongs to the day on which it began.",
  fields: (t) => ({
    id: t.id({
      description:
        "Opaque ID of the day as the arguments compute it, unique among all types, for caches. It cannot be passed to `node`.",
      resolve: ({ EmployeeCode, Date, computedWith }) =>
        globalId("AttendanceDay", `${Date}/${computedWith}/${EmployeeCode}`),
    }),
    user: t.field({
      type: User,
      description: "The user who worked on this day.",
      resolve: ({ EmployeeCode, EmployeeName }) => ({ EmployeeCode, name: EmployeeName }),
    }),
    date: t.field({
      type: "LocalDate",
      description: "Date of the working day, which begins at the argument `dayStart`.",
      resolve: ({ Date }) => Date,
    }),
    firstIn: t.field({
      type: AttendanceMark,
      nullable: true,
      description: "The first entry of the day; null if the day has none.",
      resolve: (day) => firstIn(day),
    }),
    lastOut: t.field({
      type: AttendanceMark,
      nullable: true,
      description: "The last exit of the day; null if the day has none, for example after a single punch.",
      resolve: (day) => lastOut(day),
    }),
    punchCount: t.int({
      nullable: true,
      semanticNonNull: true,
      description:
        "Number of punches of the day. Punches that `minRepeatSeconds` ignores are left out if the query passes that " +
        "argument, or selects `status` or a duration.",
      resolve: ({ PunchCount }) => requireReported(PunchCount, "punchCount"),
    }),
    status: t.field({
      type: AttendanceDayStatus,
      description: "Whether the day has an entry and an exit.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ DayStatus }) => DayStatus ?? "Unknown",
    }),
    workedMinutes: t.int({
      nullable: true,
      semanticNonNull: true,
      description: "Worked time in whole minutes, without breaks, rounded down.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ WorkedMinutes }) => requireReported(WorkedMinutes ?? null, "workedMinutes"),
    }),
    breakMinutes: t.int({
      nullable: true,
      semanticNonNull: true,
      description: "Duration of all breaks in whole minutes; 0 with the strategy `FIRST_LAST`.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: ({ BreakMinutes }) => requireReported(BreakMinutes ?? null, "breakMinutes"),
    }),
    hours: t.float({
      nullable: true,
      semanticNonNull: true,
      description: "Worked time in hours, rounded to two decimals: `workedMinutes` divided by 60.",
      alsoUpstream: ["GetAttendanceSummary"],
      resolve: (day) => requireReported(hoursOf(day), "hours"),
    }),
  }),
});

builder.objectType(AttendanceMark, {
  description: "The first entry or the last exit of a working day.",
  fields: (t) => ({
    at: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant in UTC, computed from `localTime` and the offset of the device's clock. If the gateway reports no " +
        "offset for it, the device's time zone is used, or else the device's own offset; null, with an error, if there is neither.",
      semanticNonNull: true,
      resolve: ({ wall, offset, DeviceSN }, _args, context) => instantAt(wall, offset, DeviceSN, context),
    }),
    localTime: t.field({
      type: "LocalDateTime",
      description: "The wall-clock time that the device displayed, without a time zone.",
      resolve: ({ wall }) => wall,
    }),
    device: t.field({
      type: Device,
      nullable: true,
      description: "The device that recorded it; null if the gateway does not report the device.",
      resolve: ({ DeviceSN }) => (DeviceSN === null ? null : { DeviceSN }),
    }),
  }),
});
