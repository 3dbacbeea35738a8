import { builder } from "../kernel/builder.ts";
import { USER_ERROR_CODES } from "./user-error-codes.ts";

export const CommandKind = builder.enumType("CommandKind", {
  description: "What a command makes the device do. Each kind but `OTHER` comes from the mutation of the same name.",
  values: {
    ADD_USER: { value: "AddUser", description: "Stores a new user on the device, or overwrites the user." },
    UPDATE_USER: { value: "UpdateUser", description: "Changes the profile of a user on the device." },
    DELETE_USER: { value: "DeleteUser", description: "Removes a user and the user's credentials from the device." },
    ENROLL_FINGERPRINT: {
      value: "EnrollFingerprint",
      description: "Stores a fingerprint on the device, or asks the person to present the finger.",
    },
    ENROLL_FACE: {
      value: "EnrollFace",
      description: "Stores a face on the device, or asks the person to present the face.",
    },
    ENROLL_CARD: { value: "EnrollCard", description: "Assigns a card to a user on the device." },
    SET_USER_PASSWORD: { value: "SetUserPassword", description: "Sets the PIN of a user on the device." },
    COPY_USERS: { value: "CopyUsers", description: "Copies users from another device to this device." },
    RESEND_USER: { value: "ResendUser", description: "Sends the gateway's copy of a user to the device again." },
    OPEN_DOOR: { value: "OpenDoor", description: "Releases a door of the device for some seconds." },
    LOCK_DOOR: { value: "LockDoor", description: "Locks a door of the device, holds it, or ends a hold." },
    SET_ACCESS_SCHEDULE: { value: "SetAccessSchedule", description: "Replaces an access schedule of the device." },
    SYNC_DEVICE_TIME: { value: "SyncDeviceTime", description: "Sets the clock of the device." },
    REBOOT_DEVICE: {
      value: "RebootDevice",
      description: "Restarts the device; it succeeds when the device reconnects.",
    },
    OTHER: { value: "Other", description: "A kind that this version of the schema does not know." },
  } as const,
});

export const CommandStatus = builder.enumType("CommandStatus", {
  description: "The state of a command. `SUCCEEDED`, `FAILED`, `EXPIRED` and `CANCELLED` are final.",
  values: {
    QUEUED: {
      value: "Queued",
      description: "Accepted by the gateway and waiting for the device. Nothing has happened on the device yet.",
    },
    SENT: { value: "Sent", description: "Sent to the device, which has not confirmed it yet." },
    UNKNOWN: {
      value: "Unknown",
      description:
        "The response was lost and the gateway does not know the command. Read it again later by its `id`; " +
        "do not repeat the mutation with another idempotency key.",
    },
    SUCCEEDED: { value: "Done", description: "The device confirmed that it carried out the command." },
    FAILED: {
      value: "Failed",
      description:
        "The device rejected the command or did not confirm it; see `failureReason`. " +
        "A door may have moved if the connection was lost.",
    },
    EXPIRED: {
      value: "Expired",
      description: "The device did not come online in time. The command will not be carried out any more.",
    },
    CANCELLED: {
      value: "Cancelled",
      description: "Cancelled by `resetDeviceQueue`. A command that was already sent may have taken effect.",
    },
  } as const,
});

export const UserErrorCode = builder.enumType("UserErrorCode", {
  description: "Machine-readable reasons why a mutation did not do everything that the caller requested.",
  values: Object.fromEntries(
    Object.entries(USER_ERROR_CODES).map(([code, { meaning }]) => [code, { value: code, description: meaning }]),
  ),
});
