import { type Command, fromStatus } from "../commands/command.ts";
import type { Context } from "./context.ts";
import { globalId, parseGlobalId } from "./ids.ts";

/** The gateway's id; for an order of unknown fate, its request and its device. */
export const commandGlobalId = ({ commandId, operationId, DeviceSN }: Command): string =>
  globalId("Command", commandId ?? `?${operationId}/${DeviceSN}`);

/** A command by the gateway's id; null when it is unknown or over for seven days. */
export const commandById = async (CommandID: string, { loaders, startedAt }: Context): Promise<Command | null> => {
  const command = await loaders.command.load(CommandID);
  return command === null ? null : fromStatus(command, startedAt);
};

export const commandsOf = async (operationId: string, { loaders, startedAt }: Context): Promise<Command[]> => {
  const commands = await loaders.operation.load(operationId);
  return (commands ?? []).map((command) => fromStatus(command, startedAt));
};

/** A command by its global id, also one whose fate was unknown when the id was given. */
export const commandByGlobalId = async (id: string, context: Context): Promise<Command | null> => {
  const parsed = parseGlobalId(id);
  if (parsed?.type !== "Command") return null;
  const [, operationId, DeviceSN] = /^\?([^/]+)\/(.+)$/.exec(parsed.key) ?? [];
  if (operationId === undefined) return commandById(parsed.key, context);
  return (await commandsOf(operationId, context)).find((command) => command.DeviceSN === DeviceSN) ?? null;
};

/** A fact that the answer to an order does not tell: read when it is asked for. */
export const commandFact = async <Name extends "attempts" | "completedAt">(
  command: Command,
  context: Context,
  name: Name,
): Promise<Command[Name] | null> => {
  const fact = command[name];
  if (fact !== undefined || command.commandId === null) return fact ?? null;
  return (await commandById(command.commandId, context))?.[name] ?? null;
};
