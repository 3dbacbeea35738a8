import type { EventName } from "../../contract/events.ts";
import type { EventKind } from "../../events/event.ts";
import type { EventFilter } from "../../events/hub/subscription-spec.ts";
import { Command } from "../command/refs.ts";
import { badUserInput, requireAtMost, requireSome } from "../kernel/arguments.ts";
import type { Context } from "../kernel/context.ts";
import { builder } from "../kernel/builder.ts";
import type { Viewer, Scope } from "../kernel/viewer.ts";
import { type SubscriptionFieldSource, subscriptionExtensions } from "../kernel/subscription-source.ts";
import { kindsFor } from "./kinds.ts";
import { GatewayEventKind } from "./realtime.enums.ts";
import { missingDevices } from "../device/device.ts";
import { DeviceStatusChanged, EnrollmentUpdated, GatewayEvent, PunchAdded } from "./refs.ts";

type FieldBuilder = Parameters<Parameters<typeof builder.subscriptionFields>[0]>[0];
type ArgumentBuilder = FieldBuilder["arg"];

const MAX_FILTER_VALUES = 1_000;
/** How many serial numbers an error names. */
const MAX_NAMED = 5;

/** The arguments that filter events. */
const FILTERS = {
  serialNumbers: (arg: ArgumentBuilder) =>
    arg.stringList({
      description:
        "Deliver only events of the devices with these serial numbers, 1 to 1,000. Upper and lower case differ, and a serial " +
        "number that the gateway does not have is an error. Omit it for all devices.",
    }),
  employeeCodes: (arg: ArgumentBuilder) =>
    arg.stringList({
      description:
        "Deliver only events of the users with these employee codes, 1 to 1,000. Any code is allowed, because devices also " +
        "report people whom the gateway does not know. Omit it for all users.",
    }),
  kinds: (arg: ArgumentBuilder) =>
    arg({
      type: [GatewayEventKind],
      description: "Deliver only events of these kinds, at least one. Omit it for all kinds.",
    }),
};

interface FilterValues {
  readonly serialNumbers?: readonly string[] | null | undefined;
  readonly employeeCodes?: readonly string[] | null | undefined;
  readonly kinds?: readonly EventKind[] | null | undefined;
}

const setOf = (
  values: readonly string[] | null | undefined,
  argument: keyof FilterValues,
): ReadonlySet<string> | null =>
  values == null ? null : new Set(requireAtMost(requireSome(values, argument), MAX_FILTER_VALUES, argument));

const filterOf = ({ serialNumbers, employeeCodes, kinds }: FilterValues, viewer: Viewer): EventFilter => ({
  kinds: new Set(kindsFor(viewer, kinds && requireSome(kinds, "kinds"))),
  serialNumbers: setOf(serialNumbers, "serialNumbers"),
  employeeCodes: setOf(employeeCodes, "employeeCodes"),
});

/**
 * Rejects serial numbers that the gateway does not have: a filter with a wrong letter would deliver nothing and report nothing. While the
 * gateway cannot be asked, every serial number is accepted.
 */
const checkDevices = ({ serialNumbers }: FilterValues, context: Context): Promise<void> | undefined =>
  missingDevices(requireAtMost(serialNumbers ?? [], MAX_FILTER_VALUES, "serialNumbers"), context)?.then((missing) => {
    if (missing.length === 0) return;
    const rule = "`serialNumbers` must name devices of the account, where upper and lower case differ";
    throw badUserInput("serialNumbers", `${rule}; it has no ${missing.slice(0, MAX_NAMED).join(", ")}.`);
  });

/** The hub executes identical subscriptions once for all their subscribers; graphql-js would execute each of them for itself. */
const servedByHub = (source: SubscriptionFieldSource) => ({
  extensions: { ...subscriptionExtensions(source) },
  subscribe: (): never => {
    throw new Error("Only the hub serves subscriptions.");
  },
  resolve: (result: unknown) => result as never,
});

interface EventField {
  readonly type: typeof GatewayEvent | typeof PunchAdded;
  readonly description: string;
  /** The only kind of event that the field delivers. @default all kinds, or those of the argument `kinds` */
  readonly kind?: EventName;
  readonly filters: readonly (keyof typeof FILTERS)[];
  readonly requiresScopes?: readonly Scope[];
  readonly authenticated?: true;
  readonly tag?: string;
}

/** A subscription field that delivers events from the log: replayed after the cursor `after`, then live. */
const eventField = (t: FieldBuilder, { kind, filters, ...options }: EventField) =>
  t.field({
    ...options,
    upstream: kind === undefined ? [] : [kind],
    args: {
      after: t.arg({
        type: "EventCursor",
        description:
          "Resume after this cursor: the events since then are delivered first, with `replayed: true`, then live events. " +
          "Omit it to receive only new events.",
      }),
      ...Object.fromEntries(filters.map((name) => [name, FILTERS[name](t.arg)])),
    },
    ...servedByHub({
      kind: "events",
      // The schema has coerced the arguments to the types of FILTERS.
      filterOf: (args: FilterValues, viewer) =>
        filterOf(kind === undefined ? args : { ...args, kinds: [kind] }, viewer),
      check: (args: FilterValues, context) => checkDevices(args, context),
    }),
  });

builder.subscriptionType({
  description:
    "Live events over WebSocket or server-sent events. After a broken connection, subscribe again with the last `cursor` " +
    "as `after`: missed events are delivered first, then live ones, without loss or duplicates. An event with `gap: true` " +
    "says where the log could not guarantee this. Doors have no live events; query `door` or `accessEvents` instead.",
});

builder.subscriptionFields((t) => ({
  punchAdded: eventField(t, {
    type: PunchAdded,
    description:
      "Delivers every punch as the gateway reports it, including punches that an offline device sends late. " +
      "To show today's punches first, query `attendanceToday` and pass its `cursor` as `after`.",
    kind: "attendance.new",
    requiresScopes: ["attendance:read"],
    filters: ["serialNumbers", "employeeCodes"],
  }),
  deviceStatusChanged: eventField(t, {
    type: DeviceStatusChanged,
    description: "Delivers every change of a device's status or health: connection, event queue, license and clock.",
    kind: "device.status",
    requiresScopes: ["devices:read"],
    filters: ["serialNumbers"],
  }),
  enrollmentUpdated: eventField(t, {
    type: EnrollmentUpdated,
    description:
      "Delivers every change of a user or credential on a device, whether a command or somebody at the terminal made it.",
    kind: "enrollment.update",
    requiresScopes: ["users:read"],
    filters: ["serialNumbers", "employeeCodes"],
  }),
  commandUpdated: t.field({
    type: Command,
    description:
      "Delivers a command at once and on every change of its status, and completes when the status is final. " +
      "A client that reads slowly may skip intermediate states.",
    alsoUpstream: ["GetCommandStatus"],
    authenticated: true,
    args: {
      id: t.arg.id({
        required: true,
        description: "Global ID of the command, as the mutation returned it in `Command.id`.",
      }),
    },
    ...servedByHub({ kind: "command" }),
  }),
  events: eventField(t, {
    type: GatewayEvent,
    description:
      "Delivers events of all kinds in the order of the log. Events whose kind the caller's scopes do not allow to read " +
      "are left out.",
    authenticated: true,
    tag: "operations",
    filters: ["kinds"],
  }),
}));
