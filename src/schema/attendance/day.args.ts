import type { pageArgs } from "../kernel/args.ts";
import { AttendanceStrategy } from "./attendance.enums.ts";

/** How working days are told. */
export const dayArgs = (arg: Parameters<typeof pageArgs>[0]) => ({
  strategy: arg({
    type: AttendanceStrategy,
    required: true,
    defaultValue: "FirstLast",
    description: "How in and out are told.",
  }),
  dayStart: arg({
    type: "LocalTime",
    required: true,
    defaultValue: "00:00",
    description: "When a working day begins.",
  }),
  minRepeatSeconds: arg.int({
    required: true,
    defaultValue: 60,
    description: "Drop punches closer than this.",
  }),
  includeAbsent: arg.boolean({ required: true, defaultValue: false, description: "Also days without punches." }),
});
