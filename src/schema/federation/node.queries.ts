import type { GraphQLResolveInfo } from "graphql";
import { requireAtMost } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { parseDoorKey, parseGlobalId, Node } from "../kernel/node.ts";
import { requireTypeScopes } from "./demand.ts";
import { deviceBy, doorBy, type ObjectSource, punchBy, userBy } from "./objects.ts";

/** Whatever is selected of a node: it is looked up. */
const NO_FIELDS: ReadonlySet<string> = new Set();

/** The object of a global id; null when it is unknown, or no id of a node. */
const nodeOf = async (id: string, context: Context, info: GraphQLResolveInfo): Promise<ObjectSource | null> => {
  const parsed = parseGlobalId(id);
  if (parsed === null) return null;
  const { type, key } = parsed;
  requireTypeScopes(type, context, info);
  if (type === "Device") return deviceBy(key, context);
  if (type === "User") return userBy(key, NO_FIELDS, context);
  if (type === "Punch") return punchBy(key, context);
  const door = type === "Door" ? parseDoorKey(key) : null;
  return door && doorBy(door.DeviceSN, door.DoorNo, context);
};

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: "One object by global id.",
    cost: 5,
    authenticated: true,
    args: {
      id: t.arg.id({ required: true, description: "Global id." }),
    },
    resolve: (_root, args, context, info) => nodeOf(args.id, context, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: "Objects in input order, null where unknown.",
    cost: 10,
    listSize: { assumedSize: 50 },
    authenticated: true,
    args: {
      ids: t.arg.idList({ required: true, description: "Global ids, up to 200." }),
    },
    resolve: (_root, args, context, info) => requireAtMost(args.ids, 200, "ids").map((id) => nodeOf(id, context, info)),
  }),
}));
