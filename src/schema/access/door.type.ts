import { CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { Node, doorId } from "../kernel/node.ts";
import { AccessEvent, AccessEventConnection, Door } from "./refs.ts";
import { Device } from "../device/refs.ts";
import { AccessEventKind, DoorAlarm, DoorMode, DoorState, LockState } from "./access.enums.ts";
import { accessEventArgs } from "./event.args.ts";
import { PunchDirection, VerificationMethod } from "../attendance/refs.ts";
import { User } from "../user/refs.ts";
import { Command } from "../command/refs.ts";
import { requireReadable, requireReported } from "../kernel/facts.ts";
import { instantAt } from "../kernel/instants.ts";
import { commandById } from "../command/command.ts";
import { accessEventId, accessEvents, doorFact, leafOf, lockOf } from "./access.ts";

builder.objectType(Door, {
  key: "device { serialNumber } number",
  description:
    "A door that a device drives. The gateway returns the last known state, even of an offline device; `asOf` says how " +
    "old it is. There are no live events for doors: query the door again, or follow your own command with " +
    "`commandUpdated`. The state is null, with an error, for callers without the scope `doors:read`.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: "Global ID, stable and unique among all types. Use it as a cache key, or pass it to `node`.",
      resolve: ({ DeviceSN, DoorNo }) => doorId(DeviceSN, DoorNo),
    }),
    device: t.field({
      type: Device,
      description: "The device that drives the door.",
      resolve: ({ DeviceSN }) => ({ DeviceSN }),
    }),
    number: t.int({
      description: "Number of the door on its device, from 1. Mutations take it as `doorNumber`.",
      resolve: ({ DoorNo }) => DoorNo,
    }),
    name: t.string({
      nullable: true,
      description: "Name of the door for people; null if it has none.",
      resolve: (door, _args, context) =>
        door.label === undefined ? doorFact(door, context, (record) => record.DoorLabel) : door.label,
    }),
    state: t.field({
      type: DoorState,
      nullable: true,
      description: "Whether the door leaf is open or closed, as the door sensor reports it.",
      upstream: ["GetDoorStatus"],
      semanticNonNull: true,
      cost: 5,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => leafOf(record, context)),
    }),
    lock: t.field({
      type: LockState,
      nullable: true,
      description: "Whether the lock is engaged, independently of the door leaf.",
      alsoUpstream: ["GetDoorStatus"],
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => lockOf(record, context)),
    }),
    mode: t.field({
      type: DoorMode,
      nullable: true,
      description: "Whether credentials and schedules control the lock, or a hold that `lockDoor` started.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.Mode),
    }),
    alarm: t.field({
      type: DoorAlarm,
      nullable: true,
      description: "The alarm that is active at the door, or `NO_ALARM`.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => requireReported(record.Alarm, "alarm")),
    }),
    sensorPresent: t.boolean({
      nullable: true,
      description: "Whether the door has a sensor for its leaf. Without one, `state` is always `UNKNOWN`.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) =>
        doorFact(door, context, (record) => requireReported(record.SensorPresent, "sensorPresent")),
    }),
    changedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant of the last change of the state; null if the gateway does not report it.",
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.LastChangeTime),
    }),
    asOf: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant at which the device last reported this state. Show it to the user if the device is offline.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => requireReported(record.AsOf, "asOf")),
    }),
    accessEvents: t.field({
      type: AccessEventConnection,
      nullable: true,
      description: "Events at this door in a period of at most 31 days. They are not delivered live.",
      alsoUpstream: ["GetAccessEvents"],
      semanticNonNull: true,
      cost: 10,
      requiresScopes: ["doors:read"],
      listSize: CONNECTION_SIZE,
      args: accessEventArgs(t.arg, "device"),
      resolve: ({ DeviceSN, DoorNo }, args, context) => accessEvents({ DeviceSN, DoorNo }, args, context),
    }),
  }),
});

builder.objectType(AccessEvent, {
  guardedBy: "doors:read",
  interfaces: [Node],
  description:
    "Something that happened at a door: access granted or denied, an opening, an alarm, or a remote command.",
  fields: (t) => ({
    id: t.id({
      description: "Global ID of the event. Do not parse it.",
      resolve: (event) => accessEventId(event),
    }),
    kind: t.field({
      type: AccessEventKind,
      description: "What happened at the door.",
      resolve: ({ EventType }) => EventType,
    }),
    door: t.field({
      type: Door,
      nullable: true,
      description: "The door at which it happened.",
      semanticNonNull: true,
      resolve: ({ DeviceSN, DoorNo }) => ({ DeviceSN, DoorNo: requireReported(DoorNo, "door") }),
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: "The person who was recognized; null if there was none, for example when a command opened the door.",
      resolve: ({ EmployeeCode: code, EmployeeName, DeviceSN }) => {
        const EmployeeCode = requireReadable(code, "user");
        return EmployeeCode === null ? null : { EmployeeCode, name: EmployeeName, seenOn: DeviceSN };
      },
    }),
    at: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant of the event in UTC, computed from `localTime` and the offset of the device's clock. If the gateway " +
        "reports no offset for it, the device's time zone is used, or else the device's own offset; null, with an error, if " +
        "there is neither.",
      semanticNonNull: true,
      resolve: (event, _args, context) => instantAt(event.EventTime, event.UtcOffset, event.DeviceSN, context),
    }),
    localTime: t.field({
      type: "LocalDateTime",
      description:
        "The wall-clock time that the device displayed, without a time zone. Sort by `at` to compare devices in " +
        "different time zones.",
      resolve: ({ EventTime }) => EventTime,
    }),
    method: t.field({
      type: VerificationMethod,
      nullable: true,
      description: "How the device recognized the person; null if nobody was recognized.",
      resolve: ({ Type }) => requireReadable(Type, "method"),
    }),
    direction: t.field({
      type: PunchDirection,
      nullable: true,
      description: "Whether the person came or left; null if the device does not report it.",
      resolve: ({ Direction }) => Direction,
    }),
    reason: t.string({
      nullable: true,
      description:
        "Why access was denied, or the `reason` that was sent with a remote command; null if there is no reason.",
      resolve: ({ Reason }) => Reason,
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description:
        "The remote command that caused the event; null if none did, or if the gateway no longer knows the command.",
      resolve: ({ CommandID }, _args, context) => {
        const id = requireReadable(CommandID, "command");
        return id === null ? null : commandById(id, context);
      },
    }),
  }),
});
