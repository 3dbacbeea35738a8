import { randomUUID } from "node:crypto";
import { GraphQLError, OperationTypeNode } from "graphql";
import type { Message, SubscribePayload } from "graphql-ws";
import type { RawData, WebSocket } from "ws";
import type { Logger } from "../../runtime/logger.ts";
import type { Caller } from "../caller.ts";
import type { Engine } from "../engine.ts";
import type { Live } from "../live.ts";
import type { Params } from "../params.ts";
import { operationOf } from "../stream.ts";
import { CLOSE, MessageType, readMessage } from "./protocol.ts";
import { createSocketSink, type SocketLimits } from "./sink.ts";

export interface ConnectionOptions extends SocketLimits {
  readonly engine: Engine;
  readonly live: Live;
  readonly logger: Logger;
  readonly initTimeoutMs: number;
  readonly maxOperations: number;
}

export interface Connection {
  /** Sends a ping; false when the last one was not answered. */
  readonly isAlive: () => boolean;
  /** Tells the last cursor and closes, so that the client connects again elsewhere. */
  readonly restart: () => void;
}

interface Operation {
  end: () => void;
}

/** Speaks graphql-transport-ws with one client. What fails fails for its operation; the socket and its neighbours live. */
export const openConnection = (socket: WebSocket, options: ConnectionOptions): Connection => {
  const { engine, live, logger, initTimeoutMs, maxOperations } = options;
  const operations = new Map<string, Operation>();
  let initialised = false;
  let acknowledged = false;
  let alive = true;
  let progress: string | null = null;

  const send = (message: object) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  const close = (code: number, reason: string) => {
    clearTimeout(late);
    for (const { end } of operations.values()) end();
    operations.clear();
    socket.close(code, reason);
  };
  const late = setTimeout(
    () => close(CLOSE.ConnectionInitialisationTimeout, "Connection initialisation timeout"),
    initTimeoutMs,
  );

  const callerOf = (signal: AbortSignal): Caller => ({
    id: randomUUID(),
    startedAt: Date.now(),
    signal,
    traced: false,
    note: () => {},
  });

  const fail = (id: string, error: GraphQLError, caller: Caller) => {
    operations.delete(id);
    send({ id, type: MessageType.Error, payload: engine.finish({ errors: [error] }, caller, {}).body.errors });
  };

  const run = async (id: string, params: Params, operation: Operation, caller: Caller) => {
    const { body } = await engine.run(params, caller, { method: "POST", lenientStatus: true });
    if (operations.get(id) !== operation) return;
    operations.delete(id);
    if (!("data" in body)) return send({ id, type: MessageType.Error, payload: body.errors });
    send({ id, type: MessageType.Next, payload: body });
    send({ id, type: MessageType.Complete });
  };

  const start = (id: string, payload: SubscribePayload) => {
    const gone = new AbortController();
    const caller = callerOf(gone.signal);
    const operation: Operation = { end: () => gone.abort() };
    if (operations.has(id)) return close(CLOSE.SubscriberAlreadyExists, "Subscriber for this id already exists");
    if (operations.size >= maxOperations) {
      const extensions = { code: "TOO_MANY_SUBSCRIPTIONS" };
      return fail(id, new GraphQLError(`At most ${maxOperations} operations on one socket.`, { extensions }), caller);
    }
    operations.set(id, operation);
    try {
      const params = payload as Params;
      const isStream =
        operationOf(engine.admission.admit(params.query), params)?.operation === OperationTypeNode.SUBSCRIPTION;
      if (isStream) {
        const sink = createSocketSink(
          socket,
          id,
          options,
          (cursor) => void (progress = cursor),
          () => close(CLOSE.tryAgainLater, "Too slow"),
        );
        operation.end = live.open(params, sink);
        return;
      }
      run(id, params, operation, caller).catch((error: unknown) => {
        logger.error({ err: error, requestId: caller.id }, "operation failed");
        fail(id, new GraphQLError("Unexpected error."), caller);
      });
    } catch (error) {
      if (error instanceof GraphQLError) return fail(id, error, caller);
      logger.error({ err: error, requestId: caller.id }, "operation failed");
      fail(id, new GraphQLError("Unexpected error."), caller);
    }
  };

  const receive = (message: Message) => {
    switch (message.type) {
      case MessageType.ConnectionInit:
        if (initialised) return close(CLOSE.TooManyInitialisationRequests, "Too many initialisation requests");
        initialised = true;
        acknowledged = true;
        clearTimeout(late);
        return send({ type: MessageType.ConnectionAck });
      case MessageType.Ping:
        return send({ type: MessageType.Pong });
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        if (!acknowledged) return close(CLOSE.Unauthorized, "Unauthorized");
        return start(message.id, message.payload);
      case MessageType.Complete: {
        operations.get(message.id)?.end();
        operations.delete(message.id);
        return undefined;
      }
      default:
        return close(CLOSE.BadRequest, "Invalid message");
    }
  };

  socket.on("message", (data: RawData, isBinary: boolean) => {
    alive = true;
    const message = readMessage(data as Buffer, isBinary);
    if (message === null) return close(CLOSE.BadRequest, "Invalid message");
    receive(message);
  });
  socket.on("pong", () => {
    alive = true;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    clearTimeout(late);
    for (const { end } of operations.values()) end();
    operations.clear();
  });

  return {
    isAlive() {
      if (!alive) return false;
      alive = false;
      socket.ping();
      if (progress !== null) send({ type: MessageType.Ping, payload: { cursor: progress } });
      return true;
    },
    restart() {
      send({ type: MessageType.Ping, payload: { cursor: live.cursor() } });
      close(CLOSE.restart, "Service restart");
    },
  };
};
