import { builder } from "../kernel/builder.ts";

export const CommandKind = builder.enumType("CommandKind", {
  description: "What a device was told to do.",
  values: {
    ADD_USER: { value: "AddUser", description: "addUser." },
    UPDATE_USER: { value: "UpdateUser", description: "updateUser." },
    DELETE_USER: { value: "DeleteUser", description: "deleteUser." },
    ENROLL_FINGERPRINT: { value: "EnrollFingerprint", description: "enrollFingerprint." },
    ENROLL_FACE: { value: "EnrollFace", description: "enrollFace." },
    ENROLL_CARD: { value: "EnrollCard", description: "enrollCard." },
    SET_USER_PASSWORD: { value: "SetUserPassword", description: "setUserPassword." },
    COPY_USERS: { value: "CopyUsers", description: "copyUsers." },
    RESEND_USER: { value: "ResendUser", description: "resendUser." },
    OPEN_DOOR: { value: "OpenDoor", description: "openDoor." },
    LOCK_DOOR: { value: "LockDoor", description: "lockDoor." },
    SET_ACCESS_SCHEDULE: { value: "SetAccessSchedule", description: "setAccessSchedule." },
    SYNC_DEVICE_TIME: { value: "SyncDeviceTime", description: "syncDeviceTime." },
    REBOOT_DEVICE: { value: "RebootDevice", description: "rebootDevice." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});

export const CommandStatus = builder.enumType("CommandStatus", {
  description: "Where a command stands. The last four are final, UNKNOWN until the gateway can be asked.",
  values: {
    QUEUED: { value: "Queued", description: "Waiting for the device." },
    SENT: { value: "Sent", description: "With the device." },
    UNKNOWN: { value: "Unknown", description: "Outcome unknown: the gateway could not be asked." },
    SUCCEEDED: { value: "Done", description: "Done." },
    FAILED: { value: "Failed", description: "Refused." },
    EXPIRED: { value: "Expired", description: "Too late." },
    CANCELLED: { value: "Cancelled", description: "Withdrawn." },
  } as const,
});

export const UserErrorCode = builder.enumType("UserErrorCode", {
  description: "Codes of UserError.",
  values: {
    INVALID_INPUT: { value: "INVALID_INPUT", description: "Malformed or out of range." },
    DEVICE_NOT_FOUND: { value: "DEVICE_NOT_FOUND", description: "No such device." },
    USER_NOT_FOUND: { value: "USER_NOT_FOUND", description: "No such user." },
    DOOR_NOT_FOUND: { value: "DOOR_NOT_FOUND", description: "No such door." },
    IDEMPOTENCY_KEY_REUSED: { value: "IDEMPOTENCY_KEY_REUSED", description: "Idempotency key used with other input." },
    DEVICE_OFFLINE: {
      value: "DEVICE_OFFLINE",
      description: "Device known to be offline and queueing not accepted: nothing was sent.",
    },
    NOT_ALLOWED: { value: "NOT_ALLOWED", description: "Not licensed, enabled or paired at the gateway." },
    RATE_LIMITED: { value: "RATE_LIMITED", description: "Too many calls, even after waiting." },
    OTHER: { value: "OTHER", description: "Refused for another reason." },
  } as const,
});
