import { CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { Device } from "../device/refs.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { accessEvents, doorsOf } from "./access.ts";
import { accessEventArgs } from "./event.args.ts";
import { AccessEvent, AccessEventConnection, Door } from "./refs.ts";

implementConnection(AccessEventConnection, {
  name: "AccessEvent",
  description: "A page of access events. Read the next page with `after: pageInfo.endCursor`.",
  edgeDescription: "An access event and its cursor in a page of events.",
  nodeDescription: "The access event at this position of the page.",
  node: AccessEvent,
  nodeOf: (event) => event,
});

/** The fields of a door that do not need its state. */
const STATELESS_FIELDS: ReadonlySet<string> = new Set(["__typename", "id", "number", "name", "device", "accessEvents"]);

builder.objectFields(Device, (t) => ({
  doors: t.field({
    type: [Door],
    nullable: true,
    description: "The doors that this device drives; empty for a device without door relays.",
    semanticNonNull: true,
    cost: 5,
    listSize: { assumedSize: 4 },
    resolve: ({ DeviceSN, record }, _args, context, info) => {
      if (record?.DoorCount === 0) return [];
      return doorsOf(DeviceSN, !selectedBelow(info).isSubsetOf(STATELESS_FIELDS), context);
    },
  }),
  accessEvents: t.field({
    type: AccessEventConnection,
    nullable: true,
    description: "Events at the doors of this device in a period of at most 31 days. They are not delivered live.",
    alsoUpstream: ["GetAccessEvents"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["doors:read"],
    listSize: CONNECTION_SIZE,
    args: accessEventArgs(t.arg, "device"),
    resolve: ({ DeviceSN }, args, context) => accessEvents({ DeviceSN }, args, context),
  }),
}));
