import { builder } from "../kernel/builder.ts";
import { CommandOptions } from "../command/refs.ts";
import { AccessScheduleDay, LockDoorMode } from "./access.enums.ts";

const DOOR_OPTIONS =
  "Idempotency key, waiting time, expiry, and the reason for the access log. Without options the command expires after " +
  "30 seconds, and is not queued for a device that is known to be offline.";

export const OpenDoorInput = builder.inputType("OpenDoorInput", {
  description: "The door that `openDoor` opens, and for how long.",
  fields: (t) => ({
    serialNumber: t.string({ required: true, description: "Serial number of the device that drives the door." }),
    doorNumber: t.int({
      required: true,
      defaultValue: 1,
      description: "Number of the door on its device, from 1; see `Door.number`.",
    }),
    durationSeconds: t.int({
      required: true,
      defaultValue: 5,
      description: "How many seconds the lock stays released, from 1 to 254.",
    }),
    options: t.field({
      type: CommandOptions,
      description: DOOR_OPTIONS,
    }),
  }),
});

export const LockDoorInput = builder.inputType("LockDoorInput", {
  description: "The door that `lockDoor` locks, holds or releases.",
  fields: (t) => ({
    serialNumber: t.string({ required: true, description: "Serial number of the device that drives the door." }),
    doorNumber: t.int({
      required: true,
      defaultValue: 1,
      description: "Number of the door on its device, from 1; see `Door.number`.",
    }),
    mode: t.field({
      type: LockDoorMode,
      required: true,
      defaultValue: "Lock",
      description: "Whether to lock the door once, to start a hold, or to end one.",
    }),
    holdSeconds: t.int({
      description:
        "How many seconds a hold lasts, from 1 to 86400. Omit it to hold the door until it is released. " +
        "Only `HOLD_LOCKED` and `HOLD_OPEN` accept it.",
    }),
    options: t.field({
      type: CommandOptions,
      description: DOOR_OPTIONS,
    }),
  }),
});

const AccessWindowInput = builder.inputType("AccessWindowInput", {
  description:
    "A period of one day in which access is allowed, including both minutes: `00:00` to `23:59` is the whole day. " +
    "Split a period that passes midnight into two.",
  fields: (t) => ({
    start: t.field({
      type: "LocalTime",
      required: true,
      description: "The first minute with access, `HH:mm` on the clock of the device.",
    }),
    end: t.field({
      type: "LocalTime",
      required: true,
      description: "The last minute with access, `HH:mm`; not earlier than `start`.",
    }),
  }),
});

const AccessScheduleDayInput = builder.inputType("AccessScheduleDayInput", {
  description: "When access is allowed on one day of the week, or on holidays.",
  fields: (t) => ({
    day: t.field({
      type: AccessScheduleDay,
      required: true,
      description: "The day of the week, or holidays. Each day may occur once.",
    }),
    windows: t.field({
      type: [AccessWindowInput],
      required: true,
      description: "The periods with access, at most 5. An empty list allows no access on this day.",
    }),
  }),
});

export const SetAccessScheduleInput = builder.inputType("SetAccessScheduleInput", {
  description: "An access schedule and the devices that store it. It replaces the schedule with the same `scheduleId`.",
  fields: (t) => ({
    serialNumbers: t.stringList({
      required: true,
      description: "Serial numbers of the devices that store the schedule, 1 to 100.",
    }),
    scheduleId: t.int({
      required: true,
      description: "Number of the schedule on the devices, from 1 to 8. Users refer to it by `accessScheduleId`.",
    }),
    name: t.string({ description: "Name of the schedule for people, at most 64 characters." }),
    days: t.field({
      type: [AccessScheduleDayInput],
      required: true,
      description: "The days with access, 1 to 8. A day that is omitted allows no access.",
    }),
    employeeCodes: t.stringList({
      description: "Employee codes of the users to assign to the schedule. Omit it to leave the assignments unchanged.",
    }),
    doorNumbers: t.intList({
      description: "Numbers of the doors to which the schedule applies. Omit it for all doors of the devices.",
    }),
    options: t.field({
      type: CommandOptions,
      description: "Idempotency key, waiting time and expiry of the commands.",
    }),
  }),
});
