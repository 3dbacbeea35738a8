import { builder } from "../kernel/builder.ts";

export const TimeOrder = builder.enumType("TimeOrder", {
  description: "Order by time.",
  values: {
    ASC: { value: "Asc", description: "Oldest first." },
    DESC: { value: "Desc", description: "Newest first." },
  } as const,
});

export const PunchDirection = builder.enumType("PunchDirection", {
  description: "Meaning of a punch, as the device classified it.",
  values: {
    CHECK_IN: { value: "CheckIn", description: "Coming." },
    CHECK_OUT: { value: "CheckOut", description: "Leaving." },
    BREAK_IN: { value: "BreakIn", description: "Back from a break." },
    BREAK_OUT: { value: "BreakOut", description: "Off to a break." },
    OVERTIME_IN: { value: "OverTimeIn", description: "Overtime begins." },
    OVERTIME_OUT: { value: "OverTimeOut", description: "Overtime ends." },
    MEAL_IN: { value: "MealIn", description: "Back from a meal." },
    MEAL_OUT: { value: "MealOut", description: "Off to a meal." },
    NONE: { value: "None", description: "Not classified." },
  } as const,
});

export const VerificationMethod = builder.enumType("VerificationMethod", {
  description: "How a person was recognised.",
  values: {
    FACE: { value: "face", description: "Face." },
    FINGERPRINT: { value: "fingerprint", description: "Fingerprint." },
    CARD: { value: "card", description: "Card." },
    PASSWORD: { value: "password", description: "Password." },
    PALM: { value: "palm", description: "Palm." },
    VEIN: { value: "vein", description: "Vein." },
    IRIS: { value: "iris", description: "Iris." },
    RETINA: { value: "retina", description: "Retina." },
    OTHER: { value: "other", description: "Anything else." },
  } as const,
});

export const AttendanceStrategy = builder.enumType("AttendanceStrategy", {
  description: "How in and out are told apart.",
  values: {
    FIRST_LAST: { value: "FirstLast", description: "First punch in, last punch out, no breaks." },
    ACTUAL: { value: "Actual", description: "By recorded direction." },
    ALTERNATE: { value: "Alternate", description: "In and out in turn." },
  } as const,
});

export const AttendanceDayStatus = builder.enumType("AttendanceDayStatus", {
  description: "The gateway's verdict on a day.",
  values: {
    PRESENT: { value: "Present", description: "Came and left." },
    INCOMPLETE: { value: "Incomplete", description: "One of the two is missing." },
    ABSENT: { value: "Absent", description: "No punches." },
    UNKNOWN: { value: "Unknown", description: "Something newer than this schema." },
  } as const,
});

export const AttendanceExportFormat = builder.enumType("AttendanceExportFormat", {
  description: "File format of an export.",
  values: {
    CSV: { value: "csv", description: "With a header row." },
    NDJSON: { value: "ndjson", description: "One JSON object per line." },
  } as const,
});
