import { nameKey } from "../contract/scalars.ts";

/** The natural key of a punch, equal in reads and callbacks. */
export interface PunchKey {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** The time on the device's wall clock, `YYYY-MM-DD HH:mm:ss`. */
  readonly AttendanceLog: string;
}

/** Returns the key as text, which is the same in all spellings. Serial numbers and codes may have blanks in them. */
export const encodePunchKey = ({ DeviceSN, EmployeeCode, AttendanceLog }: PunchKey): string =>
  `${nameKey(DeviceSN)}\0${nameKey(EmployeeCode)}\0${AttendanceLog}`;
