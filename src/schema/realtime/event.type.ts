import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import { commandOfEvent } from "../command/command.ts";
import { Device, DeviceStatus, DeviceStatusReason, QueueStatus } from "../device/refs.ts";
import { Punch } from "../attendance/refs.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { Credential, Enrollment } from "../user/refs.ts";
import { credentialOf, deviceOf, occurredAt, punchOf, statusOf, updateOf } from "./event.ts";
import { EnrollmentAction } from "./realtime.enums.ts";
import { DeviceStatusChanged, EnrollmentUpdated, GatewayEvent, GatewayEventPage, PunchAdded } from "./refs.ts";

const TYPE_NAMES = {
  "attendance.new": "PunchAdded",
  "device.status": "DeviceStatusChanged",
  "enrollment.update": "EnrollmentUpdated",
  other: undefined,
} as const;

builder.interfaceType(GatewayEvent, {
  description: "A callback of the gateway, deduplicated and logged.",
  resolveType: ({ event }) => TYPE_NAMES[event.body.kind],
  fields: (t) => ({
    cursor: t.field({
      type: "EventCursor",
      description: "Position in the log; resume behind it with `after`.",
      resolve: ({ cursor }) => cursor,
    }),
    occurredAt: t.field({
      type: "DateTime",
      description: "When it happened.",
      resolve: ({ event }, _args, context) => occurredAt(event, context),
    }),
    receivedAt: t.field({
      type: "DateTime",
      description: "When the first delivery was accepted.",
      resolve: ({ event }) => event.receivedAt,
    }),
    replayed: t.boolean({
      description: "Whether it comes from the log rather than live.",
      resolve: ({ replayed }) => replayed,
    }),
    gap: t.boolean({
      description: "Whether events before it are lost: read the state again by query.",
      resolve: ({ gap }) => gap,
    }),
  }),
});

builder.objectType(PunchAdded, {
  guardedBy: "attendance:read",
  description: "A punch arrived.",
  interfaces: [GatewayEvent],
  fields: (t) => ({
    punch: t.field({ type: Punch, description: "The punch.", resolve: ({ event }) => punchOf(event) }),
  }),
});

builder.objectType(DeviceStatusChanged, {
  guardedBy: "devices:read",
  description: "A device came, went or changed its health.",
  interfaces: [GatewayEvent],
  fields: (t) => ({
    device: t.field({
      type: Device,
      description: "The device as it is now.",
      resolve: (delivery) => deviceOf(delivery),
    }),
    status: t.field({
      type: DeviceStatus,
      description: "Status after the change.",
      resolve: ({ event }) => statusOf(event).Status,
    }),
    previousStatus: t.field({
      type: DeviceStatus,
      nullable: true,
      description: "Status before.",
      resolve: ({ event }) => statusOf(event).PreviousStatus,
    }),
    reason: t.field({
      type: DeviceStatusReason,
      nullable: true,
      description: "Why.",
      resolve: ({ event }) => statusOf(event).Reason,
    }),
    queueDepth: t.int({
      nullable: true,
      description: "Commands waiting.",
      resolve: ({ event }) => statusOf(event).QueueDepth,
    }),
    queueStatus: t.field({
      type: QueueStatus,
      nullable: true,
      description: "Callback queue.",
      resolve: ({ event }) => statusOf(event).QueueStatus,
    }),
  }),
});

builder.objectType(EnrollmentUpdated, {
  guardedBy: "users:read",
  description: "A user or credential landed on a device, left it, or was refused.",
  interfaces: [GatewayEvent],
  fields: (t) => ({
    enrollment: t.field({
      type: Enrollment,
      description: "The user on the device.",
      resolve: ({ event }) => ({ DeviceSN: event.DeviceSN, EmployeeCode: updateOf(event).EmployeeCode }),
    }),
    action: t.field({
      type: EnrollmentAction,
      description: "What changed.",
      resolve: ({ event }) => updateOf(event).Action,
    }),
    succeeded: t.boolean({
      description: "Whether it worked.",
      resolve: ({ event }) => updateOf(event).EnrollmentStatus === "Completed",
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why not.",
      resolve: ({ event }) => updateOf(event).FailureReason,
    }),
    credential: t.field({
      type: Credential,
      nullable: true,
      description: "Credential concerned.",
      resolve: ({ event }) => credentialOf(event),
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "Command it ends; null when done at the terminal.",
      resolve: ({ event }, _args, context, info) => commandOfEvent(updateOf(event), selectedBelow(info), context),
    }),
  }),
});

builder.objectType(GatewayEventPage, {
  description: "Logged events, oldest first.",
  fields: (t) => ({
    nodes: t.field({
      type: [GatewayEvent],
      description: "The events.",
      resolve: ({ deliveries }) => [...deliveries],
    }),
    cursor: t.field({
      type: "EventCursor",
      nullable: true,
      description: "Pass as `after` next time.",
      resolve: ({ cursor }) => cursor,
    }),
    hasMore: t.boolean({ description: "Whether more are waiting.", resolve: ({ hasMore }) => hasMore }),
  }),
});
