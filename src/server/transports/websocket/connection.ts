import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { GraphQLParams } from "../../http/request.ts";
import type { OperationCaller } from "../../execution/operation.ts";
import type { Release, Semaphores } from "../../admission/quotas.ts";
import type { ClientAddressOf } from "../../http/client-address.ts";
import type { Identity } from "../../identity/caller.ts";
import { credentialFromSocket } from "../../identity/credentials.ts";
import type { Expiry } from "../../identity/expiry.ts";
import type { Identify } from "../../identity/identify.ts";
import { quotaKey } from "../../identity/quota-key.ts";
import { AuthenticationError } from "../../identity/authentication-error.ts";
import type { SocketSignatureGuard } from "../../identity/router-signature/guard.ts";
import { type Cork, WriteBuffer, type WriteBufferLimits } from "../write-buffer.ts";
import { carrierIn, NO_CARRIER, positionIn } from "./first-message.ts";
import {
  type SocketClient,
  SocketOperations,
  type SocketOperationsOptions,
  type SocketOperationsOwner,
} from "./operations.ts";
import { type InboxOwner, SocketInbox } from "./inbox.ts";
import { CLOSE, MessageType, readMessage } from "./protocol.ts";
import { SocketLog, type SocketLogOptions } from "./socket-log.ts";

/** What one socket needs. */
export interface SocketConnectionOptions extends WriteBufferLimits, SocketOperationsOptions, SocketLogOptions {
  readonly identify: Identify;
  readonly clientAddressOf: ClientAddressOf;
  /** The open sockets of each caller. */
  readonly callerSockets: Semaphores;
  /** Called when the socket is closed. */
  readonly onClosed: (socket: WebSocket) => void;
  readonly expiry: Expiry;
  readonly cork: Cork;
  /** Null if routers need not sign. */
  readonly signatureGuard: SocketSignatureGuard | null;
  /** Milliseconds until the client must have sent its first message. */
  readonly initTimeoutMs: number;
}

/** How long a client may take to confirm that its socket is closed. */
const CLOSE_TIMEOUT_MS = 3_000;

/** What the client may send next: `connection_init`; operations; or, once the server is stopping, only what ends those in progress. */
type State = "connecting" | "ready" | "restarting";

/** Speaks graphql-transport-ws with one client. */
export class SocketConnection implements SocketOperationsOwner, InboxOwner {
  readonly address: string;
  readonly #socket: WebSocket;
  readonly #options: SocketConnectionOptions;
  readonly #log: SocketLog;
  readonly #buffer: WriteBuffer;
  readonly #operations: SocketOperations;
  readonly #inbox: SocketInbox;
  /** What opened the socket; not kept longer than it is needed. */
  #request: IncomingMessage | undefined;
  #state: State = "connecting";
  #client: SocketClient | undefined;
  /** Whether the client has sent anything since the last ping. */
  #alive = true;
  #initTimer: NodeJS.Timeout | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Frees the caller's permit for a socket. */
  #release: Release | undefined;
  #unwatchExpiry: (() => void) | undefined;

