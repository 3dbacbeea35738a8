import { pageArgs, periodArgs } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { Device } from "../device/refs.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { TimeOrder } from "../attendance/refs.ts";
import { CONNECTION_SIZE } from "../kernel/sizes.ts";
import { AccessEventKind } from "./access.enums.ts";
import { accessEvents, doorsOf } from "./access.ts";
import { AccessEvent, AccessEventConnection, Door } from "./refs.ts";

implementConnection(AccessEventConnection, {
  name: "AccessEvent",
  description: "Access events.",
  edgeDescription: "An access event in a page.",
  nodeDescription: "The event.",
  node: AccessEvent,
  nodeOf: (event) => event,
});

/** What a door's state is not needed for. */
const LABELS: ReadonlySet<string> = new Set(["__typename", "id", "number", "name", "device", "accessEvents"]);

builder.objectFields(Device, (t) => ({
  doors: t.field({
    type: [Door],
    nullable: true,
    description: "Its doors.",
    semanticNonNull: true,
    cost: 5,
    listSize: { assumedSize: 4 },
    resolve: ({ DeviceSN, record }, _args, context, info) => {
      if (record?.DoorCount === 0) return [];
      const state = [...selectedBelow(info)].some((name) => !LABELS.has(name));
      return doorsOf(DeviceSN, state, context);
    },
  }),
  accessEvents: t.field({
    type: AccessEventConnection,
    nullable: true,
    description: "Events at its doors.",
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
    resolve: ({ DeviceSN }, args, context) => accessEvents({ DeviceSN }, args, context),
  }),
}));
