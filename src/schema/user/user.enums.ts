import { builder } from "../kernel/builder.ts";

export const UserRole = builder.enumType("UserRole", {
  description: "Rank of a user on devices.",
  values: {
    USER: { value: "User", description: "May punch and pass." },
    OPERATOR: { value: "Operator", description: "May enrol others, where supported." },
    ADMIN: { value: "Admin", description: "May change the device." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});

export const CredentialKind = builder.enumType("CredentialKind", {
  description: "Kind of credential.",
  values: {
    FINGERPRINT: { value: "Fingerprint", description: "Finger template." },
    FACE: { value: "Face", description: "Face template." },
    PALM: { value: "Palm", description: "Palm template." },
    VEIN: { value: "Vein", description: "Vein template." },
    IRIS: { value: "Iris", description: "Iris template." },
    CARD: { value: "Card", description: "Card number." },
    PASSWORD: { value: "Password", description: "Password." },
    USER_PHOTO: { value: "UserPhoto", description: "Portrait." },
    TEMPLATE_PHOTO: { value: "TemplatePhoto", description: "Photo behind a face template." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});

export const SyncState = builder.enumType("SyncState", {
  description: "Whether a device holds what the gateway sent.",
  values: {
    SYNCED: { value: "Synced", description: "Confirmed." },
    PENDING: { value: "Pending", description: "On its way." },
    FAILED: { value: "Failed", description: "Refused." },
    UNKNOWN: { value: "Unknown", description: "Not told." },
  } as const,
});
