import { type Command, commandFromStatus, unknownCommand } from "../../commands/command.ts";
import type { CommandKey } from "../../commands/tracker.ts";
import type { Context } from "../kernel/context.ts";
import { globalId, parseGlobalId } from "../kernel/ids.ts";

export { addOutcome, addUserErrors } from "./payload.ts";
export { type CommandOutcome, rejectedInput, runCommand } from "./run-command.ts";
export { invalidInput, userErrorsOf, type UserErrorSource } from "./user-errors.ts";

interface EndedCommand {
  readonly CommandID: string | null;
  readonly OperationID: string | null;
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly EnrollmentStatus: "Completed" | "Failed";
}

/** The gateway's id; for an order of unknown fate, its request and its device. */
export const commandGlobalId = ({ commandId, operationId, DeviceSN }: Command): string =>
  globalId("Command", commandId ?? `?${operationId}/${DeviceSN}`);

/** A command by the gateway's id; null when it is unknown or over for seven days. */
export const commandById = async (
  CommandID: string,
  { loaders, startedAt, finishedCommand: finished }: Context,
): Promise<Command | null> => {
  const known = finished(CommandID);
  if (known !== undefined) return known;
  const command = await loaders.command.load(CommandID);
  return command === null ? null : commandFromStatus(command, startedAt);
};

export const commandsOf = async (operationId: string, { loaders, startedAt }: Context): Promise<Command[]> => {
  const commands = await loaders.operation.load(operationId);
  return (commands ?? []).map((command) => commandFromStatus(command, startedAt));
};

/** What a command's global id stands for; null for what is no such id. */
export const commandKeyOf = (id: string): CommandKey | null => {
  const parsed = parseGlobalId(id);
  if (parsed?.type !== "Command") return null;
  const [, OperationID, DeviceSN] = /^\?([^/]+)\/(.+)$/.exec(parsed.key) ?? [];
  return OperationID === undefined || DeviceSN === undefined ? { CommandID: parsed.key } : { OperationID, DeviceSN };
};

/** A command by its global id, also one whose fate was unknown when the id was given. */
export const commandByGlobalId = async (id: string, context: Context): Promise<Command | null> => {
  const key = commandKeyOf(id);
  if (key === null) return null;
  if ("CommandID" in key) return commandById(key.CommandID, context);
  const commands = await commandsOf(key.OperationID, context);
  return commands.find(({ DeviceSN }) => DeviceSN === key.DeviceSN) ?? null;
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

/** What an event about the end of a command tells of it. */
const TOLD = new Set(["__typename", "id", "operationId", "device", "user", "door"]);
const TOLD_OF_SUCCESS = new Set([...TOLD, "status", "failureReason"]);

/** The command that an event ends; read only for what the event does not tell. */
export const commandOfEvent = (
  { CommandID, OperationID, DeviceSN, EmployeeCode, EnrollmentStatus }: EndedCommand,
  selected: ReadonlySet<string>,
  context: Context,
): Command | null | Promise<Command | null> => {
  if (CommandID === null) return null;
  const told = EnrollmentStatus === "Completed" ? TOLD_OF_SUCCESS : TOLD;
  if (OperationID === null || [...selected].some((name) => !told.has(name))) return commandById(CommandID, context);
  const subject = { operationId: OperationID, operation: "Other", doorNo: null, employeeCode: EmployeeCode } as const;
  const command = unknownCommand(DeviceSN, { ...subject, requestedAt: context.startedAt });
  return { ...command, commandId: CommandID, status: EnrollmentStatus === "Completed" ? "Done" : "Failed" };
};
