/** The names that members have in the older generation of the gateway, which some accounts write in answers and callbacks. */
export const OLDER_NAMES = {
  AttendanceLog: "LogTime",
  DeviceLabel: "LabelName",
  DeviceSN: "SerialNumber",
  EmployeeCode: "UserID",
} as const;
