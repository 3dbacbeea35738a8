import { randomUUID } from "node:crypto";
import type { Logger } from "../../../runtime/logger.ts";
import { isRemarkable, lineOf, type LogSample } from "../../http/log-lines.ts";
import { type Caller, callerFields, type Identity } from "../../identity/caller.ts";

/** Observes the sockets of a server and their operations. */
export interface SocketObserver {
  readonly onOpen: () => void;
  /** `code` is 1005 if the client closed without one, and 1006 if the connection was lost. */
  readonly onClose: (code: number) => void;
  /** Called at the end of each operation with the codes of its errors. */
  readonly onErrors: (codes: readonly string[]) => void;
}

export interface SocketLogOptions {
  readonly logger: Logger;
  readonly sample: LogSample;
  /** IP address of the client. */
  readonly address: string;
  readonly observer: SocketObserver | undefined;
}

/** What one socket writes to the log. All its lines have the same `socketId`. */
export interface SocketLog {
  /** Logs that the client is authenticated. */
  readonly opened: (identity: Identity) => void;
  /** Logs an operation at its end. */
  readonly operation: (caller: Caller) => void;
  /** Logs that the client is not authenticated. */
  readonly refused: (reason: string) => void;
  readonly failed: (error: unknown) => void;
  readonly closed: (code: number) => void;
}

/** The codes with which a connection ends in good order, without one, or when the client has gone or connects elsewhere. */
const ORDERLY: readonly number[] = [1000, 1001, 1005, 1006, 1012];

/** Creates the log of one socket, which is open and whose client is not authenticated yet. */
export const createSocketLog = ({ logger, sample, address, observer }: SocketLogOptions): SocketLog => {
  const socket = { socketId: randomUUID(), address };
  const openedAt = Date.now();
  const isSampled = sample();
  let caller = {};
  let operations = 0;
  observer?.onOpen();
  return {
    opened(identity) {
      caller = callerFields(identity);
      if (isSampled) logger.info({ ...socket, ...caller }, "socket opened");
    },
    operation(of) {
      operations += 1;
      const fields = of.logFields();
      const ms = Date.now() - of.startedAt;
      of.span?.end(fields.errorCodes?.[0]);
      observer?.onErrors(fields.errorCodes ?? []);
      if (!isRemarkable(fields, ms) && !sample()) return;
      const aborted = of.signal.aborted ? { aborted: true } : {};
      logger.info({ ...lineOf(of), socketId: socket.socketId, ms, ...aborted }, "operation");
    },
    refused: (reason) => logger.warn({ ...socket, reason }, "caller refused"),
    failed: (err) => logger.error({ ...socket, err }, "caller could not be identified"),
    closed(code) {
      observer?.onClose(code);
      if (!isSampled && ORDERLY.includes(code)) return;
      logger.info({ ...socket, ...caller, code, ms: Date.now() - openedAt, operations }, "socket closed");
    },
  };
};
