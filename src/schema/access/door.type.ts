import { pageArgs, periodArgs } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { Node } from "../kernel/node.ts";
import { AccessEvent, AccessEventConnection, Door } from "./refs.ts";
import { Device } from "../device/refs.ts";
import { AccessEventKind, DoorAlarm, DoorMode, DoorState, LockState } from "./access.enums.ts";
import { PunchDirection, TimeOrder, VerificationMethod } from "../attendance/refs.ts";
import { User } from "../user/refs.ts";
import { Command } from "../command/refs.ts";
import { doorId } from "../kernel/ids.ts";
import { requireReported } from "../kernel/facts.ts";
import { instantAt } from "../kernel/instants.ts";
import { commandById } from "../command/command.ts";
import { CONNECTION_SIZE } from "../kernel/sizes.ts";
import { accessEvents, doorFact } from "./access.ts";

builder.objectType(Door, {
  key: "device { serialNumber } number",
  description: "A door driven by a device; its state is the last known, all of it read by one call.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: "Global id.",
      resolve: ({ DeviceSN, DoorNo }) => doorId(DeviceSN, DoorNo),
    }),
    device: t.field({ type: Device, description: "Its device.", resolve: ({ DeviceSN }) => ({ DeviceSN }) }),
    number: t.int({ description: "Number on the device, from 1.", resolve: ({ DoorNo }) => DoorNo }),
    name: t.string({
      nullable: true,
      description: "Label.",
      resolve: (door, _args, context) =>
        door.label === undefined ? doorFact(door, context, (record) => record.DoorLabel) : door.label,
    }),
    state: t.field({
      type: DoorState,
      nullable: true,
      description: "The leaf.",
      upstream: ["GetDoorStatus"],
      semanticNonNull: true,
      cost: 5,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.State),
    }),
    lock: t.field({
      type: LockState,
      nullable: true,
      description: "The lock.",
      alsoUpstream: ["GetDoorStatus"],
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.LockState),
    }),
    mode: t.field({
      type: DoorMode,
      nullable: true,
      description: "What governs it.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.Mode),
    }),
    alarm: t.field({
      type: DoorAlarm,
      nullable: true,
      description: "Alarm.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.Alarm),
    }),
    sensorPresent: t.boolean({
      nullable: true,
      description: "Whether the leaf has a sensor.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) =>
        doorFact(door, context, (record) => requireReported(record.SensorPresent, "SensorPresent")),
    }),
    changedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last change.",
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => record.LastChangeTime),
    }),
    asOf: t.field({
      type: "DateTime",
      nullable: true,
      description: "When the state was true.",
      semanticNonNull: true,
      requiresScopes: ["doors:read"],
      resolve: (door, _args, context) => doorFact(door, context, (record) => requireReported(record.AsOf, "AsOf")),
    }),
    accessEvents: t.field({
      type: AccessEventConnection,
      nullable: true,
      description: "Events at this door.",
      alsoUpstream: ["GetAccessEvents"],
      semanticNonNull: true,
      cost: 10,
      requiresScopes: ["doors:read"],
      listSize: CONNECTION_SIZE,
      args: {
        ...periodArgs(t.arg),
        kinds: t.arg({ type: [AccessEventKind], description: "Only these kinds." }),
        order: t.arg({ type: TimeOrder, required: true, defaultValue: "Asc", description: "By time." }),
        ...pageArgs(t.arg),
      },
      resolve: ({ DeviceSN, DoorNo }, args, context) => accessEvents({ DeviceSN, DoorNo }, args, context),
    }),
  }),
});

builder.objectType(AccessEvent, {
  requiresScopes: ["doors:read"],
  description: "Something that happened at a door.",
  fields: (t) => ({
    id: t.id({ description: "Opaque id.", resolve: ({ EventID }) => EventID }),
    kind: t.field({ type: AccessEventKind, description: "What.", resolve: ({ EventType }) => EventType }),
    door: t.field({ type: Door, description: "Where.", resolve: ({ DeviceSN, DoorNo }) => ({ DeviceSN, DoorNo }) }),
    user: t.field({
      type: User,
      nullable: true,
      description: "Who, if anyone.",
      resolve: ({ EmployeeCode, EmployeeName, DeviceSN }) =>
        EmployeeCode === null ? null : { EmployeeCode, name: EmployeeName, seenOn: DeviceSN },
    }),
    at: t.field({
      type: "DateTime",
      description: "When.",
      resolve: (event, _args, context) => instantAt(event.EventTime, event.UtcOffset, event.DeviceSN, context),
    }),
    localTime: t.field({
      type: "LocalDateTime",
      description: "When, on the device's clock.",
      resolve: ({ EventTime }) => EventTime,
    }),
    method: t.field({
      type: VerificationMethod,
      nullable: true,
      description: "How the person was recognised.",
      resolve: ({ Type }) => Type,
    }),
    direction: t.field({
      type: PunchDirection,
      nullable: true,
      description: "In or out.",
      resolve: ({ Direction }) => Direction,
    }),
    reason: t.string({
      nullable: true,
      description: "Why, for example of a refusal.",
      resolve: ({ Reason }) => Reason,
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "Command behind it.",
      resolve: ({ CommandID }, _args, context) => (CommandID === null ? null : commandById(CommandID, context)),
    }),
  }),
});
