import { isEmployeeCode } from "../../contract/scalars.ts";
import { nullIfNotFound } from "../../loaders/call.ts";
import { dateRange } from "../kernel/arguments.ts";
import { pageArgs, periodArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { readConnection } from "../kernel/connection.ts";
import { User } from "../user/refs.ts";
import { dayArgs } from "./day.args.ts";
import { dayQuery, userDays } from "./day.ts";
import { orderArg } from "./order.arg.ts";
import { AttendanceDayConnection, PunchConnection } from "./refs.ts";

const NO_PUNCHES = {
  rows: [],
  OffSet: null,
  ActualRowCount: 0,
  rejected: 0,
} as const;

builder.objectFields(User, (t) => ({
  punches: t.field({
    type: PunchConnection,
    nullable: true,
    description:
      "Punches of this user at all devices in a period of at most 31 days. Empty if the gateway knows neither the user " +
      "nor a punch of the user.",
    upstream: ["GetAttendanceByEmployee"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...periodArgs(t.arg),
      ...orderArg(t.arg, "Asc", "devices"),
      ...pageArgs(t.arg),
    },
    resolve: async ({ EmployeeCode }, args, context) => {
      const input = { EmployeeCode, ...dateRange(args), Sort: args.order };
      return readConnection(args, async (paging) => {
        const query = { ...input, ...paging };
        const { loaders } = context;
        const answer =
          paging.OffSet === undefined || !isEmployeeCode(EmployeeCode)
            ? await loaders.punches.load(query)
            : await nullIfNotFound(loaders.callOnce("GetAttendanceByEmployee", query));
        return answer === null ? NO_PUNCHES : { ...answer, rows: answer.AttendanceLogs };
      });
    },
  }),
  attendanceDays: t.field({
    type: AttendanceDayConnection,
    nullable: true,
    description:
      "Working days of this user, ordered by date; at most 366 days. Days without punches are left out unless " +
      "`includeAbsent` is true.",
    alsoUpstream: ["GetAttendanceSummary", "GetFirstInLastOut"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...dayArgs(t.arg),
      ...pageArgs(t.arg),
    },
    resolve: ({ EmployeeCode }, args, context, info) => userDays(EmployeeCode, dayQuery(args, info), args, context),
  }),
}));
