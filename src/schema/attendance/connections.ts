import type { Punch as PunchRecord } from "../../contract/attendance.ts";
import type { Day } from "../../loaders/day.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { AttendanceDay, AttendanceDayConnection, Punch, PunchConnection } from "./refs.ts";

implementConnection(PunchConnection, {
  name: "Punch",
  description: "A page of punches. Read the next page with `after: pageInfo.endCursor`.",
  edgeDescription: "A punch and its cursor in a page of punches.",
  nodeDescription: "The punch at this position of the page.",
  node: Punch,
  nodeOf: (punch: PunchRecord) => punch,
});

implementConnection(AttendanceDayConnection, {
  name: "AttendanceDay",
  description: "A page of working days. Read the next page with `after: pageInfo.endCursor`.",
  edgeDescription: "A working day and its cursor in a page of days.",
  nodeDescription: "The working day at this position of the page.",
  uncounted: "on every page but the first of `User.attendanceDays`",
  node: AttendanceDay,
  nodeOf: (day: Day) => day,
});
