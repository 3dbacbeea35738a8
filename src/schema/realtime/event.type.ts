import { definitionOf } from "../../contract/events.ts";
import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import { commandOfEvent } from "../command/command.ts";
import { Device, DeviceStatus, DeviceStatusReason, QueueStatus } from "../device/refs.ts";
import { Punch } from "../attendance/refs.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { Credential, Enrollment } from "../user/refs.ts";
import { credentialOf, deviceOf, occurredAt, punchOf, statusOf, updateOf } from "./event.ts";
import { EnrollmentAction } from "./realtime.enums.ts";
import {
  DeviceStatusChanged,
  EnrollmentUpdated,
  GatewayEvent,
  GatewayEventPage,
  LatestPunches,
  PunchAdded,
} from "./refs.ts";

builder.interfaceType(GatewayEvent, {
  description:
    "An event that the gateway pushed. Portico removes duplicates and keeps the newest 100,000 events in a log, from " +
    "which clients resume after a broken connection.",
  resolveType: ({ event }) => definitionOf(event.body.kind)?.graphql.type,
  fields: (t) => ({
    cursor: t.field({
      type: "EventCursor",
      description:
        "Position of the event in the log. Store the last one that you processed, and pass it as `after` when you " +
        "subscribe again.",
      resolve: ({ cursor }) => cursor,
    }),
    previousCursor: t.field({
      type: "EventCursor",
      nullable: true,
      description:
        "Cursor of the event before this one among those that your subscription or query selects. If it is not null and not " +
        "the cursor of the last event that you received, a proxy or a router has reconnected without you and events are " +
        "missing: subscribe again with your last cursor as `after`. For the first event of a new log it is the position at " +
        "which the log begins. Null where the event before is not known, for example after a gap.",
      resolve: ({ previousCursor }) => previousCursor,
    }),
    occurredAt: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant at which it happened, according to the device or the gateway. An offline device reports late, so " +
        "events are not ordered by it. Null, with an error, if the offset of the device's clock cannot be determined.",
      semanticNonNull: true,
      resolve: ({ event }, _args, context) => occurredAt(event, context),
    }),
    receivedAt: t.field({
      type: "DateTime",
      description: "The instant at which Portico first received the event from the gateway.",
      resolve: ({ event }) => event.receivedAt,
    }),
    replayed: t.boolean({
      description:
        "Whether the event comes from the log because it happened before you subscribed. Do not alert users to " +
        "replayed events as if they had just happened.",
      resolve: ({ replayed }) => replayed,
    }),
    gap: t.boolean({
      description:
        "Whether events between the previous event and this one may be lost, because your cursor is older than the log. " +
        "Query the current state again, for example with `attendanceToday`, and continue with the subscription.",
      resolve: ({ gap }) => gap,
    }),
  }),
});

builder.objectType(PunchAdded, {
  guardedBy: "attendance:read",
  description: "A device reported a punch. An offline device reports its punches when it is online again.",
  interfaces: [GatewayEvent],
  fields: (t) => ({
    punch: t.field({
      type: Punch,
      description: "The punch that the device reported.",
      resolve: (delivery) => punchOf(delivery),
    }),
  }),
});

builder.objectType(DeviceStatusChanged, {
  guardedBy: "devices:read",
  description: "A device went online or offline, or its health changed: event queue, license or clock.",
  interfaces: [GatewayEvent],
  fields: (t) => ({
    device: t.field({
      type: Device,
      description: "The device as it is now. Its status in a live event is the status after the change.",
      resolve: (delivery) => deviceOf(delivery),
    }),
    status: t.field({
      type: DeviceStatus,
      description: "Status of the device after the change.",
      resolve: ({ event }) => statusOf(event).Status,
    }),
    previousStatus: t.field({
      type: DeviceStatus,
      nullable: true,
      description: "Status of the device before the change; null if the gateway does not report it.",
      resolve: ({ event }) => statusOf(event).PreviousStatus,
    }),
    reason: t.field({
      type: DeviceStatusReason,
      nullable: true,
      description: "Why the status changed; null if the gateway does not report it.",
      resolve: ({ event }) => statusOf(event).Reason,
    }),
    queueDepth: t.int({
      nullable: true,
      description:
        "Number of commands that wait for the device, including the one in progress. Null if the gateway does not report it.",
      resolve: ({ event }) => statusOf(event).QueueDepth,
    }),
    queueStatus: t.field({
      type: QueueStatus,
      nullable: true,
      description:
        "State of the queue of events that the gateway sends for this device; null if the gateway does not report it. While it " +
        "is `STUCK`, no events of the device arrive: see `resetDeviceQueue`. Commands wait in another queue: see `queueDepth`.",
      resolve: ({ event }) => statusOf(event).QueueStatus,
    }),
  }),
});

