import { builder } from "../kernel/builder.ts";
import { CommandOptions } from "../command/refs.ts";
import { AccessScheduleDay, LockDoorMode } from "./access.enums.ts";

export const OpenDoorInput = builder.inputType("OpenDoorInput", {
  description: "Of openDoor.",
  fields: (t) => ({
    serialNumber: t.string({ required: true, description: "Device." }),
    doorNumber: t.int({ required: true, defaultValue: 1, description: "Door." }),
    durationSeconds: t.int({ required: true, defaultValue: 5, description: "Release for, 1 to 254." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

export const LockDoorInput = builder.inputType("LockDoorInput", {
  description: "Of lockDoor.",
  fields: (t) => ({
    serialNumber: t.string({ required: true, description: "Device." }),
    doorNumber: t.int({ required: true, defaultValue: 1, description: "Door." }),
    mode: t.field({ type: LockDoorMode, required: true, defaultValue: "Lock", description: "What." }),
    holdSeconds: t.int({ description: "Hold for, 1 to 86400; left out: until released." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});

const AccessWindowInput = builder.inputType("AccessWindowInput", {
  description: "Opening hours on one day; both minutes belong to them.",
  fields: (t) => ({
    start: t.field({ type: "LocalTime", required: true, description: "From." }),
    end: t.field({ type: "LocalTime", required: true, description: "To, not before the start." }),
  }),
});

const AccessScheduleDayInput = builder.inputType("AccessScheduleDayInput", {
  description: "One day of a schedule.",
  fields: (t) => ({
    day: t.field({ type: AccessScheduleDay, required: true, description: "Which." }),
    windows: t.field({ type: [AccessWindowInput], required: true, description: "Up to 5; none means no access." }),
  }),
});

export const SetAccessScheduleInput = builder.inputType("SetAccessScheduleInput", {
  description: "Of setAccessSchedule; replaces the schedule.",
  fields: (t) => ({
    serialNumbers: t.stringList({ required: true, description: "Devices." }),
    scheduleId: t.int({ required: true, description: "Slot, 1 to 8." }),
    name: t.string({ description: "Label." }),
    days: t.field({ type: [AccessScheduleDayInput], required: true, description: "The week." }),
    employeeCodes: t.stringList({ description: "Only for these users." }),
    doorNumbers: t.intList({ description: "Only for these doors." }),
    options: t.field({ type: CommandOptions, description: "How." }),
  }),
});
