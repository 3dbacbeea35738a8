import type { Punch as PunchRecord } from "../../contract/attendance.ts";
import type { Day } from "../../loaders/day.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { AttendanceDay, AttendanceDayConnection, Punch, PunchConnection } from "./refs.ts";

implementConnection(PunchConnection, {
  name: "Punch",
  description: "Punches.",
  edgeDescription: "A punch in a page.",
  nodeDescription: "The punch.",
  node: Punch,
  nodeOf: (punch: PunchRecord) => punch,
});

implementConnection(AttendanceDayConnection, {
  name: "AttendanceDay",
  description: "Days.",
  edgeDescription: "A day in a page.",
  nodeDescription: "The day.",
  node: AttendanceDay,
  nodeOf: (day: Day) => day,
});
