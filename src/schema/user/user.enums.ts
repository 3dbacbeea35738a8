import { builder } from "../kernel/builder.ts";

export const UserRole = builder.enumType("UserRole", {
  description: "What a user may do at a device.",
  values: {
    USER: { value: "User", description: "May punch and pass doors, without access to the menu of the device." },
    OPERATOR: {
      value: "Operator",
      description: "May also enroll others, on devices with the capability `OPERATOR`.",
    },
    ADMIN: { value: "Admin", description: "May also change the settings of the device." },
    OTHER: {
      value: "Other",
      description: "A role that this version of the schema does not know. It cannot be used as input.",
    },
  } as const,
});

export const CredentialKind = builder.enumType("CredentialKind", {
  description: "How a credential identifies a user.",
  values: {
    FINGERPRINT: { value: "Fingerprint", description: "Template of one finger, identified by its `index`." },
    FACE: { value: "Face", description: "Template of the user's face." },
    PALM: { value: "Palm", description: "Template of the user's palm." },
    VEIN: { value: "Vein", description: "Template of the veins in a finger or palm." },
    IRIS: { value: "Iris", description: "Template of the iris of an eye." },
    CARD: { value: "Card", description: "Number of an RFID or proximity card, as digits." },
    PASSWORD: { value: "Password", description: "PIN that the user enters, as digits." },
    USER_PHOTO: { value: "UserPhoto", description: "Portrait of the user, which devices display." },
    TEMPLATE_PHOTO: { value: "TemplatePhoto", description: "Photo from which a face template was made." },
    OTHER: {
      value: "Other",
      description: "A kind that this version of the schema does not know. It cannot be used as input.",
    },
  } as const,
});

export const SyncState = builder.enumType("SyncState", {
  description: "Whether a device stores the user as the gateway has it.",
  values: {
    SYNCED: { value: "Synced", description: "The device confirmed the latest change of the user." },
    PENDING: { value: "Pending", description: "A change of the user waits for the device or is under way." },
    FAILED: { value: "Failed", description: "The device rejected the latest change. Send it again with `resendUser`." },
    UNKNOWN: { value: "Unknown", description: "The gateway does not report whether the device is up to date." },
  } as const,
});
