import { isFinalStatus } from "../../commands/command.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { AuditEntry } from "../../schema/kernel/audit-entry.ts";
import type { Viewer } from "../../schema/kernel/viewer.ts";

/** The final state of a command. */
export interface CommandEnd {
  readonly DeviceSN: string;
  readonly status: string;
  readonly failureReason: string | null;
}

/** Logs who requested which command and its outcome, as lines of JSON. */
export interface AuditTrail {
  /** Logs a mutation. */
  readonly record: (viewer: Viewer, requestId: string, entry: AuditEntry) => void;
  /** Logs the end of a command once, on the instance that recorded its mutation. Other commands are ignored. */
  readonly commandEnded: (CommandID: string, end: CommandEnd) => void;
}

const MAX_OPEN_COMMANDS = 10_000;

/** Links the end of a command to the mutation that sent it. */
interface OpenCommand {
  readonly requestId: string;
  readonly mutation: string;
  readonly operationId: string;
}

/** Creates an audit trail that writes to this logger. */
export const createAuditTrail = (logger: Logger): AuditTrail => {
  const open = new Map<string, OpenCommand>();

  const add = (CommandID: string, command: OpenCommand) => {
    open.set(CommandID, command);
    const [oldest] = open.keys();
    if (open.size > MAX_OPEN_COMMANDS && oldest !== undefined) open.delete(oldest);
  };

  return {
    record({ credential, issuer, name, account, scopes }, requestId, { mutation, subject, outcome }) {
      for (const { commandId, status, operationId } of outcome.commands ?? []) {
        if (commandId !== null && !isFinalStatus(status)) add(commandId, { requestId, mutation, operationId });
      }
      const caller = { viewer: name, credential, ...(issuer === null ? {} : { issuer }), account, scopes };
      logger.info({ audit: "mutation", requestId, ...caller, mutation, subject, outcome }, "audit");
    },
    commandEnded(commandId, { DeviceSN, status, failureReason }) {
      const command = open.get(commandId);
      if (command === undefined) return;
      open.delete(commandId);
      logger.info({ audit: "command", ...command, commandId, DeviceSN, status, failureReason }, "audit");
    },
  };
};
