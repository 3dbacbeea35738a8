import { builder } from "../kernel/builder.ts";
import { Command } from "./refs.ts";
import { withCallerErrors } from "../kernel/arguments.ts";
import { commandByGlobalId, commandsOf } from "./command.ts";

builder.queryFields((t) => ({
  command: t.field({
    type: Command,
    nullable: true,
    description: "One command, null when unknown or over for 7 days.",
    upstream: ["GetCommandStatus"],
    cost: 5,
    authenticated: true,
    args: {
      id: t.arg.id({ required: true, description: "Which." }),
    },
    resolve: (_root, args, context) => withCallerErrors(args, () => commandByGlobalId(args.id, context)),
  }),
  commands: t.field({
    type: [Command],
    nullable: true,
    description: "The commands of one mutation.",
    alsoUpstream: ["GetCommandStatus"],
    semanticNonNull: true,
    cost: 5,
    listSize: { assumedSize: 20 },
    authenticated: true,
    args: {
      operationId: t.arg.string({ required: true, description: "Whose." }),
    },
    resolve: (_root, args, context) => withCallerErrors(args, () => commandsOf(args.operationId, context)),
  }),
}));
