import { builder } from "../kernel/builder.ts";

export const DoorState = builder.enumType("DoorState", {
  description: "The door leaf.",
  values: {
    OPEN: { value: "Open", description: "Open." },
    CLOSED: { value: "Closed", description: "Closed." },
    UNKNOWN: { value: "Unknown", description: "No sensor, or stale." },
  } as const,
});

export const LockState = builder.enumType("LockState", {
  description: "The lock, whatever the leaf.",
  values: {
    LOCKED: { value: "Locked", description: "Locked." },
    UNLOCKED: { value: "Unlocked", description: "Released." },
    UNKNOWN: { value: "Unknown", description: "Not told." },
  } as const,
});

export const DoorMode = builder.enumType("DoorMode", {
  description: "What governs a lock.",
  values: {
    NORMAL: { value: "Normal", description: "Credentials and schedules." },
    HOLD_OPEN: { value: "HoldOpen", description: "Held open." },
    HOLD_LOCKED: { value: "HoldLocked", description: "Held locked." },
    UNKNOWN: { value: "Unknown", description: "Not told." },
  } as const,
});

export const DoorAlarm = builder.enumType("DoorAlarm", {
  description: "An alarm at a door.",
  values: {
    NONE: { value: "None", description: "None." },
    FORCED_OPEN: { value: "ForcedOpen", description: "Opened without release." },
    HELD_OPEN: { value: "HeldOpen", description: "Open for too long." },
    TAMPER: { value: "Tamper", description: "Cover opened." },
    INPUT: { value: "Input", description: "Alarm input." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});

export const AccessEventKind = builder.enumType("AccessEventKind", {
  description: "What happened at a door.",
  values: {
    ACCESS_GRANTED: { value: "AccessGranted", description: "Let pass." },
    ACCESS_DENIED: { value: "AccessDenied", description: "Refused." },
    DOOR_OPENED: { value: "DoorOpened", description: "Leaf opened." },
    DOOR_CLOSED: { value: "DoorClosed", description: "Leaf closed." },
    DOOR_FORCED_OPEN: { value: "DoorForcedOpen", description: "Opened without release." },
    DOOR_HELD_OPEN: { value: "DoorHeldOpen", description: "Open for too long." },
    EXIT_BUTTON: { value: "ExitButton", description: "Exit button." },
    REMOTE_OPEN: { value: "RemoteOpen", description: "Opened by command." },
    REMOTE_LOCK: { value: "RemoteLock", description: "Locked by command." },
    HOLD_STARTED: { value: "HoldStarted", description: "Hold began." },
    HOLD_RELEASED: { value: "HoldReleased", description: "Hold ended." },
    TAMPER: { value: "Tamper", description: "Cover opened." },
    INPUT_ALARM: { value: "InputAlarm", description: "Alarm input." },
    DURESS: { value: "Duress", description: "Opened under threat." },
    OTHER: { value: "Other", description: "Something newer than this schema." },
  } as const,
});

export const AccessScheduleDay = builder.enumType("AccessScheduleDay", {
  description: "Day of an access schedule.",
  values: {
    MONDAY: { value: "Monday", description: "Monday." },
    TUESDAY: { value: "Tuesday", description: "Tuesday." },
    WEDNESDAY: { value: "Wednesday", description: "Wednesday." },
    THURSDAY: { value: "Thursday", description: "Thursday." },
    FRIDAY: { value: "Friday", description: "Friday." },
    SATURDAY: { value: "Saturday", description: "Saturday." },
    SUNDAY: { value: "Sunday", description: "Sunday." },
    HOLIDAY: { value: "Holiday", description: "Holidays." },
  } as const,
});

export const LockDoorMode = builder.enumType("LockDoorMode", {
  description: "What lockDoor does.",
  values: {
    LOCK: { value: "Lock", description: "Lock now, ending a release or hold." },
    HOLD_LOCKED: { value: "HoldLocked", description: "Hold locked." },
    HOLD_OPEN: { value: "HoldOpen", description: "Hold open." },
    RELEASE: { value: "Release", description: "Back to normal." },
  } as const,
});
