import { randomUUID } from "node:crypto";
import { GraphQLError, OperationTypeNode } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Logger } from "../../../runtime/logger.ts";
import type { AdmittedOperation } from "../../admission/admission.ts";
import type { RequestContext } from "../../http/context.ts";
import type { Caller, Identity } from "../../identity/caller.ts";
import type { Executor } from "../../execution/executor.ts";
import type { Subscriptions } from "../../subscriptions/subscriptions.ts";
import { OperationRejected } from "../../admission/rejected.ts";
import type { WriteBuffer } from "../write-buffer.ts";
import type { GraphQLParams } from "../../http/request.ts";
import { UNSIGNED } from "../../identity/router-signature/guard.ts";
import { MessageType, paramsOf } from "./protocol.ts";
import { createSocketSink } from "./sink.ts";

export interface SocketOperationsOptions {
  readonly engine: Executor;
  readonly live: Subscriptions;
  readonly logger: Logger;
  readonly maxOperations: number;
  /** Where its client is. */
  readonly address: string;
  readonly send: (message: object) => void;
  /** Whether it is one of those that are answered. */
  readonly isSigned: (params: GraphQLParams) => boolean;
  /** Told when an operation ended by itself or by its client. */
  readonly onEnd: () => void;
  /** Told when a subscription cannot go on. */
  readonly onTrouble: () => void;
}

/** The operations of one socket. What fails fails for its operation; the socket and its neighbours live. */
export interface SocketOperations {
  readonly has: (id: string) => boolean;
  readonly size: () => number;
  readonly start: (id: string, payload: SubscribePayload, identity: Identity) => void;
  /** The client wants no more of it. */
  readonly complete: (id: string) => void;
  /** Ends subscriptions, with their last cursors out. */
  readonly endStreams: () => void;
  readonly end: () => void;
}

interface Operation {
  readonly end: () => void;
  /** Only of a subscription; tells where to go on from. */
  readonly tell?: () => void;
}

export const createSocketOperations = (
  socket: WebSocket,
  outlet: WriteBuffer,
  options: SocketOperationsOptions,
): SocketOperations => {
  const { engine, live, logger, maxOperations, address, send, isSigned, onEnd, onTrouble } = options;
  const operations = new Map<string, Operation>();

  const fail = (id: string, error: unknown, caller: RequestContext) => {
    const isTold = error instanceof OperationRejected || error instanceof GraphQLError;
    if (!isTold) logger.error({ err: error, requestId: caller.id }, "operation failed");
    const told = isTold ? error : new GraphQLError("Unexpected error.");
    const errors = told instanceof OperationRejected ? told.errors : [told];
    send({ id, type: MessageType.Error, payload: engine.finish({ errors }, caller, {}).body.errors });
  };

  const run = async (id: string, admitted: AdmittedOperation, isWanted: () => boolean) => {
    const { body } = await engine.execute(admitted, { method: "POST", lenientStatus: true });
    if (!isWanted()) return;
    if (!("data" in body)) return send({ id, type: MessageType.Error, payload: body.errors });
    send({ id, type: MessageType.Next, payload: body });
    send({ id, type: MessageType.Complete });
  };

  const startRun = (id: string, admitted: AdmittedOperation, gone: AbortController) => {
    const operation: Operation = { end: () => gone.abort() };
    const isWanted = () => operations.get(id) === operation;
    operations.set(id, operation);
    run(id, admitted, isWanted)
      .catch((error: unknown) => isWanted() && fail(id, error, admitted.caller))
      .finally(() => {
        if (!isWanted()) return;
        operations.delete(id);
        onEnd();
      });
  };

  const startStream = (id: string, admitted: AdmittedOperation) => {
    const complete = () => {
      if (operations.delete(id)) send({ id, type: MessageType.Complete });
      onEnd();
    };
    const sink = createSocketSink(socket, outlet, id, onTrouble, complete);
    const { cursor, end } = live.open(admitted, sink);
    const tell = () => {
      const last = cursor();
      if (last !== null) sink.checkpoint(last);
    };
    operations.set(id, { end, tell });
  };

  return {
    has: (id) => operations.has(id),
    size: () => operations.size,
    start(id, payload, identity) {
      const gone = new AbortController();
      const caller: Caller = {
        id: randomUUID(),
        startedAt: Date.now(),
        signal: gone.signal,
        traced: false,
        inlineTraced: false,
        note: () => {},
        identity,
        address,
      };
      try {
        if (operations.size >= maxOperations) {
          const extensions = { code: "TOO_MANY_SUBSCRIPTIONS" };
          throw new GraphQLError(`At most ${maxOperations} operations on one socket.`, { extensions });
        }
        const params = paramsOf(payload);
        if (!isSigned(params)) throw new GraphQLError(UNSIGNED, { extensions: { code: "UNAUTHENTICATED" } });
        const admitted = engine.admission.admit(params, caller);
        if (admitted.operation?.operation === OperationTypeNode.SUBSCRIPTION) startStream(id, admitted);
        else startRun(id, admitted, gone);
      } catch (error) {
        fail(id, error, caller);
      }
    },
    complete(id) {
      operations.get(id)?.end();
      if (operations.delete(id)) onEnd();
    },
    endStreams() {
      for (const [id, { tell, end }] of operations) {
        if (tell === undefined) continue;
        tell();
        end();
        operations.delete(id);
      }
    },
    end() {
      for (const { end } of operations.values()) end();
      operations.clear();
    },
  };
};
