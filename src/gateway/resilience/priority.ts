import type { OperationName } from "../../contract/operations.ts";
import type { Priority } from "./chain.ts";

const DAY_MS = 86_400_000;
/** A summary of a longer period is a report that somebody waits for, not a page that somebody looks at. */
const LONG_DAYS = 31;

/** The lane of a call that nobody marked. */
export const priorityOf = (operation: OperationName, input: Readonly<Record<string, unknown>>): Priority => {
  if (operation === "OpenDoor" || operation === "LockDoor") return "door";
  if (operation === "ExportAttendance") return "bulk";
  return operation === "GetAttendanceSummary" && daysOf(input) > LONG_DAYS ? "bulk" : "interactive";
};

const daysOf = ({ FromDate, ToDate }: Readonly<Record<string, unknown>>): number =>
  (Date.parse(String(ToDate).slice(0, 10)) - Date.parse(String(FromDate).slice(0, 10))) / DAY_MS + 1;
