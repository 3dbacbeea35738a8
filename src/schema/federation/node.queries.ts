import type { GraphQLResolveInfo } from "graphql";
import { requireAtMost } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { parseDoorKey, parseGlobalId, Node } from "../kernel/node.ts";
import {
  accessEventBy,
  commandBy,
  deviceBy,
  doorBy,
  migrationBy,
  type ObjectSource,
  punchBy,
  requireTypeScopes,
  userBy,
} from "./objects.ts";

/** No selection: a node is always looked up, whatever is selected. */
const NO_FIELDS: ReadonlySet<string> = new Set();

const MAX_IDS = 200;

/** Returns the object of a global ID, or null if it does not exist or the ID is not that of a node. */
const nodeOf = async (id: string, context: Context, info: GraphQLResolveInfo): Promise<ObjectSource | null> => {
  const parsed = parseGlobalId(id);
  if (parsed === null) return null;
  const { type, key } = parsed;
  requireTypeScopes(type, context, info);
  if (type === "Device") return deviceBy(key, context);
  if (type === "User") return userBy(key, NO_FIELDS, context);
  if (type === "Punch") return punchBy(key, context);
  if (type === "Command") return commandBy(key, context);
  if (type === "AccessEvent") return accessEventBy(key, context);
  if (type === "DeviceMigration") return migrationBy(key, context);
  const door = type === "Door" ? parseDoorKey(key) : null;
  return door && doorBy(door.DeviceSN, door.DoorNo, context);
};

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: "An object by its global ID. Null if it does not exist.",
    cost: 5,
    authenticated: true,
    args: {
      id: t.arg.id({
        required: true,
        description: "The `id` of a device, user, punch, door, access event, command or migration.",
      }),
    },
    resolve: (_root, args, context, info) => nodeOf(args.id, context, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      "Objects by their global IDs, in the order of the input. An item is null if its object does not exist.",
    cost: 10,
    listSize: { assumedSize: 50 },
    authenticated: true,
    args: {
      ids: t.arg.idList({
        required: true,
        description:
          "Values of `id` of devices, users, punches, doors, access events, commands or migrations, up to 200.",
      }),
    },
    resolve: (_root, args, context, info) =>
      requireAtMost(args.ids, MAX_IDS, "ids").map((id) => nodeOf(id, context, info)),
  }),
}));
