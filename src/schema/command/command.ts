import { type DeviceCommand, commandFromStatus, unknownCommand } from "../../commands/command.ts";
import type { CommandKey } from "../../commands/tracker.ts";
import { isSameName } from "../../contract/scalars.ts";
import type { Context } from "../kernel/context.ts";
import { globalId, parseGlobalId } from "../kernel/node.ts";

export { addOutcome, addUserErrors } from "./payload.ts";
export { type CommandOutcome, errorsBelow, rejectedInput, runCommand } from "./run-command.ts";
export { deviceNotFound, invalidInput, userErrorsOf, type UserErrorSource } from "./user-errors.ts";

interface CommandEndEvent {
  readonly CommandID: string | null;
  readonly OperationID: string | null;
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly EnrollmentStatus: "Completed" | "Failed" | "Unknown";
}

/** Returns the global ID of a command: the gateway's ID, or operation ID and device if the gateway's ID is unknown. */
export const commandGlobalId = ({ commandId, operationId, DeviceSN }: DeviceCommand): string =>
  globalId("Command", commandId ?? `?${operationId}/${DeviceSN}`);

/** Returns a command by the gateway's ID, or null if it is unknown or became final more than seven days ago. */
export const commandById = async (
  CommandID: string,
  { loaders, finishedCommand }: Context,
): Promise<DeviceCommand | null> => {
  const finished = finishedCommand(CommandID);
  if (finished !== undefined) return finished;
  const command = await loaders.command.load(CommandID);
  return command === null ? null : commandFromStatus(command);
};

/** Returns the commands of an operation; empty if the operation is unknown. */
export const commandsOf = async (operationId: string, { loaders }: Context): Promise<DeviceCommand[]> => {
  const commands = await loaders.operation.load(operationId);
  return (commands ?? []).map((command) => commandFromStatus(command));
};

/** Returns the key in a command's global ID, or null if it is not the global ID of a command. */
export const commandKeyOf = (id: string): CommandKey | null => {
  const parsed = parseGlobalId(id);
  if (parsed?.type !== "Command") return null;
  const [, OperationID, DeviceSN] = /^\?([^/]+)\/(.+)$/.exec(parsed.key) ?? [];
  return OperationID === undefined || DeviceSN === undefined ? { CommandID: parsed.key } : { OperationID, DeviceSN };
};

/** Returns a command by its global ID, including one whose outcome was unknown when the ID was issued. */
export const commandByGlobalId = async (id: string, context: Context): Promise<DeviceCommand | null> => {
  const key = commandKeyOf(id);
  if (key === null) return null;
  if ("CommandID" in key) return commandById(key.CommandID, context);
  const commands = await commandsOf(key.OperationID, context);
  return commands.find(({ DeviceSN }) => isSameName(DeviceSN, key.DeviceSN)) ?? null;
};

/** Returns a member that the response to a command does not contain. It is read only when it is selected. */
export const commandFact = async <Name extends "attempts" | "completedAt">(
  command: DeviceCommand,
  context: Context,
  name: Name,
): Promise<DeviceCommand[Name] | null> => {
  const value = command[name];
  if (value !== undefined || command.commandId === null) return value ?? null;
  return (await commandById(command.commandId, context))?.[name] ?? null;
};

/** The fields of a command that an event about its end contains. */
const EVENT_FIELDS = new Set(["__typename", "id", "operationId", "device", "user", "door"]);
const SUCCESS_EVENT_FIELDS = new Set([...EVENT_FIELDS, "status", "failureReason"]);

/** Returns the command that an event is about. It is read from the gateway only if fields are selected that the event lacks. */
export const commandOfEvent = (
  { CommandID, OperationID, DeviceSN, EmployeeCode, EnrollmentStatus }: CommandEndEvent,
  selected: ReadonlySet<string>,
  context: Context,
): DeviceCommand | null | Promise<DeviceCommand | null> => {
  if (CommandID === null) return null;
  const eventFields = EnrollmentStatus === "Completed" ? SUCCESS_EVENT_FIELDS : EVENT_FIELDS;
  if (OperationID === null || !selected.isSubsetOf(eventFields)) return commandById(CommandID, context);
  const subject = { operationId: OperationID, operation: "Other", doorNo: null, employeeCode: EmployeeCode } as const;
  const command = unknownCommand(DeviceSN, { ...subject, requestedAt: context.startedAt });
  return { ...command, commandId: CommandID, status: EnrollmentStatus === "Completed" ? "Done" : EnrollmentStatus };
};