  /** `stream` carries the socket, and `request` opened it. */
  constructor(socket: WebSocket, stream: Duplex, request: IncomingMessage, options: SocketConnectionOptions) {
    this.#socket = socket;
    this.#request = request;
    this.#options = options;
    this.address = options.clientAddressOf(request);
    this.#log = new SocketLog(options, this.address);
    this.#buffer = new WriteBuffer(stream, options, options.cork, () => this.#close(CLOSE.TryAgainLater, "Too slow"));
    this.#operations = new SocketOperations(socket, this.#buffer, this, options);
    this.#initTimer = setTimeout(() => this.#onInitTimeout(), options.initTimeoutMs);
    this.#inbox = new SocketInbox({ socket, stream, buffer: this.#buffer }, this, options.entrance);
    socket.on("close", (code) => this.#onClose(code));
  }

  /** Bytes that wait for the client. */
  waiting(): number {
    return this.#buffer.waiting();
  }

  /** Sends a ping; returns false if the last one was not answered. */
  isAlive(): boolean {
    // The answer would wait behind all that the client has not read; the write buffer finds out that it is too slow.
    if (this.#buffer.isFull() || this.#inbox.isWaiting) return true;
    if (!this.#alive) return false;
    this.#alive = false;
    this.#socket.ping();
    return true;
  }

  /** Sends the last cursors or results, lets queries and mutations end, and closes, so that the client reconnects elsewhere. */
  restart(): void {
    this.#state = "restarting";
    this.#operations.endSubscriptions();
    this.#closeIfDone();
  }

  #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  #close(code: number, reason: string): void {
    this.#endInit();
    this.#unwatchExpiry?.();
    this.#operations.end();
    this.#socket.close(code, reason);
    this.#closeTimer ??= setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
  }

  #closeIfDone(): void {
    if (this.#state === "restarting" && this.#operations.size === 0) this.#close(CLOSE.Restart, "Service restart");
  }

  #onClose(code: number): void {
    this.#endInit();
    clearTimeout(this.#closeTimer);
    this.#unwatchExpiry?.();
    this.#release?.();
    this.#inbox.free();
    this.#operations.end();
    this.#log.closed(code);
    this.#options.onClosed(this.#socket);
  }

  /** A message that waits for its turn may be the first one that the client had to send. */
  #onInitTimeout(): void {
    if (!this.#inbox.isWaiting) this.#close(CLOSE.ConnectionInitialisationTimeout, "Connection initialisation timeout");
    else this.#initTimer?.refresh();
  }

  #endInit(): void {
    clearTimeout(this.#initTimer);
    this.#initTimer = undefined;
  }

  isSigned(params: GraphQLParams): boolean {
    const { signatureGuard } = this.#options;
    return signatureGuard === null || (this.#request !== undefined && signatureGuard.runs(this.#request, params));
  }

  onOperationEnd(caller: OperationCaller): void {
    this.#log.operation(caller);
  }

  onEnd(): void {
    this.#closeIfDone();
  }

  tryAgainLater(): void {
    this.#close(CLOSE.TryAgainLater, "Try again later");
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(json: string): void {
    if (!this.#isOpen()) return;
    this.#socket.send(json);
    // A client that reads nothing more is closed even if nothing more is sent.
    if (this.#buffer.isFull()) void this.#buffer.drained();
  }

  get identity(): Identity | undefined {
    return this.#client?.identity;
  }

  onActivity(): void {
    this.#alive = true;
  }

  handle(data: Buffer, isBinary: boolean): Promise<void> | void {
    const message = readMessage(data, isBinary);
    if (message === null) return this.#close(CLOSE.BadRequest, "Invalid message");
    switch (message.type) {
      case MessageType.ConnectionInit:
        if (this.#state !== "connecting") {
          return this.#close(CLOSE.TooManyInitialisationRequests, "Too many initialisation requests");
        }
        return this.#handleInit(this.#request, message.payload);
      case MessageType.Ping:
        return this.send({ type: MessageType.Pong });
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        if (this.#client === undefined) return this.#close(CLOSE.Unauthorized, "Unauthorized");
        if (this.#operations.has(message.id)) {
          return this.#close(CLOSE.SubscriberAlreadyExists, "Subscriber for this id already exists");
        }
        // Not answered while restarting: the client sends it again where it connects next.
        if (this.#state === "ready") {
          this.#operations.start(message.id, message.payload, this.#client, data.length);
        }
        return undefined;
      case MessageType.Complete:
        return this.#operations.complete(message.id);
      default:
        return this.#close(CLOSE.BadRequest, "Invalid message");
    }
  }

  /** Authenticates the client. */
  async #handleInit(request: IncomingMessage | undefined, payload: unknown): Promise<void> {
    this.#endInit();
    const identity = request && (await this.#authenticate(request, payload));
    // Each operation may have to be signed as the request was.
    if (this.#options.signatureGuard === null) this.#request = undefined;
    if (identity === undefined || !this.#isOpen()) return;
    const release = this.#options.callerSockets.acquire(quotaKey({ identity, address: this.address }));
    if (release === null) return this.#close(CLOSE.TooManyInitialisationRequests, "Too many sockets");
    this.#release = release;
    this.#state = "ready";
    const isTraced = this.#options.executor.tracer !== null;
    this.#client = { identity, resume: positionIn(payload), carrier: isTraced ? carrierIn(payload) : NO_CARRIER };
    this.#unwatchExpiry = this.#options.expiry.watch(identity, (reason) => this.#close(CLOSE.Forbidden, reason));
    this.#log.opened(identity);
    this.send({ type: MessageType.ConnectionAck });
  }

  /** Returns undefined if the socket was closed instead. */
  async #authenticate(request: IncomingMessage, payload: unknown): Promise<Identity | undefined> {
    const { signatureGuard, identify } = this.#options;
    try {
      if (signatureGuard === null || (await signatureGuard.opens(request, payload))) {
        return await identify(credentialFromSocket(request, payload));
      }
      this.#close(CLOSE.Unauthorized, "Unauthorized");
    } catch (error) {
      if (error instanceof AuthenticationError) this.#log.refused(error.message);
      else this.#log.failed(error);
      // A client that connects again with the same credential would be rejected again: the code must end its retries.
      const isRejected = error instanceof AuthenticationError && !error.isTemporary;
      if (isRejected) this.#close(CLOSE.Unauthorized, "Unauthorized");
      else this.#close(CLOSE.TryAgainLater, "Try again later");
    }
    return undefined;
  }
}
