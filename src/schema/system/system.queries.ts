import { builder } from "../builder.ts";
import { GatewayStatus, GatewayViewer } from "./refs.ts";
import { Node } from "../node.ts";
import { atMost } from "../arguments.ts";
import { nodeOf } from "./node.ts";

builder.queryFields((t) => ({
  viewer: t.field({ type: GatewayViewer, description: "The caller.", resolve: (_root, _args, { viewer }) => viewer }),
  gateway: t.field({ type: GatewayStatus, description: "How the gateway is doing.", resolve: () => ({}) }),
  node: t.field({
    type: Node,
    nullable: true,
    description: "One object by global id.",
    args: {
      id: t.arg.id({ required: true, description: "Global id." }),
    },
    resolve: (_root, args, context) => nodeOf(args.id, context),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: "Objects in input order, null where unknown.",
    args: {
      ids: t.arg.idList({ required: true, description: "Global ids, up to 200." }),
    },
    resolve: (_root, args, context) => atMost(args.ids, 200, "ids").map((id) => nodeOf(id, context)),
  }),
}));
