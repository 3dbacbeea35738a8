import { isFinalStatus } from "../../commands/command.ts";
import { dropOldest } from "../../runtime/drop-oldest.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { AuditEntry } from "../../schema/kernel/audit-entry.ts";
import type { Caller } from "../identity/caller.ts";

/** The final state of a command. */
export interface CommandEnd {
  readonly DeviceSN: string;
  readonly status: string;
  readonly failureReason: string | null;
}

/** Logs who requested which command and its outcome, as lines of JSON. */
export interface AuditTrail {
  /** Logs a mutation. */
  readonly record: (caller: Caller, entry: AuditEntry) => void;
  /** Logs the end of a command once, on the instance that recorded its mutation. Other commands are ignored. */
  readonly commandEnded: (CommandID: string, end: CommandEnd) => void;
}

/** How many open commands and how many ended IDs are kept. */
const MAX_COMMANDS = 10_000;

/** A command of a mutation. */
export interface RequestedCommand {
  readonly mutation: string;
  /** When its mutation was received, in milliseconds since 1970 UTC. */
  readonly requestedAt: number;
  /** W3C `traceparent` of its mutation; undefined without tracing. */
  readonly traceparent: string | undefined;
}

/** Called once when a command has ended, or when its end cannot be learned. */
export type OnCommandEnd = (command: RequestedCommand, commandId: string | null, status: string) => void;

/** Links the end of a command to the mutation that sent it. */
interface OpenCommand {
  readonly requested: RequestedCommand;
  /** What its line has in common with that of the mutation. */
  readonly line: Readonly<Record<string, unknown>>;
}

/** Creates an audit trail that writes to this logger. */
export const createAuditTrail = (logger: Logger, onEnd: OnCommandEnd): AuditTrail => {
  const open = new Map<string, OpenCommand>();
  /** Commands that have ended: a repeated idempotency key returns them again. */
  const ended = new Set<string>();

  const add = (CommandID: string, command: OpenCommand) => {
    open.set(CommandID, command);
    dropOldest(open, MAX_COMMANDS);
  };

  const end = (command: RequestedCommand, commandId: string | null, status: string) => {
    if (commandId !== null && ended.has(commandId)) return;
    onEnd(command, commandId, status);
    if (commandId === null) return;
    ended.add(commandId);
    dropOldest(ended, MAX_COMMANDS);
  };

  return {
    record(caller, { mutation, subject, outcome }) {
      const { id: requestId, startedAt, address, span, identity } = caller;
      const requested = { mutation, requestedAt: startedAt, traceparent: span?.traceparent };
      const request = { requestId, ...(span === undefined ? {} : { trace_id: span.traceId }) };
      for (const { commandId, status, operationId } of outcome.commands ?? []) {
        if (commandId === null || isFinalStatus(status)) end(requested, commandId, status);
        else add(commandId, { requested, line: { ...request, mutation, operationId } });
      }
      const { credential, issuer, name, account, scopes } = identity.viewer;
      const { transport, operationName } = caller.logFields();
      const origin = { address, transport, ...(operationName === undefined ? {} : { operationName }) };
      const viewer = { viewer: name, credential, ...(issuer === null ? {} : { issuer }), account, scopes };
      logger.info({ audit: "mutation", ...request, ...origin, ...viewer, mutation, subject, outcome }, "audit");
    },
    commandEnded(commandId, { DeviceSN, status, failureReason }) {
      const command = open.get(commandId);
      if (command === undefined) return;
      open.delete(commandId);
      end(command.requested, commandId, status);
      logger.info({ audit: "command", ...command.line, commandId, DeviceSN, status, failureReason }, "audit");
    },
  };
};
