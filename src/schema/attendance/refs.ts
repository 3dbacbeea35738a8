import type { Punch as PunchRecord } from "../../contract/attendance.ts";
import type { Day } from "../../loaders/day.ts";
import type { LogBounds } from "../../events/log/log.ts";
import { builder } from "../kernel/builder.ts";
import type { Connection } from "../kernel/connection.ts";
import type { SignedLink } from "../kernel/context.ts";

export { PunchDirection, TimeOrder, VerificationMethod } from "./attendance.enums.ts";

/** Start or end of a day; without an offset, the device's zone tells it. */
export interface MarkSource {
  readonly wall: string;
  readonly offset: string | null;
  readonly DeviceSN: string | null;
}

export interface TodayFilter {
  readonly DeviceSN?: string;
  readonly EmployeeCode?: string;
}

/** What a reader of today has seen: the punches of its page, and where the log ended before they were read. */
export interface TodaySnapshot {
  readonly before: LogBounds;
  readonly punches: readonly PunchRecord[];
}

export interface TodaySource {
  /** Null unless a cursor is asked for. */
  readonly snapshot: TodaySnapshot | null;
  readonly Date: string;
  readonly AsOf: string;
  readonly filter: TodayFilter;
}

export const Punch = builder.objectRef<PunchRecord>("Punch");
export const PunchConnection = builder.objectRef<Connection<PunchRecord>>("PunchConnection");
export const PunchPhoto = builder.objectRef<SignedLink>("PunchPhoto");
export const AttendanceDay = builder.objectRef<Day>("AttendanceDay");
export const AttendanceDayConnection = builder.objectRef<Connection<Day>>("AttendanceDayConnection");
export const AttendanceMark = builder.objectRef<MarkSource>("AttendanceMark");
export const AttendanceToday = builder.objectRef<TodaySource>("AttendanceToday");
export const AttendanceExport = builder.objectRef<SignedLink>("AttendanceExport");
