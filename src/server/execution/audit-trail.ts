import { isFinalStatus } from "../../commands/command.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { AuditEntry } from "../../schema/kernel/audit-entry.ts";
import type { Viewer } from "../../schema/kernel/viewer.ts";

/** What is known of a command's end. */
export interface CommandEnd {
  readonly DeviceSN: string;
  readonly status: string;
  readonly failureReason: string | null;
}

/** Who asked for what, and what came of it, as lines of JSON for whoever keeps them. */
export interface AuditTrail {
  readonly record: (viewer: Viewer, requestId: string, entry: AuditEntry) => void;
  /** A command has ended. It is told once, where the command was given; a command of others is left to them. */
  readonly commandEnded: (CommandID: string, end: CommandEnd) => void;
}

const MOST_OPEN = 10_000;

/** What ties the end of a command to who asked for it. */
interface Opened {
  readonly requestId: string;
  readonly mutation: string;
  readonly operationId: string;
}

export const createAuditTrail = (logger: Logger): AuditTrail => {
  const open = new Map<string, Opened>();

  const keep = (CommandID: string, opened: Opened) => {
    open.set(CommandID, opened);
    const [oldest] = open.keys();
    if (open.size > MOST_OPEN && oldest !== undefined) open.delete(oldest);
  };

  return {
    record({ name, account, scopes }, requestId, { mutation, subject, outcome }) {
      for (const { commandId, status, operationId } of outcome.commands ?? []) {
        if (commandId !== null && !isFinalStatus(status)) keep(commandId, { requestId, mutation, operationId });
      }
      logger.info({ audit: "mutation", requestId, viewer: name, account, scopes, mutation, subject, outcome }, "audit");
    },
    commandEnded(commandId, { DeviceSN, status, failureReason }) {
      const opened = open.get(commandId);
      if (opened === undefined) return;
      open.delete(commandId);
      logger.info({ audit: "command", ...opened, commandId, DeviceSN, status, failureReason }, "audit");
    },
  };
};
