import type { Command as StatusCommand, CommandResult } from "../contract/envelope.ts";
import { isSameName } from "../contract/scalars.ts";
import type { Unreadable } from "../contract/unreadable.ts";
import { invalidResponse } from "../gateway/answer.ts";

/** A command for one device, as far as it is known. Members that are undefined were not reported yet. */
export interface DeviceCommand {
  /** The gateway's CommandID; null while it is not known whether the gateway accepted the command. */
  readonly commandId: string | null;
  /** The request that sent it; null if the gateway does not say it, and nothing else does. */
  readonly operationId: string | null;
  readonly operation: StatusCommand["Operation"];
  readonly DeviceSN: string;
  readonly doorNo: number | null;
  readonly employeeCode: string | null;
  readonly status: StatusCommand["CommandStatus"];
  readonly statusCode: number | null;
  readonly failureReason: string | null;
  readonly queuePosition: number | null;
  readonly attempts: number | null | undefined;
  /** Null if nobody says when the gateway accepted the command. */
  readonly queuedAt: string | null;
  readonly completedAt: string | null | undefined | Unreadable;
  readonly expiresAt: string | null;
  readonly driftSeconds: number | null;
}

/** What was requested; the answer to a command does not repeat it. */
export interface CommandSubject {
  readonly operationId: string;
  readonly operation: StatusCommand["Operation"];
  readonly doorNo: number | null;
  readonly employeeCode: string | null;
  /** When the command was requested, in RFC 3339. */
  readonly requestedAt: string;
}

/** Whether the status cannot change any more. */
export const isFinalStatus = (status: StatusCommand["CommandStatus"]): boolean =>
  status === "Done" || status === "Failed" || status === "Expired" || status === "Cancelled";

/** What a command in this state can have: a reason why it did not succeed, and a place in the queue. */
const belonging = (
  status: StatusCommand["CommandStatus"],
  reason: string | null,
  position: number | null,
): Pick<DeviceCommand, "failureReason" | "queuePosition"> => ({
  failureReason: status === "Done" || status === "Queued" || status === "Sent" ? null : reason,
  queuePosition: status === "Queued" ? position : null,
});

/** Returns a command of a device from the answer to it. */
export const commandFromResult = (result: CommandResult, DeviceSN: string, subject: CommandSubject): DeviceCommand => ({
  commandId: result.CommandID,
  operationId: subject.operationId,
  operation: subject.operation,
  DeviceSN,
  doorNo: subject.doorNo ?? result.Result?.DoorNo ?? null,
  employeeCode: subject.employeeCode,
  status: result.CommandStatus,
  statusCode: result.StatusCode,
  ...belonging(result.CommandStatus, result.Message, result.QueuePosition),
  attempts: undefined,
  queuedAt: result.QueuedTime ?? subject.requestedAt,
  completedAt: isFinalStatus(result.CommandStatus) ? undefined : null,
  expiresAt: result.ExpiresTime,
  driftSeconds: result.Result?.DriftSeconds ?? null,
});

/** What is known of a command before the gateway is asked for it. */
export type KnownCommand = Partial<
  Pick<DeviceCommand, "operationId" | "operation" | "DeviceSN" | "doorNo" | "employeeCode" | "queuedAt">
>;

/**
 * Returns a command from the answer to GetCommandStatus, which need not repeat what is known.
 * @throws {GatewayError} if the answer is about another device, or no device is known.
 */
export const commandFromStatus = (command: StatusCommand, known: KnownCommand = {}): DeviceCommand => {
  const DeviceSN = command.DeviceSN ?? known.DeviceSN;
  if (DeviceSN === undefined || !isSameName(DeviceSN, known.DeviceSN ?? DeviceSN))
    throw invalidResponse("GetCommandStatus", "DeviceSN");
  return {
    commandId: command.CommandID,
    operationId: command.OperationID ?? known.operationId ?? null,
    operation: command.Operation === "Other" ? (known.operation ?? "Other") : command.Operation,
    DeviceSN,
    doorNo: known.doorNo ?? command.Result?.DoorNo ?? null,
    employeeCode: known.employeeCode ?? command.EmployeeCode,
    status: command.CommandStatus,
    statusCode: command.StatusCode,
    ...belonging(command.CommandStatus, command.FailureReason, command.QueuePosition),
    attempts: command.Attempts,
    queuedAt: command.QueuedTime ?? known.queuedAt ?? null,
    completedAt: command.CompletedTime,
    expiresAt: command.ExpiresTime,
    driftSeconds: command.Result?.DriftSeconds ?? null,
  };
};

/** Returns a command of unknown outcome: the connection broke after it was sent, and the gateway knows nothing of it yet. */
export const unknownCommand = (DeviceSN: string, subject: CommandSubject): DeviceCommand => ({
  commandId: null,
  operationId: subject.operationId,
  operation: subject.operation,
  DeviceSN,
  doorNo: subject.doorNo,
  employeeCode: subject.employeeCode,
  status: "Unknown",
  statusCode: null,
  failureReason: null,
  queuePosition: null,
  attempts: null,
  queuedAt: subject.requestedAt,
  completedAt: null,
  expiresAt: null,
  driftSeconds: null,
});