const OUTCOMES = { Completed: true, Failed: false, Unknown: null } as const;

builder.objectType(EnrollmentUpdated, {
  guardedBy: "users:read",
  description:
    "A user or a credential was added to a device, changed or removed there, or the device failed to do so. Changes that " +
    "somebody makes at the terminal are reported too.",
  interfaces: [GatewayEvent],
  fields: (t) => ({
    enrollment: t.field({
      type: Enrollment,
      description: "The user on this device, as it is now.",
      resolve: ({ event }) => ({ DeviceSN: event.DeviceSN, EmployeeCode: updateOf(event).EmployeeCode }),
    }),
    action: t.field({
      type: EnrollmentAction,
      description: "What changed on the device, or should have changed if `succeeded` is false.",
      resolve: ({ event }) => updateOf(event).Action,
    }),
    succeeded: t.boolean({
      nullable: true,
      description:
        "Whether the device made the change; null if the gateway does not say it, or in words that are not known. False also " +
        "after a command that expired or was cancelled.",
      resolve: ({ event }) => OUTCOMES[updateOf(event).EnrollmentStatus],
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why the change failed, in words for people; null if it succeeded or no reason is known.",
      resolve({ event }) {
        const { EnrollmentStatus, FailureReason } = updateOf(event);
        return EnrollmentStatus === "Completed" ? null : FailureReason;
      },
    }),
    credential: t.field({
      type: Credential,
      nullable: true,
      description:
        "The credential that changed, or should have changed if `succeeded` is false, as the gateway has it now: without size, " +
        "algorithm and time if it has none. Null if the event is about the user, and with an error if it is about a finger of which the " +
        "gateway does not say the number.",
      resolve: ({ event }) => credentialOf(event),
    }),
    command: t.field({
      type: Command,
      nullable: true,
      description: "The command that caused the change; null if somebody made it at the terminal.",
      resolve: ({ event }, _args, context, info) => commandOfEvent(updateOf(event), selectedBelow(info), context),
    }),
  }),
});

builder.objectType(GatewayEventPage, {
  description:
    "A page of logged events, oldest first. To read on, pass `cursor` as `after`; wait before the next query if " +
    "`hasMore` is false.",
  fields: (t) => ({
    nodes: t.field({
      type: [GatewayEvent],
      description: "The events of this page; all of them have `replayed: true`.",
      resolve: ({ deliveries }) => [...deliveries],
    }),
    cursor: t.field({
      type: "EventCursor",
      nullable: true,
      description:
        "Cursor to pass as `after` for the next page, also if this page is empty. Null if there is no position in the log.",
      resolve: ({ cursor }) => cursor,
    }),
    gap: t.boolean({
      description:
        "Whether events between your cursor and the end of this page may be lost, also if this page is empty. Each gap is " +
        "reported once: query the current state again, and continue with `cursor`.",
      resolve: ({ gap }) => gap,
    }),
    hasMore: t.boolean({
      description:
        "Whether the log has events after this page. A page can be short or empty while it is true, because events of " +
        "other kinds are skipped.",
      resolve: ({ hasMore }) => hasMore,
    }),
  }),
});

builder.objectType(LatestPunches, {
  requiresScopes: ["attendance:read"],
  description:
    "The newest punches that Portico has received, and the cursor at which a subscription continues from them.",
  fields: (t) => ({
    nodes: t.field({
      type: [PunchAdded],
      description: "The punches in the order of their arrival, newest first; all of them have `replayed: true`.",
      resolve: ({ deliveries }) => [...deliveries],
    }),
    cursor: t.field({
      type: "EventCursor",
      description:
        "Cursor to pass to `punchAdded(after:)`: the subscription delivers every punch that arrived after these.",
      resolve: ({ cursor }) => cursor,
    }),
  }),
});
