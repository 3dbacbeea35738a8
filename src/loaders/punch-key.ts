/** The natural key of a punch, equal in reads and callbacks. */
export interface PunchKey {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** The time on the device's wall clock, `YYYY-MM-DD HH:mm:ss`. */
  readonly AttendanceLog: string;
}

/** Returns the key as text. */
export const encodePunchKey = ({ DeviceSN, EmployeeCode, AttendanceLog }: PunchKey): string =>
  `${DeviceSN} ${EmployeeCode} ${AttendanceLog}`;
