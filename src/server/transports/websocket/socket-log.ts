import type { Logger } from "../../../runtime/logger.ts";
import { randomId } from "../../../runtime/random-id.ts";
import type { LogFields } from "../../http/context.ts";
import { isRemarkable, lineOf, type LogSample } from "../../http/log-lines.ts";
import { callerFields, type Identity } from "../../identity/caller.ts";
import type { OperationCaller } from "../../execution/operation.ts";

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
  readonly observer: SocketObserver | undefined;
}

/** The codes of a connection that ends cleanly, without a code, or because the client has gone or connects elsewhere. */
const ORDERLY: readonly number[] = [1000, 1001, 1005, 1006, 1012];

/** What one socket writes to the log. All its lines have the same `socketId`. */
export class SocketLog {
  readonly #options: SocketLogOptions;
  readonly #address: string;
  readonly #socketId = randomId();
  readonly #openedAt = Date.now();
  readonly #isSampled: boolean;
  #caller: LogFields = {};
  #operations = 0;

  /** The socket is open, and its client is not authenticated yet. `address` is the IP address of the client. */
  constructor(options: SocketLogOptions, address: string) {
    this.#options = options;
    this.#address = address;
    this.#isSampled = options.sample();
    options.observer?.onOpen();
  }

  /** Logs that the client is authenticated. */
  opened(identity: Identity): void {
    this.#caller = callerFields(identity);
    if (this.#isSampled) this.#options.logger.info({ ...this.#socket(), ...this.#caller }, "socket opened");
  }

  /** Logs an operation at its end. */
  operation(of: OperationCaller): void {
    const { logger, sample, observer } = this.#options;
    this.#operations += 1;
    const fields = of.logFields();
    const ms = Date.now() - of.startedAt;
    of.span?.end(fields.errorCodes?.[0]);
    observer?.onErrors(fields.errorCodes ?? []);
    if (!isRemarkable(fields, ms) && !sample()) return;
    const aborted = of.isAborted ? { aborted: true } : {};
    logger.info({ ...lineOf(of), socketId: this.#socketId, ms, ...aborted }, "operation");
  }

  /** Logs that the client is not authenticated. */
  refused(reason: string): void {
    this.#options.logger.warn({ ...this.#socket(), reason }, "caller refused");
  }

  failed(err: unknown): void {
    this.#options.logger.error({ ...this.#socket(), err }, "caller could not be identified");
  }

  closed(code: number): void {
    const { logger, observer } = this.#options;
    observer?.onClose(code);
    if (!this.#isSampled && ORDERLY.includes(code)) return;
    const [ms, operations] = [Date.now() - this.#openedAt, this.#operations];
    logger.info({ ...this.#socket(), ...this.#caller, code, ms, operations }, "socket closed");
  }

  #socket() {
    return { socketId: this.#socketId, address: this.#address };
  }
}
