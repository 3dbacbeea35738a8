import { GraphQLError } from "graphql";
import type { EventKind } from "../../events/event.ts";
import { badUserInput } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import { Command } from "../command/refs.ts";
import type { Viewer } from "../kernel/context.ts";
import { kindsFor } from "./kinds.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { DeviceStatusChanged, EnrollmentUpdated, GatewayEvent, PunchAdded } from "./refs.ts";

interface Filters {
  readonly serialNumbers?: readonly string[] | null | undefined;
  readonly employeeCodes?: readonly string[] | null | undefined;
  readonly kinds?: readonly EventKind[] | null | undefined;
}

const MOST = 1_000;

const setOf = (name: string, values: readonly string[] | null | undefined): ReadonlySet<string> | null => {
  if (values == null) return null;
  if (values.length > MOST) throw badUserInput(name, `At most ${MOST}, ${values.length} came.`);
  return new Set(values);
};

/** What a subscription's arguments select from the log, of what the viewer may read; transports hand it to the hub. */
const feedOf =
  (...kinds: readonly EventKind[]) =>
  ({ serialNumbers, employeeCodes, kinds: wanted }: Filters, viewer: Viewer) => ({
    kinds: new Set(kindsFor(viewer, kinds.length === 0 ? wanted : kinds)),
    serialNumbers: setOf("serialNumbers", serialNumbers),
    employeeCodes: setOf("employeeCodes", employeeCodes),
  });

/** The hub serves subscriptions, once for all who ask the same; an executor of its own would run each for itself. */
const servedByHub = (): never => {
  const message = "Subscriptions are served over WebSocket, and to clients that accept text/event-stream.";
  throw new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 406 } } });
};

builder.subscriptionType({
  description: "Live events; with `after`, first what was missed, then live, without a seam.",
});

builder.subscriptionFields((t) => ({
  punchAdded: t.field({
    type: PunchAdded,
    description: "Every punch.",
    upstream: ["attendance.new"],
    requiresScopes: ["attendance:read"],
    args: {
      after: t.arg({ type: "EventCursor", description: "Behind this position." }),
      serialNumbers: t.arg.stringList({ description: "Only these devices." }),
      employeeCodes: t.arg.stringList({ description: "Only these users." }),
    },
    extensions: { feedOf: feedOf("attendance.new") },
    subscribe: servedByHub,
    resolve: (delivery) => delivery as never,
  }),
  deviceStatusChanged: t.field({
    type: DeviceStatusChanged,
    description: "Every change of a device's status.",
    upstream: ["device.status"],
    requiresScopes: ["devices:read"],
    args: {
      after: t.arg({ type: "EventCursor", description: "Behind this position." }),
      serialNumbers: t.arg.stringList({ description: "Only these devices." }),
    },
    extensions: { feedOf: feedOf("device.status") },
    subscribe: servedByHub,
    resolve: (delivery) => delivery as never,
  }),
  enrollmentUpdated: t.field({
    type: EnrollmentUpdated,
    description: "Every change of users and credentials on devices.",
    upstream: ["enrollment.update"],
    requiresScopes: ["users:read"],
    args: {
      after: t.arg({ type: "EventCursor", description: "Behind this position." }),
      serialNumbers: t.arg.stringList({ description: "Only these devices." }),
      employeeCodes: t.arg.stringList({ description: "Only these users." }),
    },
    extensions: { feedOf: feedOf("enrollment.update") },
    subscribe: servedByHub,
    resolve: (delivery) => delivery as never,
  }),
  commandUpdated: t.field({
    type: Command,
    description: "A command, now and on every change until it is final.",
    alsoUpstream: ["GetCommandStatus"],
    authenticated: true,
    args: { id: t.arg.id({ required: true, description: "Which." }) },
    extensions: { followsCommand: true },
    subscribe: servedByHub,
    resolve: (command) => command as never,
  }),
  events: t.field({
    type: GatewayEvent,
    description: "All events; kinds the caller may not read are left out.",
    authenticated: true,
    tag: "operations",
    args: {
      after: t.arg({ type: "EventCursor", description: "Behind this position." }),
      kinds: t.arg({ type: [GatewayEventKind], description: "Only these kinds." }),
    },
    extensions: { feedOf: feedOf() },
    subscribe: servedByHub,
    resolve: (delivery) => delivery as never,
  }),
}));
