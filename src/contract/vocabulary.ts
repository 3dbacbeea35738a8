import { vocabulary } from "./words.ts";

/** Usual words of success and failure, which gateways write in place of those of the contract. */
const SUCCESS = ["Complete", "Completed", "Done", "OK", "Succeeded", "Success", "Successful"];
const FAILURE = ["Denied", "Error", "Fail", "Failed", "Failure", "Refused", "Rejected"];

/** Usual words of what has not begun, and of what has. */
const WAITING = ["Queued", "Scheduled", "Waiting"];
const RUNNING = ["Executing", "InProgress", "Processing", "Running", "Started"];
/** Usual words of what a person is recognized by. */
const FACE = ["FaceID", "FaceRecognition"];
const FINGERPRINT = ["Finger", "FP", "Thumb"];
const CARD = ["Badge", "IDCard", "Proximity", "RFID"];
const PASSWORD = ["Passcode", "PIN", "Pwd"];
const VEIN = ["FingerVein"];

const wordsFor = <const Value extends string>(
  value: Value,
  ...words: readonly string[]
): Readonly<Record<string, Value>> => Object.fromEntries(words.map((word) => [word, value]));

export const Modality = vocabulary(
  ["face", "fingerprint", "card", "password", "palm", "vein", "iris", "retina", "other"],
  "other",
  {
    ...wordsFor("face", ...FACE),
    ...wordsFor("fingerprint", ...FINGERPRINT),
    ...wordsFor("card", ...CARD),
    ...wordsFor("password", ...PASSWORD),
    ...wordsFor("vein", ...VEIN),
    ...wordsFor("other", "Others"),
  },
);
export const Direction = vocabulary(
  ["CheckIn", "CheckOut", "BreakIn", "BreakOut", "OverTimeIn", "OverTimeOut", "MealIn", "MealOut", "None"],
  "None",
  {
    ...wordsFor("CheckIn", "C/In", "ClockIn", "DutyOn", "Enter", "Entry", "PunchIn", "SignIn"),
    ...wordsFor("CheckOut", "C/Out", "ClockOut", "DutyOff", "Exit", "Leave", "PunchOut", "SignOut"),
    // Who begins a break leaves the place of work.
    ...wordsFor("BreakIn", "BreakEnd"),
    ...wordsFor("BreakOut", "BreakStart"),
    ...wordsFor("OverTimeIn", "OTIn", "OverTimeStart"),
    ...wordsFor("OverTimeOut", "OTOut", "OverTimeEnd"),
    ...wordsFor("MealIn", "LunchEnd", "LunchIn", "MealEnd"),
    ...wordsFor("MealOut", "LunchOut", "LunchStart", "MealStart"),
  },
);
export const UserType = vocabulary(["User", "Admin", "Operator"], "Other");
export const CredentialType = vocabulary(
  ["Fingerprint", "Face", "Palm", "Vein", "Iris", "Card", "Password", "UserPhoto", "TemplatePhoto"],
  "Other",
  {
    ...wordsFor("Fingerprint", ...FINGERPRINT),
    ...wordsFor("Face", ...FACE),
    ...wordsFor("Vein", ...VEIN),
    ...wordsFor("Card", ...CARD),
    ...wordsFor("Password", ...PASSWORD),
  },
);
export const DeviceStatus = vocabulary(["Online", "Offline", "Degraded", "Unknown"], "Unknown");
export const DeviceStatusReason = vocabulary(
  ["Connected", "HeartbeatTimeout", "Disconnected", "Rebooted", "QueueStuck", "LicenseExpired", "ClockDrift"],
  "Other",
);
export const QueueStatus = vocabulary(["Idle", "Processing", "Stuck"], "Unknown");
export const QueueScope = vocabulary(["Commands", "Callbacks", "All"], "Other");
export const CommandStatus = vocabulary(["Queued", "Sent", "Done", "Failed", "Expired", "Cancelled"], "Unknown", {
  ...wordsFor("Queued", "Accepted", "Pending", ...WAITING),
  ...wordsFor("Sent", ...RUNNING),
  ...wordsFor("Done", ...SUCCESS),
  // A timeout is neither: the device may have carried the command out.
  ...wordsFor("Failed", ...FAILURE),
  ...wordsFor("Cancelled", "Aborted", "Canceled", "Cleared"),
});
export const CommandOperation = vocabulary(
  [
    "AddUser",
    "UpdateUser",
    "DeleteUser",
    "EnrollFingerprint",
    "EnrollFace",
    "EnrollCard",
    "SetUserPassword",
    "CopyUsers",
    "ResendUser",
    "OpenDoor",
    "LockDoor",
    "SetAccessSchedule",
    "SyncDeviceTime",
    "RebootDevice",
  ],
  "Other",
);
export const SyncStatus = vocabulary(["Synced", "Pending", "Failed"], "Unknown", {
  ...wordsFor("Synced", "InSync", "Synchronized", ...SUCCESS),
  ...wordsFor("Pending", "NotStarted", "Sent", ...WAITING, ...RUNNING),
  ...wordsFor("Failed", ...FAILURE),
});
export const DayStatus = vocabulary(["Present", "Incomplete", "Absent"], "Unknown");
export const SummaryStrategy = vocabulary(["FirstLast", "Actual", "Alternate"], "FirstLast");
export const SortOrder = vocabulary(["Asc", "Desc"], "Asc");
export const ExportFormat = vocabulary(["csv", "json", "ndjson"], "csv");
export const ExportColumn = vocabulary(
  [
    "PunchID",
    "DeviceSN",
    "DeviceLabel",
    "EmployeeCode",
    "EmployeeName",
    "AttendanceLog",
    "UtcOffset",
    "Direction",
    "Type",
  ],
  "PunchID",
);
export const DoorState = vocabulary(["Open", "Closed", "Unknown"], "Unknown");
export const LockState = vocabulary(["Locked", "Unlocked", "Unknown"], "Unknown");
export const DoorMode = vocabulary(["Normal", "HoldOpen", "HoldLocked"], "Unknown");
export const LockMode = vocabulary(["Lock", "HoldLocked", "HoldOpen", "Release"], "Lock");
export const DoorAlarm = vocabulary(["None", "ForcedOpen", "HeldOpen", "Tamper", "Input"], "Other", {
  ...wordsFor("None", "Clear", "Inactive", "NoAlarm", "Normal", "Off", "OK"),
  ...wordsFor("ForcedOpen", "DoorForcedOpen"),
  ...wordsFor("HeldOpen", "DoorHeldOpen"),
  ...wordsFor("Input", "InputAlarm"),
});
export const AccessEventType = vocabulary(
  [
    "AccessGranted",
    "AccessDenied",
    "DoorOpened",
    "DoorClosed",
    "DoorForcedOpen",
    "DoorHeldOpen",
    "ExitButton",
    "RemoteOpen",
    "RemoteLock",
    "HoldStarted",
    "HoldReleased",
    "Tamper",
    "InputAlarm",
    "Duress",
  ],
  "Other",
  { ...wordsFor("DoorForcedOpen", "ForcedOpen"), ...wordsFor("DoorHeldOpen", "HeldOpen") },
);
export const ScheduleDay = vocabulary(
  ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Holiday"],
  "Holiday",
);
export const MigrationKind = vocabulary(["CopyUsers", "DeviceReplacement", "DataMigration"], "Other");
export const MigrationState = vocabulary(["NotStarted", "InProgress", "Completed", "Failed"], "Unknown", {
  ...wordsFor("NotStarted", "Pending", ...WAITING),
  ...wordsFor("InProgress", ...RUNNING),
  ...wordsFor("Completed", ...SUCCESS),
  ...wordsFor("Failed", ...FAILURE, "Cancelled", "Canceled", "Aborted"),
});
export const CallbackEncryption = vocabulary(["None", "AES-256-ECB"], "Other");
export const EnrollmentAction = vocabulary(
  ["UserAdded", "UserUpdated", "UserDeleted", "CredentialAdded", "CredentialDeleted"],
  "Other",
);
export const EnrollmentStatus = vocabulary(["Completed", "Failed"], "Unknown", {
  ...wordsFor("Completed", ...SUCCESS),
  ...wordsFor("Failed", ...FAILURE, "Cancelled", "Canceled", "Expired", "Timeout"),
});
export const EnrollmentSource = vocabulary(["Command", "Device"], "Device");
