import { builder } from "../kernel/builder.ts";
import { Command } from "./refs.ts";
import { CommandKind, CommandStatus } from "./command.enums.ts";
import { commandFact, commandGlobalId } from "./command.ts";

builder.objectType(Command, {
  key: "id",
  description: "An order to one device, from acceptance to outcome.",
  fields: (t) => ({
    id: t.id({ description: "Global id.", resolve: (command) => commandGlobalId(command) }),
    operationId: t.string({
      description: "Shared by the commands of one mutation.",
      resolve: ({ operationId }) => operationId,
    }),
    kind: t.field({ type: CommandKind, description: "What.", resolve: ({ operation }) => operation }),
    status: t.field({
      type: CommandStatus,
      description: "Where it stands.",
      alsoUpstream: ["GetCommandStatus"],
      resolve: ({ status }) => status,
    }),
    statusCode: t.int({
      nullable: true,
      description: "The gateway's status code.",
      resolve: ({ statusCode }) => statusCode,
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why it did not succeed.",
      resolve: ({ failureReason }) => failureReason,
    }),
    queuePosition: t.int({
      nullable: true,
      description: "Place in the queue.",
      resolve: ({ queuePosition }) => queuePosition,
    }),
    attempts: t.int({
      nullable: true,
      description: "Times sent to the device.",
      resolve: (command, _args, context) => commandFact(command, context, "attempts"),
    }),
    queuedAt: t.field({ type: "DateTime", description: "Accepted.", resolve: ({ queuedAt }) => queuedAt }),
    completedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Ended.",
      resolve: (command, _args, context) => commandFact(command, context, "completedAt"),
    }),
    expiresAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Given up after this.",
      resolve: ({ expiresAt }) => expiresAt,
    }),
    driftSeconds: t.int({
      nullable: true,
      description: "How far the clock was off, after syncDeviceTime.",
      resolve: ({ driftSeconds }) => driftSeconds,
    }),
  }),
});
