import { STATUS, statusNameIn, type StatusName } from "../../contract/status.ts";
import type { Answer, Gateway } from "../handler.ts";
import type { SimCommand, World } from "../state.ts";
import { toGmt } from "../time.ts";
import { isFinal } from "./watch.ts";

const toGmtOrNull = (ms: number | null): string | null => (ms === null ? null : toGmt(ms));

const isOffline = (world: World, { DeviceSN }: SimCommand): boolean => world.devices.get(DeviceSN)?.online !== true;

const statusNameOf = (world: World, command: SimCommand): StatusName => {
  if (isFinal(command)) return statusNameIn(command.StatusCode, null) ?? "unknownError";
  return isOffline(world, command) ? "deviceOfflineQueued" : "commandQueued";
};

const statusMembers = (name: StatusName) => ({ StatusCode: STATUS[name].code, Status: STATUS[name].status });

/** The position in the device's queue; 1 is sent next. Null for a command that is not queued. */
const positionOf = (world: World, { CommandID, CommandStatus, DeviceSN }: SimCommand): number | null => {
  if (CommandStatus !== "Queued") return null;
  const queue = world.devices.get(DeviceSN)?.queue ?? [];
  const waiting = queue.filter((id) => world.commands.get(id)?.CommandStatus === "Queued");
  return waiting.indexOf(CommandID) + 1;
};

const toResult = (world: World, command: SimCommand) => ({
  DeviceSN: command.DeviceSN,
  CommandID: command.CommandID,
  CommandStatus: command.CommandStatus,
  ...statusMembers(statusNameOf(world, command)),
  QueuePosition: positionOf(world, command),
  QueuedTime: toGmt(command.queued),
  ExpiresTime: toGmt(command.expires),
  Message: command.FailureReason,
  ...(command.Result === null ? {} : { Result: command.Result }),
});

/** A command as GetCommandStatus returns it. */
export const toCommand = (world: World, command: SimCommand) => ({
  CommandID: command.CommandID,
  OperationID: command.OperationID,
  Operation: command.Operation,
  DeviceSN: command.DeviceSN,
  EmployeeCode: command.EmployeeCode,
  CommandStatus: command.CommandStatus,
  ...statusMembers(statusNameOf(world, command)),
  QueuedTime: toGmt(command.queued),
  SentTime: toGmtOrNull(command.sent),
  CompletedTime: toGmtOrNull(command.completed),
  ExpiresTime: toGmt(command.expires),
  Attempts: command.Attempts,
  QueuePosition: positionOf(world, command),
  FailureReason: command.FailureReason,
  Result: command.Result,
});

/**
 * The answer to a command in its current state: 409 while a target is not final, with status 60 if one of those is offline
 * and 61 otherwise; after that 200 with the status of the first target that is not `Done`.
 */
export const answerTo = (
  { world }: Gateway,
  commands: readonly SimCommand[],
  members: Readonly<Record<string, unknown>>,
): Answer => {
  const [only, ...others] = commands;
  const body = {
    ...(others.length === 0 ? { CommandID: only?.CommandID } : {}),
    ...members,
    Results: commands.map((command) => toResult(world, command)),
  };
  const waiting = commands.filter((command) => !isFinal(command));
  if (waiting.some((command) => isOffline(world, command))) {
    const Message = "Device is offline; the command is queued.";
    return { kind: "json", http: 409, status: "deviceOfflineQueued", body: { Message, ...body } };
  }
  if (waiting.length > 0) {
    const Message = "The device has not acknowledged the command yet.";
    return { kind: "json", http: 409, status: "commandQueued", body: { Message, ...body } };
  }
  const failed = commands.find(({ CommandStatus }) => CommandStatus !== "Done");
  const status = failed === undefined ? "done" : statusNameOf(world, failed);
  return { kind: "json", http: 200, status, body: { Message: null, ...body } };
};
