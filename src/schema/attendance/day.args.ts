import type { ArgumentBuilder } from "../kernel/args.ts";
import { AttendanceStrategy } from "./attendance.enums.ts";

/** The arguments that say which working days to return, and how they are computed. */
export const dayArgs = (arg: ArgumentBuilder) => ({
  from: arg({ type: "LocalDate", required: true, description: "The first working day to return." }),
  to: arg({
    type: "LocalDate",
    required: true,
    description: "The last working day to return, inclusive; at most 366 days, counting the first one.",
  }),
  strategy: arg({
    type: AttendanceStrategy,
    required: true,
    defaultValue: "FirstLast",
    description: "How punches are paired to compute worked time and breaks.",
  }),
  dayStart: arg({
    type: "LocalTime",
    required: true,
    defaultValue: "00:00",
    description:
      "Time of day, `HH:mm`, at which a working day begins. An earlier punch belongs to the day before, which keeps " +
      "night shifts together.",
  }),
  minRepeatSeconds: arg.int({
    required: true,
    defaultValue: 60,
    description:
      "Ignore a punch that follows the user's punch before within this many seconds, 0 to 3600. 0 keeps all punches.",
  }),
  includeAbsent: arg.boolean({
    required: true,
    defaultValue: false,
    description: "Whether to return days without punches too, with the status `ABSENT`.",
  }),
});
