import type { OperationName } from "../contract/operations.ts";
import { acceptedBy, type ConformanceCase } from "./cases.ts";
import { GATE, SIDE } from "./target.ts";

type Members = Readonly<Record<string, unknown>>;

const refused = (
  operation: OperationName,
  fact: string,
  changes: Members,
  [http, code, field]: readonly [http: number, code: number, field?: string],
): ConformanceCase => ({
  operation,
  fact,
  members: Object.fromEntries(
    Object.entries({ ...acceptedBy(operation), ...changes }).filter(([, value]) => value !== undefined),
  ),
  http,
  code,
  ...(field === undefined ? {} : { field }),
});

const RANGED: readonly (readonly [operation: OperationName, days: number])[] = [
  ["GetAttendanceByDate", 31],
  ["GetAttendanceByEmployee", 31],
  ["GetAttendanceByDevice", 31],
  ["GetAccessEvents", 31],
  ["GetAttendanceSummary", 366],
  ["GetFirstInLastOut", 366],
  ["ExportAttendance", 366],
];

const rangeCases = ([operation, days]: (typeof RANGED)[number]): ConformanceCase[] => [
  refused(operation, "needs a FromDate", { FromDate: undefined }, [400, 1, "FromDate"]),
  refused(operation, "refuses an invalid FromDate", { FromDate: "21.06.2026" }, [400, 9, "FromDate"]),
  refused(operation, "refuses a day that does not exist", { ToDate: "2026-06-31" }, [400, 1, "ToDate"]),
  refused(operation, "refuses a reversed range", { FromDate: "2026-06-22" }, [400, 68, "ToDate"]),
  refused(operation, `refuses more than ${days} days`, { FromDate: "2025-01-01" }, [400, 68, "ToDate"]),
];

const PAGED: readonly OperationName[] = [
  "GetAttendanceByDate",
  "GetAttendanceByEmployee",
  "GetAttendanceByDevice",
  "GetAttendanceSummary",
  "GetFirstInLastOut",
  "GetTodayAttendance",
  "ListUsers",
  "GetAccessEvents",
  "ListDevices",
];

const pagedCases = (operation: OperationName): ConformanceCase[] => [
  refused(operation, "refuses a Limit of 0", { Limit: 0 }, [400, 14, "Limit"]),
  refused(operation, "refuses a Limit above 500", { Limit: 501 }, [400, 14, "Limit"]),
  refused(operation, "refuses a Limit that is not a number", { Limit: "many" }, [400, 1, "Limit"]),
  refused(operation, "refuses an OffSet that the gateway did not return", { OffSet: "eyJ0IjoiMjAyNi0wNi0yMSJ9" }, [
    400,
    1,
    "OffSet",
  ]),
];

const NAMES_EMPLOYEE: readonly OperationName[] = [
  "GetAttendanceByEmployee",
  "FindUser",
  "ListUserDevices",
  "UpdateUser",
  "EnrollFingerprint",
  "EnrollFace",
  "EnrollCard",
  "SetUserPassword",
  "ResendUser",
];

const employeeCases = (operation: OperationName): ConformanceCase[] => [
  refused(operation, "does not find an unknown employee", { EmployeeCode: "404404" }, [404, 10, "EmployeeCode"]),
  refused(operation, "refuses an invalid employee code", { EmployeeCode: "a b" }, [400, 10, "EmployeeCode"]),
  refused(operation, "needs an employee code", { EmployeeCode: undefined }, [400, 1, "EmployeeCode"]),
];

/** Marks a refusal that depends on the device, which only the sandbox has. */
const inSandbox = (refusal: ConformanceCase): ConformanceCase => ({ ...refusal, needsSandbox: true });

const range = { FromDate: "2026-06-20", ToDate: "2026-06-21" };

