import { builder } from "../kernel/builder.ts";
import { requireReadable, requireReported } from "../kernel/facts.ts";
import { Node } from "../kernel/node.ts";
import { Command } from "./refs.ts";
import { CommandKind, CommandStatus } from "./command.enums.ts";
import { commandFact, commandGlobalId } from "./command.ts";

builder.objectType(Command, {
  key: "id",
  interfaces: [Node],
  description: "A command to one device, from the moment the gateway accepts it until its outcome.",
  fields: (t) => ({
    id: t.id({
      description: "Global ID of the command. Follow the command with `commandUpdated(id:)`.",
      resolve: (command) => commandGlobalId(command),
    }),
    operationId: t.string({
      description: "ID that all commands of one mutation share. Read them together with `commands(operationId:)`.",
      resolve: ({ operationId }) => requireReported(operationId, "operationId"),
    }),
    kind: t.field({
      type: CommandKind,
      description: "What the command makes the device do.",
      resolve: ({ operation }) => operation,
    }),
    status: t.field({
      type: CommandStatus,
      description: "The state of the command when it was read. While it is not final, read or follow the command.",
      alsoUpstream: ["GetCommandStatus"],
      resolve: ({ status }) => status,
    }),
    statusCode: t.int({
      nullable: true,
      description:
        "The gateway's numeric status code of the command, for support cases: 0 is success. Null while the outcome is unknown.",
      resolve: ({ statusCode }) => statusCode,
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why the command did not succeed, as text for people. Null if there is no reason to report.",
      resolve: ({ failureReason }) => failureReason,
    }),
    queuePosition: t.int({
      nullable: true,
      description: "Position in the queue of the device, where 1 is next. Null once the command is sent.",
      resolve: ({ queuePosition }) => queuePosition,
    }),
    attempts: t.int({
      nullable: true,
      description: "How many times the gateway sent the command to the device. Null if it is not known.",
      resolve: (command, _args, context) => commandFact(command, context, "attempts"),
    }),
    queuedAt: t.field({
      type: "DateTime",
      nullable: true,
      description:
        "The instant at which the gateway accepted the command; null, with an error, if the gateway does not report it.",
      resolve: ({ queuedAt }) => requireReported(queuedAt, "queuedAt"),
    }),
    completedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the command became final; null while it is not.",
      resolve: async (command, _args, context) =>
        requireReadable(await commandFact(command, context, "completedAt"), "completedAt"),
    }),
    expiresAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant after which the gateway no longer sends the command. Null if it is not known.",
      resolve: ({ expiresAt }) => expiresAt,
    }),
    driftSeconds: t.int({
      nullable: true,
      description:
        "By how many seconds the device clock was wrong before `syncDeviceTime` set it; positive if it was ahead. " +
        "Null for other commands.",
      resolve: ({ driftSeconds }) => driftSeconds,
    }),
  }),
});
