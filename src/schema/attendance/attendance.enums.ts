import { builder } from "../kernel/builder.ts";

export const TimeOrder = builder.enumType("TimeOrder", {
  description:
    "Order of a list by time. Lists are sorted by the wall clocks of the devices, so rows of devices in different time " +
    "zones are not in the order of their instants.",
  values: {
    ASC: { value: "Asc", description: "From the oldest to the newest item." },
    DESC: { value: "Desc", description: "From the newest to the oldest item." },
  } as const,
});

export const PunchDirection = builder.enumType("PunchDirection", {
  description:
    "Whether a person came or left, as the device classified the punch. Many devices classify unreliably or not at all; " +
    "`attendanceDays` derives working days without relying on it.",
  values: {
    CHECK_IN: { value: "CheckIn", description: "The person came in and started to work." },
    CHECK_OUT: { value: "CheckOut", description: "The person finished work and went out." },
    BREAK_IN: { value: "BreakIn", description: "The person came back from a break." },
    BREAK_OUT: { value: "BreakOut", description: "The person went out for a break." },
    OVERTIME_IN: { value: "OverTimeIn", description: "The person came in and started overtime." },
    OVERTIME_OUT: { value: "OverTimeOut", description: "The person finished overtime and went out." },
    MEAL_IN: { value: "MealIn", description: "The person came back from a meal." },
    MEAL_OUT: { value: "MealOut", description: "The person went out for a meal." },
    UNCLASSIFIED: { value: "None", description: "The device did not classify the punch." },
  } as const,
});

export const VerificationMethod = builder.enumType("VerificationMethod", {
  description: "How the device recognized a person.",
  values: {
    FACE: { value: "face", description: "The device recognized the person's face." },
    FINGERPRINT: { value: "fingerprint", description: "The person presented an enrolled finger." },
    CARD: { value: "card", description: "The person presented a card." },
    PASSWORD: { value: "password", description: "The person typed a password or PIN." },
    PALM: { value: "palm", description: "The device recognized the person's palm." },
    VEIN: { value: "vein", description: "The device recognized the person's finger or palm veins." },
    IRIS: { value: "iris", description: "The device recognized the person's iris." },
    RETINA: { value: "retina", description: "The device recognized the person's retina." },
    OTHER: {
      value: "other",
      description: "The device used another method, or one that this version of the schema does not know.",
    },
  } as const,
});

export const AttendanceStrategy = builder.enumType("AttendanceStrategy", {
  description: "How the punches of a working day are paired to compute worked time and breaks.",
  values: {
    FIRST_LAST: {
      value: "FirstLast",
      description: "The first punch counts as in and the last punch as out; there are no breaks.",
    },
    ACTUAL: {
      value: "Actual",
      description: "Each punch counts as its recorded `direction`; the gaps between pairs count as breaks.",
    },
    ALTERNATE: {
      value: "Alternate",
      description: "Punches count as in and out in turn; the gaps between pairs count as breaks.",
    },
  } as const,
});

export const AttendanceDayStatus = builder.enumType("AttendanceDayStatus", {
  description: "Whether the punches of a working day are complete.",
  values: {
    PRESENT: { value: "Present", description: "The day has both an entry and an exit." },
    INCOMPLETE: { value: "Incomplete", description: "The day has an entry without an exit, or the reverse." },
    ABSENT: { value: "Absent", description: "The day has no punches. Only `includeAbsent: true` returns such days." },
    UNKNOWN: {
      value: "Unknown",
      description: "The gateway does not report the status in a way that this schema knows.",
    },
  } as const,
});

export const AttendanceExportFormat = builder.enumType("AttendanceExportFormat", {
  description: "File format of an attendance export.",
  values: {
    CSV: { value: "csv", description: "Comma-separated values with a header row, for spreadsheets and payroll." },
    NDJSON: { value: "ndjson", description: "Newline-delimited JSON: one object per line, one line per punch." },
  } as const,
});
