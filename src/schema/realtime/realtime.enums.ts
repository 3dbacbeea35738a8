import { builder } from "../kernel/builder.ts";

export const GatewayEventKind = builder.enumType("GatewayEventKind", {
  description: "The kinds of events that the gateway pushes. Doors have none; query `accessEvents` for them.",
  values: {
    PUNCH_ADDED: { value: "attendance.new", description: "A device reported a punch; see `PunchAdded`." },
    DEVICE_STATUS_CHANGED: {
      value: "device.status",
      description: "The status or health of a device changed; see `DeviceStatusChanged`.",
    },
    ENROLLMENT_UPDATED: {
      value: "enrollment.update",
      description: "A user or credential on a device changed, or the change failed; see `EnrollmentUpdated`.",
    },
  } as const,
});

export const EnrollmentAction = builder.enumType("EnrollmentAction", {
  description: "What changed on a device, or should have changed if `succeeded` is false.",
  values: {
    USER_ADDED: { value: "UserAdded", description: "The user was added to the device." },
    USER_UPDATED: { value: "UserUpdated", description: "The user's name, role or validity on the device was changed." },
    USER_DELETED: { value: "UserDeleted", description: "The user was removed from the device." },
    CREDENTIAL_ADDED: {
      value: "CredentialAdded",
      description: "A credential of the user was added to the device, or replaced.",
    },
    CREDENTIAL_DELETED: {
      value: "CredentialDeleted",
      description: "A credential of the user was removed from the device.",
    },
    OTHER: { value: "Other", description: "A change that this schema does not know." },
  } as const,
});
