import { GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { WebSocket } from "ws";
import type { AdmittedOperation } from "../../admission/admission.ts";
import { unexpectedError } from "../../execution/errors.ts";
import type { Executor } from "../../execution/executor.ts";
import { createCaller, handleOperation } from "../../execution/operation.ts";
import type { OperationResponse } from "../../execution/result.ts";
import type { TraceCarrier } from "../../../runtime/tracing.ts";
import type { GraphQLParams } from "../../http/request.ts";
import type { Caller, Identity } from "../../identity/caller.ts";
import { UNSIGNED } from "../../identity/router-signature/guard.ts";
import type { ResumePosition } from "../../subscriptions/open-subscription.ts";
import type { Subscriptions } from "../../subscriptions/subscriptions.ts";
import { stoppingResult } from "../stopping.ts";
import type { WriteBuffer } from "../write-buffer.ts";
import { MessageType, paramsOf } from "./protocol.ts";
import { createSocketSink } from "./socket-sink.ts";

/** What the operations of one socket need. */
export interface SocketOperationsOptions {
  readonly executor: Executor;
  readonly subscriptions: Subscriptions;
  /** Operations of one socket at a time. */
  readonly maxOperations: number;
  /** Whether a subscription ends with a result when the server stops, because its callers are routers. */
  readonly endsWithResult: boolean;
  /** The address of the client. */
  readonly address: string;
  readonly send: (message: object) => void;
  /** Whether the operation is signed by a router, or need not be. */
  readonly isSigned: (params: GraphQLParams) => boolean;
  /** Called once at the end of each operation, however it ends. */
  readonly onOperationEnd: (caller: Caller) => void;
  /** Called when an operation ends by itself or its client completes it. */
  readonly onEnd: () => void;
  /** Called when a subscription cannot continue. */
  readonly onSinkFailure: () => void;
}

/** What the first message of a socket said of its client. */
export interface SocketClient {
  readonly identity: Identity;
  readonly resume: ResumePosition | undefined;
  /** The trace that it connected within. */
  readonly carrier: TraceCarrier;
}

/** The operations of one socket. An error ends its operation; the socket and the other operations continue. */
export interface SocketOperations {
  readonly has: (id: string) => boolean;
  readonly size: () => number;
  /** Starts an operation. */
  readonly start: (id: string, payload: SubscribePayload, client: SocketClient) => void;
  /** Ends an operation on behalf of the client. */
  readonly complete: (id: string) => void;
  /** Ends all subscriptions, each with its last cursor or a last result. */
  readonly endSubscriptions: () => void;
  /** Ends all operations. */
  readonly end: () => void;
}

interface OpenOperation {
  readonly end: () => void;
  /** Sends the last cursor or the last result of a subscription; queries and mutations have none. */
  readonly sendLast?: () => void;
}

/** Creates the operations of one socket, which has none yet. */
export const createSocketOperations = (
  socket: WebSocket,
  buffer: WriteBuffer,
  options: SocketOperationsOptions,
): SocketOperations => {
  const {
    executor,
    subscriptions,
    maxOperations,
    endsWithResult,
    address,
    send,
    isSigned,
    onOperationEnd,
    onEnd,
    onSinkFailure,
  } = options;
  const open = new Map<string, OpenOperation>();

  const remove = (id: string) => {
    if (open.delete(id)) onEnd();
  };

  /** The error of an operation that may not even be admitted. */
  const rejectionOf = (params: GraphQLParams): GraphQLError | null => {
    if (open.size >= maxOperations) {
      const message = `A WebSocket may have at most ${maxOperations} operations at a time.`;
      return new GraphQLError(message, { extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } });
    }
    return isSigned(params) ? null : new GraphQLError(UNSIGNED, { extensions: { code: "UNAUTHENTICATED" } });
  };

  const openSubscription = (id: string, operation: AdmittedOperation, resume: ResumePosition | undefined) => {
    const complete = () => {
      if (open.delete(id)) {
        send({ id, type: MessageType.Complete });
        onOperationEnd(operation.caller);
      }
      onEnd();
    };
    const sink = createSocketSink(socket, buffer, id, { fail: onSinkFailure, complete });
    const { cursor, end } = subscriptions.open(operation, sink, resume);
    const sendLast = () => {
      const last = cursor();
      if (endsWithResult) {
        send({ id, type: MessageType.Next, payload: stoppingResult(last) });
        send({ id, type: MessageType.Complete });
      } else if (last !== null) sink.checkpoint(last);
    };
    const endSubscription = () => {
      end();
      onOperationEnd(operation.caller);
    };
    open.set(id, { end: endSubscription, sendLast });
  };

  const start = (id: string, payload: SubscribePayload, { identity, resume, carrier }: SocketClient) => {
    const abort = new AbortController();
    const span = executor.tracer?.receive("GraphQL Operation", carrier, { kind: "server" });
    const caller = createCaller(identity, { address, signal: abort.signal, span, transport: "websocket" });
    const params = paramsOf(payload);
    const execution: OpenOperation = {
      end() {
        abort.abort();
        onOperationEnd(caller);
      },
    };
    const isExecuting = () => open.get(id) === execution;

    const execute = async (operation: AdmittedOperation) => {
      open.set(id, execution);
      const { body } = await executor.execute(operation);
      // The client has completed it, or the socket is closed.
      if (!isExecuting()) return;
      if ("data" in body) {
        send({ id, type: MessageType.Next, payload: body });
        send({ id, type: MessageType.Complete });
      } else {
        send({ id, type: MessageType.Error, payload: body.errors });
      }
      onOperationEnd(caller);
      remove(id);
    };
    const reject = ({ body }: OperationResponse) => {
      if (abort.signal.aborted) return;
      send({ id, type: MessageType.Error, payload: body.errors });
      onOperationEnd(caller);
      if (isExecuting()) remove(id);
    };

    const rejection = rejectionOf(params);
    if (rejection !== null) return reject(executor.format({ errors: [rejection] }, caller));
    const subscribe = async (operation: AdmittedOperation) => {
      const checking = subscriptions.check(operation);
      if (checking !== undefined) {
        open.set(id, execution);
        await checking;
        if (!isExecuting()) return;
      }
      openSubscription(id, operation, resume);
      span?.end();
    };
    handleOperation(executor, params, caller, { execute, subscribe, reject }).catch((error: unknown) =>
      reject(executor.format({ errors: [unexpectedError(error)] }, caller)),
    );
  };

  return {
    has: (id) => open.has(id),
    size: () => open.size,
    start,
    complete(id) {
      open.get(id)?.end();
      remove(id);
    },
    endSubscriptions() {
      for (const [id, { sendLast, end }] of open) {
        if (sendLast === undefined) continue;
        sendLast();
        end();
        open.delete(id);
      }
    },
    end() {
      for (const { end } of open.values()) end();
      open.clear();
    },
  };
};
