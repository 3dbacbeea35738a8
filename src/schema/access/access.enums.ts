import { builder } from "../kernel/builder.ts";

export const DoorState = builder.enumType("DoorState", {
  description: "Position of the door leaf, as the door sensor reports it. It is independent of the lock.",
  values: {
    OPEN: { value: "Open", description: "The sensor reports that the leaf is open." },
    CLOSED: { value: "Closed", description: "The sensor reports that the leaf is closed." },
    UNKNOWN: {
      value: "Unknown",
      description:
        "The door has no sensor, or the last report is more than 60 seconds old because the device is offline.",
    },
  } as const,
});

export const LockState = builder.enumType("LockState", {
  description: "State of the lock. It is independent of the door leaf: an open door can be locked.",
  values: {
    LOCKED: { value: "Locked", description: "The lock is engaged and keeps a closed door shut." },
    UNLOCKED: { value: "Unlocked", description: "The lock is released, for a moment or for a hold." },
    UNKNOWN: {
      value: "Unknown",
      description:
        "The device does not report the lock, or the last report is more than 60 seconds old because the device is offline.",
    },
  } as const,
});

export const DoorMode = builder.enumType("DoorMode", {
  description: "What decides whether the lock of a door is released.",
  values: {
    NORMAL: { value: "Normal", description: "Credentials and access schedules release the lock." },
    HOLD_OPEN: { value: "HoldOpen", description: "The lock stays released for everybody until the hold ends." },
    HOLD_LOCKED: {
      value: "HoldLocked",
      description: "The lock stays engaged until the hold ends, even for people who are allowed to enter.",
    },
    UNKNOWN: { value: "Unknown", description: "The device does not report the mode." },
  } as const,
});

export const DoorAlarm = builder.enumType("DoorAlarm", {
  description: "The alarm that is active at a door.",
  values: {
    NO_ALARM: { value: "None", description: "No alarm is active at the door." },
    FORCED_OPEN: { value: "ForcedOpen", description: "The door was opened although the lock was not released." },
    HELD_OPEN: { value: "HeldOpen", description: "The door has stayed open longer than allowed." },
    TAMPER: { value: "Tamper", description: "The cover of the device was opened." },
    INPUT: { value: "Input", description: "The alarm input of the device is active." },
    OTHER: {
      value: "Other",
      description: "The device reports an alarm that this version of the schema does not know.",
    },
  } as const,
});

export const AccessEventKind = builder.enumType("AccessEventKind", {
  description: "What happened at a door.",
  values: {
    ACCESS_GRANTED: { value: "AccessGranted", description: "The device recognized a person and released the lock." },
    ACCESS_DENIED: {
      value: "AccessDenied",
      description: "The device did not let a person pass; `reason` says why, if the device reports it.",
    },
    DOOR_OPENED: { value: "DoorOpened", description: "The door leaf was opened after a release of the lock." },
    DOOR_CLOSED: { value: "DoorClosed", description: "The door leaf was closed." },
    DOOR_FORCED_OPEN: {
      value: "DoorForcedOpen",
      description: "The door leaf was opened although the lock was not released.",
    },
    DOOR_HELD_OPEN: { value: "DoorHeldOpen", description: "The door leaf stayed open longer than allowed." },
    EXIT_BUTTON: { value: "ExitButton", description: "Somebody inside released the lock with the exit button." },
    REMOTE_OPEN: { value: "RemoteOpen", description: "A command such as `openDoor` released the lock." },
    REMOTE_LOCK: { value: "RemoteLock", description: "A command such as `lockDoor` locked the door." },
    HOLD_STARTED: { value: "HoldStarted", description: "A hold began: the door stays open or locked until it ends." },
    HOLD_RELEASED: { value: "HoldReleased", description: "A hold ended and the door returned to normal." },
    TAMPER: { value: "Tamper", description: "The cover of the device was opened." },
    INPUT_ALARM: { value: "InputAlarm", description: "The alarm input of the device became active." },
    DURESS: {
      value: "Duress",
      description:
        "A person opened the door under threat and signaled it, for example with a finger that is enrolled for this.",
    },
    OTHER: {
      value: "Other",
      description: "Something that this version of the schema does not know. It cannot be used to filter.",
    },
  } as const,
});

export const AccessScheduleDay = builder.enumType("AccessScheduleDay", {
  description: "A day of a weekly access schedule.",
  values: {
    MONDAY: { value: "Monday", description: "The windows of this day apply on Mondays." },
    TUESDAY: { value: "Tuesday", description: "The windows of this day apply on Tuesdays." },
    WEDNESDAY: { value: "Wednesday", description: "The windows of this day apply on Wednesdays." },
    THURSDAY: { value: "Thursday", description: "The windows of this day apply on Thursdays." },
    FRIDAY: { value: "Friday", description: "The windows of this day apply on Fridays." },
    SATURDAY: { value: "Saturday", description: "The windows of this day apply on Saturdays." },
    SUNDAY: { value: "Sunday", description: "The windows of this day apply on Sundays." },
    HOLIDAY: { value: "Holiday", description: "The windows of this day apply on the holidays that the device knows." },
  } as const,
});

export const LockDoorMode = builder.enumType("LockDoorMode", {
  description: "What `lockDoor` does with a door.",
  values: {
    LOCK: { value: "Lock", description: "Lock the door now, and end a running release or hold." },
    HOLD_LOCKED: {
      value: "HoldLocked",
      description: "Keep the door locked for everybody, for `holdSeconds` or until it is released.",
    },
    HOLD_OPEN: {
      value: "HoldOpen",
      description: "Keep the door unlocked for everybody, for `holdSeconds` or until it is released.",
    },
    RELEASE: {
      value: "Release",
      description: "End a hold: credentials and access schedules decide again.",
    },
  } as const,
});
