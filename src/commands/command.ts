import type { Command as StatusCommand, CommandResult } from "../contract/envelope.ts";

/** An order to one device, as far as the facade knows it. Undefined members were not told yet. */
export interface Command {
  /** The gateway's CommandID; null while it is not known whether the gateway accepted the order. */
  readonly commandId: string | null;
  readonly operationId: string;
  readonly operation: StatusCommand["Operation"];
  readonly DeviceSN: string;
  readonly doorNo: number | null;
  readonly employeeCode: string | null;
  readonly status: StatusCommand["CommandStatus"];
  readonly statusCode: number | null;
  readonly failureReason: string | null;
  readonly queuePosition: number | null;
  readonly attempts: number | null | undefined;
  readonly queuedAt: string;
  readonly completedAt: string | null | undefined;
  readonly expiresAt: string | null;
  readonly driftSeconds: number | null;
}

/** What an order was about; its answer does not say. */
export interface CommandSubject {
  readonly operationId: string;
  readonly operation: StatusCommand["Operation"];
  readonly doorNo: number | null;
  readonly employeeCode: string | null;
  /** When it was given, RFC 3339. */
  readonly requestedAt: string;
}

/** Whether nothing more will become of it. */
export const isFinalStatus = (status: StatusCommand["CommandStatus"]): boolean =>
  status === "Done" || status === "Failed" || status === "Expired" || status === "Cancelled";

/** A command as the answer to it tells. */
export const commandFromResult = (result: CommandResult, subject: CommandSubject): Command => ({
  commandId: result.CommandID,
  operationId: subject.operationId,
  operation: subject.operation,
  DeviceSN: result.DeviceSN,
  doorNo: subject.doorNo ?? result.Result?.DoorNo ?? null,
  employeeCode: subject.employeeCode,
  status: result.CommandStatus,
  statusCode: result.StatusCode,
  failureReason: result.Message,
  queuePosition: result.QueuePosition,
  attempts: undefined,
  queuedAt: result.QueuedTime ?? subject.requestedAt,
  completedAt: isFinalStatus(result.CommandStatus) ? undefined : null,
  expiresAt: result.ExpiresTime,
  driftSeconds: result.Result?.DriftSeconds ?? null,
});

/** A command as GetCommandStatus tells. */
export const commandFromStatus = (command: StatusCommand, givenAt: string): Command => ({
  commandId: command.CommandID,
  operationId: command.OperationID,
  operation: command.Operation,
  DeviceSN: command.DeviceSN,
  doorNo: command.Result?.DoorNo ?? null,
  employeeCode: command.EmployeeCode,
  status: command.CommandStatus,
  statusCode: command.StatusCode,
  failureReason: command.FailureReason,
  queuePosition: command.QueuePosition,
  attempts: command.Attempts,
  queuedAt: command.QueuedTime ?? givenAt,
  completedAt: command.CompletedTime,
  expiresAt: command.ExpiresTime,
  driftSeconds: command.Result?.DriftSeconds ?? null,
});

/** A command whose fate is unknown: the connection broke after it was sent, and the gateway knows nothing of it yet. */
export const unknownCommand = (DeviceSN: string, subject: CommandSubject): Command => ({
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
