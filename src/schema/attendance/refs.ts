import type { Punch as PunchRecord } from "../../contract/attendance.ts";
import type { Day } from "../../loaders/day.ts";
import type { LogBounds } from "../../events/log/log.ts";
import { builder } from "../kernel/builder.ts";
import type { Connection } from "../kernel/connection.ts";
import type { SignedLink } from "../kernel/context.ts";

export { PunchDirection, VerificationMethod } from "./attendance.enums.ts";
export { orderArg } from "./order.arg.ts";

/** A punch of the gateway, from a read or from a delivery. */
export interface PunchSource extends PunchRecord {
  /** When this server received the delivery, in RFC 3339; undefined for a punch that was read. */
  readonly deliveredAt?: string;
  /** Whether it comes from the log, so that the device may have another label by now. */
  readonly replayed?: boolean;
}

/** A day as one query computed it. */
export interface DaySource extends Day {
  /** The arguments that the values of the day depend on: the same day with other arguments is another object. */
  readonly computedWith: string;
  /** When the working day begins, `HH:mm`. */
  readonly dayStart: string;
}

/** First entry or last exit of a day. Without an offset, the time zone of the device determines it. */
export interface MarkSource {
  readonly wall: string;
  readonly offset: string | null;
  readonly DeviceSN: string | null;
}

/** The device or person whose punches are read; all of them by default. */
export interface TodayFilter {
  readonly DeviceSN?: string;
  readonly EmployeeCode?: string;
}

/** The punches of a page of today, and the bounds of the log before they were read. */
export interface TodaySnapshot {
  readonly before: LogBounds;
  readonly punches: readonly PunchRecord[];
}

/** Today's punches, as far as they are read before their page is resolved. */
export interface TodaySource {
  /** Null unless the cursor is selected. */
  readonly snapshot: TodaySnapshot | null;
  readonly Date: string | null;
  readonly AsOf: string | null;
  readonly filter: TodayFilter;
}

export const Punch = builder.objectRef<PunchSource>("Punch");
export const PunchConnection = builder.objectRef<Connection<PunchRecord>>("PunchConnection");
export const PunchPhoto = builder.objectRef<SignedLink>("PunchPhoto");
export const AttendanceDay = builder.objectRef<DaySource>("AttendanceDay");
export const AttendanceDayConnection = builder.objectRef<Connection<DaySource>>("AttendanceDayConnection");
export const AttendanceMark = builder.objectRef<MarkSource>("AttendanceMark");
export const AttendanceToday = builder.objectRef<TodaySource>("AttendanceToday");
export const AttendanceExport = builder.objectRef<SignedLink>("AttendanceExport");
