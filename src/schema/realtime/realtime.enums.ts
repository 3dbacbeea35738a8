import { builder } from "../kernel/builder.ts";

export const GatewayEventKind = builder.enumType("GatewayEventKind", {
  description: "Kinds of event.",
  values: {
    PUNCH_ADDED: { value: "attendance.new", description: "An event." },
    DEVICE_STATUS_CHANGED: { value: "device.status", description: "An event." },
    ENROLLMENT_UPDATED: { value: "enrollment.update", description: "An event." },
  } as const,
});

export const EnrollmentAction = builder.enumType("EnrollmentAction", {
  description: "What changed on a device.",
  values: {
    USER_ADDED: { value: "UserAdded", description: "User added." },
    USER_UPDATED: { value: "UserUpdated", description: "User changed." },
    USER_DELETED: { value: "UserDeleted", description: "User removed." },
    CREDENTIAL_ADDED: { value: "CredentialAdded", description: "Credential added." },
    CREDENTIAL_DELETED: { value: "CredentialDeleted", description: "Credential removed." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});
