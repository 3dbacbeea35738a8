import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Message } from "graphql-ws";
import type { RawData, WebSocket } from "ws";
import type { Identity } from "../../identity/caller.ts";
import { quotaKey } from "../../identity/quota-key.ts";
import { credentialFromSocket } from "../../identity/credentials.ts";
import type { Expiry } from "../../identity/expiry.ts";
import type { Identify } from "../../identity/identify.ts";
import { AuthenticationError } from "../../identity/authentication-error.ts";
import { createWriteBuffer, type WriteBufferLimits } from "../write-buffer.ts";
import type { SocketSignatureGuard } from "../../identity/router-signature/guard.ts";
import { SignatureStoreUnavailable } from "../../identity/router-signature/nonce-store.ts";
import type { Release, Semaphores } from "../../admission/slots.ts";
import type { ClientAddressOf } from "../../http/client-address.ts";
import { createSocketOperations, type SocketOperationsOptions } from "./operations.ts";
import { CLOSE, MessageType, readMessage } from "./protocol.ts";

export interface SocketConnectionOptions
  extends WriteBufferLimits,
    Pick<SocketOperationsOptions, "engine" | "live" | "logger" | "maxOperations"> {
  readonly identify: Identify;
  readonly sourceOf: ClientAddressOf;
  /** The sockets of each caller. */
  readonly callers: Semaphores;
  readonly expiry: Expiry;
  /** Null: routers need not sign. */
  readonly gate: SocketSignatureGuard | null;
  readonly initTimeoutMs: number;
}

export interface SocketConnection {
  /** Sends a ping; false when the last one was not answered. */
  readonly isAlive: () => boolean;
  /** Tells the last cursors, lets queries and mutations end, and closes, so that the client connects again elsewhere. */
  readonly restart: () => void;
}

/** How long a client may take to answer that its socket is closed. */
const CLOSE_MS = 3_000;

/** Speaks graphql-transport-ws with one client; `stream` is what lies below its socket, `request` what opened it. */
export const openSocketConnection = (
  socket: WebSocket,
  stream: Duplex,
  request: IncomingMessage,
  options: SocketConnectionOptions,
): SocketConnection => {
  const { gate, logger } = options;
  const address = options.sourceOf(request);
  let initialised = false;
  let identity: Identity | undefined;
  /** What came while it was found out who the client is. */
  const early: Message[] = [];
  let unwatch = () => {};
  let leave: Release | undefined;
  let alive = true;
  let restarting = false;
  let deaf: NodeJS.Timeout | undefined;

  const close = (code: number, reason: string) => {
    clearTimeout(late);
    unwatch();
    operations.end();
    socket.close(code, reason);
    deaf ??= setTimeout(() => socket.terminate(), CLOSE_MS);
  };
  const late = setTimeout(
    () => close(CLOSE.ConnectionInitialisationTimeout, "Connection initialisation timeout"),
    options.initTimeoutMs,
  );
  const outlet = createWriteBuffer(stream, options, () => close(CLOSE.tryAgainLater, "Too slow"));

  /** Answers nothing more while the client does not read: it may go on asking, and answers would pile up. */
  const send = (message: object) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify(message));
    if (!outlet.isFull() || socket.isPaused) return;
    socket.pause();
    void outlet.drained().then((hasRoom) => hasRoom && socket.resume());
  };

  const closeIfDone = () => {
    if (restarting && operations.size() === 0) close(CLOSE.restart, "Service restart");
  };
  const operations = createSocketOperations(socket, outlet, {
    ...options,
    address,
    send,
    isSigned: (params) => gate === null || gate.runs(request, params),
    onEnd: closeIfDone,
    onTrouble: () => close(CLOSE.tryAgainLater, "Try again later"),
  });

  /** Who it is; undefined where it had to go. */
  const meet = async (payload: unknown): Promise<Identity | undefined> => {
    try {
      if (gate === null || (await gate.opens(request, payload))) {
        return await options.identify(credentialFromSocket(request, payload));
      }
      close(CLOSE.Unauthorized, "Unauthorized");
    } catch (error) {
      if (error instanceof AuthenticationError) logger.warn({ reason: error.message }, "authentication failed");
      else logger.error({ err: error }, "caller could not be identified");
      if (error instanceof SignatureStoreUnavailable) close(CLOSE.tryAgainLater, "Try again later");
      else close(CLOSE.Forbidden, "Forbidden");
    }
    return undefined;
  };

  /** Nothing more is read meanwhile. */
  const introduce = async (payload: unknown) => {
    socket.pause();
    const found = await meet(payload);
    socket.resume();
    if (found === undefined || socket.readyState !== socket.OPEN) return;
    leave = options.callers.acquire(quotaKey({ identity: found, address })) ?? undefined;
    if (leave === undefined) return close(CLOSE.TooManyInitialisationRequests, "Too many sockets");
    identity = found;
    unwatch = options.expiry.watch(found, (why) => close(CLOSE.Forbidden, why));
    send({ type: MessageType.ConnectionAck });
    for (const message of early.splice(0)) receive(message);
  };

  const receive = (message: Message) => {
    if (socket.readyState !== socket.OPEN) return undefined;
    switch (message.type) {
      case MessageType.ConnectionInit:
        if (initialised) return close(CLOSE.TooManyInitialisationRequests, "Too many initialisation requests");
        initialised = true;
        clearTimeout(late);
        return void introduce(message.payload);
      case MessageType.Ping:
        return send({ type: MessageType.Pong });
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        if (identity === undefined) return close(CLOSE.Unauthorized, "Unauthorized");
        if (operations.has(message.id)) {
          return close(CLOSE.SubscriberAlreadyExists, "Subscriber for this id already exists");
        }
        // Unanswered: the client asks again where it connects to next.
        return restarting ? undefined : operations.start(message.id, message.payload, identity);
      case MessageType.Complete:
        return operations.complete(message.id);
      default:
        return close(CLOSE.BadRequest, "Invalid message");
    }
  };

  socket.on("message", (data: RawData, isBinary: boolean) => {
    alive = true;
    // What was under way when the socket was closed must not be carried out any more.
    if (socket.readyState !== socket.OPEN) return;
    const message = readMessage(data as Buffer, isBinary);
    if (message === null) return close(CLOSE.BadRequest, "Invalid message");
    if (initialised && identity === undefined) return void early.push(message);
    receive(message);
  });
  socket.on("pong", () => {
    alive = true;
  });
  socket.on("close", () => {
    clearTimeout(late);
    clearTimeout(deaf);
    unwatch();
    leave?.();
    operations.end();
  });

  return {
    isAlive() {
      // Its answer would wait behind all that it has not read: that it is too slow is found out otherwise.
      if (outlet.isFull()) return true;
      if (!alive) return false;
      alive = false;
      socket.ping();
      return true;
    },
    restart() {
      restarting = true;
      operations.endStreams();
      closeIfDone();
    },
  };
};
