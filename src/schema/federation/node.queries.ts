import type { GraphQLResolveInfo } from "graphql";
import { requireAtMost } from "../kernel/arguments.ts";
import { builder } from "../kernel/builder.ts";
import type { Context } from "../kernel/context.ts";
import { parseGlobalId, Node } from "../kernel/node.ts";
import { FINDERS, type ObjectSource, requireTypeScopes } from "./objects.ts";

const MAX_IDS = 200;

/** Returns the object of a global ID, or null if it does not exist or the ID is not that of a node. */
const nodeOf = async (id: string, context: Context, info: GraphQLResolveInfo): Promise<ObjectSource | null> => {
  const parsed = parseGlobalId(id);
  if (parsed === null) return null;
  requireTypeScopes(parsed.type, context, info);
  return FINDERS[parsed.type](parsed.key, context);
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
        description: "The `id` of an object whose type implements `Node`.",
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
        description: "Values of `id` of objects whose types implement `Node`, up to 200.",
      }),
    },
    resolve: (_root, args, context, info) =>
      requireAtMost(args.ids, MAX_IDS, "ids").map((id) => nodeOf(id, context, info)),
  }),
}));