/** Refusals of single operations. */
export const REFUSALS: readonly ConformanceCase[] = [
  ...RANGED.flatMap(rangeCases),
  ...PAGED.flatMap(pagedCases),
  ...NAMES_EMPLOYEE.flatMap(employeeCases),
  refused("GetAttendanceByDate", "refuses an unknown modality", { Type: "gait" }, [400, 14, "Type"]),
  refused("GetAttendanceSummary", "does not find an unknown employee", { EmployeeCode: ["404404"] }, [404, 10]),
  refused("GetFirstInLastOut", "does not find an unknown employee", { EmployeeCode: ["404404"] }, [404, 10]),
  refused("GetAttendanceSummary", "refuses a MinRepeatSeconds above 3600", { MinRepeatSeconds: 3601 }, [400, 14]),
  refused("GetAttendancePhoto", "refuses an incomplete natural key", { PunchID: undefined, DeviceSN: GATE }, [400, 1]),
  refused("GetAttendancePhoto", "refuses a PunchID together with a natural key", { EmployeeCode: "1042" }, [400, 1]),
  refused("GetAttendancePhoto", "does not find an unknown punch", { PunchID: "pun_none" }, [404, 64]),
  refused("ExportAttendance", "refuses a column twice", { Columns: ["Type", "Type"] }, [400, 1, "Columns"]),
  refused("ExportAttendance", "refuses an unknown format", { Format: "xlsx" }, [400, 14, "Format"]),
  inSandbox(refused("GetDoorStatus", "is not supported without doors", { DeviceSN: SIDE }, [400, 65])),
  inSandbox(refused("GetDoorStatus", "refuses an unknown door", { DoorNo: 9 }, [400, 14, "DoorNo"])),
  inSandbox(
    refused("GetAccessEvents", "refuses an unknown door", { ...range, DeviceSN: GATE, DoorNo: 9 }, [400, 14, "DoorNo"]),
  ),
  refused("ListDevices", "refuses an unknown status", { Status: "Asleep" }, [400, 14, "Status"]),
  refused("PingConnection", "refuses a timeout above 10 s", { TimeoutSeconds: 11 }, [400, 14, "TimeoutSeconds"]),
  refused("GetCommandStatus", "does not find an unknown command", { CommandID: "cmd_none" }, [404, 67]),
  refused("GetCommandStatus", "refuses both IDs together", { OperationID: "k3v9x2m1qz7a" }, [400, 1]),
  refused(
    "MigrationStatus",
    "does not find an unknown migration",
    { DeviceSN: undefined, MigrationID: "mig_none" },
    [404, 67],
  ),
  refused("MigrationStatus", "refuses an ID together with a device", { MigrationID: "mig_01J9Z9A1KD" }, [400, 1]),

  refused("AddUser", "needs a name", { FirstName: undefined }, [400, 1, "FirstName"]),
  refused("AddUser", "refuses a name of 25 characters", { FirstName: "x".repeat(25) }, [400, 14, "FirstName"]),
  refused("AddUser", "refuses a template that is not Base64", { Templates: [{ Type: "Face", Data: "?" }] }, [400, 15]),
  refused("AddUser", "refuses an invalid employee code", { EmployeeCode: "a b" }, [400, 10, "EmployeeCode"]),
  refused("UpdateUser", "needs something to change", { UserType: undefined, ValidTo: undefined }, [400, 1]),
  refused("DeleteUser", "needs an employee code", { EmployeeCode: undefined }, [400, 1, "EmployeeCode"]),
  refused("EnrollFingerprint", "refuses an eleventh finger", { Index: 10 }, [400, 14, "Index"]),
  refused("EnrollFingerprint", "needs a template or Capture", { Template: undefined }, [400, 1]),
  refused(
    "EnrollFingerprint",
    "refuses the template of another finger",
    {
      Template: { Type: "Fingerprint", Index: 1, Data: "Rk1S" },
    },
    [400, 15],
  ),
  refused("EnrollFace", "refuses template and photo together", { Template: "Rk1S" }, [400, 1]),
  refused("EnrollCard", "refuses a card number with letters", { CardNumber: "12AB" }, [400, 1, "CardNumber"]),
  refused("SetUserPassword", "refuses a PIN of nine digits", { Password: "123456789" }, [400, 1, "Password"]),
  refused("CopyUsers", "refuses the source among the targets", { TargetDeviceSN: [GATE] }, [400, 1, "TargetDeviceSN"]),
  refused("CopyUsers", "does not find an unknown employee", { EmployeeCodes: ["404404"] }, [404, 10]),
  refused("ResendUser", "refuses a device twice", { DeviceSN: [GATE, GATE] }, [400, 1, "DeviceSN"]),
  refused("OpenDoor", "refuses an unknown door", { DoorNo: 9 }, [400, 14, "DoorNo"]),
  refused("OpenDoor", "refuses a duration of 255 s", { DurationSeconds: 255 }, [400, 14, "DurationSeconds"]),
  refused("LockDoor", "refuses an unknown door", { DoorNo: 9 }, [400, 14, "DoorNo"]),
  refused("LockDoor", "refuses HoldSeconds without a hold", { HoldSeconds: 5 }, [400, 1, "HoldSeconds"]),
  refused("SetAccessSchedule", "refuses a ninth schedule", { ScheduleID: 9 }, [400, 14, "ScheduleID"]),
  refused(
    "SetAccessSchedule",
    "refuses a window that ends before it starts",
    {
      Days: [{ Day: "Monday", Windows: [{ Start: "22:00", End: "06:00" }] }],
    },
    [400, 14, "Days"],
  ),
  refused("SyncDeviceTime", "refuses an invalid time", { DeviceTime: "noon" }, [400, 1, "DeviceTime"]),
  refused("RebootDevice", "does not accept ALL", { DeviceSN: "ALL" }, [400, 1, "DeviceSN"]),
  refused("ResetDeviceQueue", "refuses an unknown scope", { Scope: "Everything" }, [400, 14, "Scope"]),
  refused("RegisterCallback", "refuses a URL of another scheme", { CallbackURL: "ftp://hr.example.com/" }, [400, 74]),
  refused("RegisterCallback", "refuses a security key that is too short", { SecurityKey: "short" }, [
    400,
    13,
    "SecurityKey",
  ]),
  refused("RegisterCallback", "refuses a signing secret that is too short", { SigningSecret: "short" }, [
    400,
    14,
    "SigningSecret",
  ]),
];
