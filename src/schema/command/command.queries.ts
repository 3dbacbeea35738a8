import { builder } from "../kernel/builder.ts";
import { Command } from "./refs.ts";
import { withCallerErrors } from "../kernel/arguments.ts";
import { commandByGlobalId, commandsOf } from "./command.ts";

builder.queryFields((t) => ({
  command: t.field({
    type: Command,
    nullable: true,
    description: "A command by its ID. Null if it is unknown or became final more than 7 days ago.",
    upstream: ["GetCommandStatus"],
    cost: 5,
    authenticated: true,
    args: {
      id: t.arg.id({ required: true, description: "The `id` of a command that a mutation returned." }),
    },
    resolve: (_root, args, context) => withCallerErrors(args, () => commandByGlobalId(args.id, context)),
  }),
  commands: t.field({
    type: [Command],
    nullable: true,
    description: "All commands that one mutation sent, one per device. Empty if the operation ID is unknown.",
    alsoUpstream: ["GetCommandStatus"],
    semanticNonNull: true,
    cost: 5,
    listSize: { assumedSize: 20 },
    authenticated: true,
    args: {
      operationId: t.arg.string({
        required: true,
        description: "The `operationId` of any command that the mutation returned.",
      }),
    },
    resolve: (_root, args, context) => withCallerErrors(args, () => commandsOf(args.operationId, context)),
  }),
}));
