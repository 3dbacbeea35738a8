import { GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { WebSocket } from "ws";
import { type AdmittedOperation, takeResponse } from "../../admission/admission.ts";
import type { SocketEntrance } from "../../admission/entrance.ts";
import { unexpectedError } from "../../execution/errors.ts";
import type { Executor } from "../../execution/executor.ts";
import { handleOperation, OperationCaller } from "../../execution/operation.ts";
import type { OperationResponse } from "../../execution/result.ts";
import type { TraceCarrier } from "../../../runtime/tracing.ts";
import type { GraphQLParams } from "../../http/request.ts";
import type { Identity } from "../../identity/caller.ts";
import { UNSIGNED } from "../../identity/router-signature/guard.ts";
import type { ResumePosition } from "../../subscriptions/open-subscription.ts";
import type { Subscriptions } from "../../subscriptions/subscriptions.ts";
import type { WriteBuffer } from "../write-buffer.ts";
import { MessageType, paramsOf } from "./protocol.ts";
import { SocketSubscription, type SocketSubscriptionOwner } from "./socket-subscription.ts";

/** What the operations of all sockets need. */
export interface SocketOperationsOptions {
  readonly executor: Executor;
  readonly subscriptions: Subscriptions;
  readonly entrance: SocketEntrance;
  /** Operations of one socket at a time. */
  readonly maxOperations: number;
  /** Whether a subscription ends with a result when the server stops, because its callers are routers. */
  readonly endsWithResult: boolean;
}

/** The connection, as its operations see it. */
export interface SocketOperationsOwner {
  /** The IP address of the client. */
  readonly address: string;
  send(message: object): void;
  /** Sends a message that is JSON already. */
  sendText(json: string): void;
  /** Whether the operation is signed by a router, or need not be. */
  isSigned(params: GraphQLParams): boolean;
  /** Called once at the end of each operation, however it ends. */
  onOperationEnd(caller: OperationCaller): void;
  /** Called when an operation ends by itself or its client completes it. */
  onEnd(): void;
  /** Called when a subscription cannot continue. */
  tryAgainLater(): void;
}

/** What the first message of a socket said of its client. */
export interface SocketClient {
  readonly identity: Identity;
  readonly resume: ResumePosition | undefined;
  /** The trace that it connected within. */
  readonly carrier: TraceCarrier;
}

/** An operation in progress; only subscriptions have a last cursor or a last result to send. */
interface OpenOperation {
  end(): void;
  sendLast?(): void;
}

/** The operations of one socket. An error ends its operation; the socket and the other operations continue. */
export class SocketOperations implements SocketSubscriptionOwner {
  readonly socket: WebSocket;
  readonly buffer: WriteBuffer;
  readonly #owner: SocketOperationsOwner;
  readonly #options: SocketOperationsOptions;
  readonly #open = new Map<string, OpenOperation>();

  constructor(socket: WebSocket, buffer: WriteBuffer, owner: SocketOperationsOwner, options: SocketOperationsOptions) {
    this.socket = socket;
    this.buffer = buffer;
    this.#owner = owner;
    this.#options = options;
  }

  get endsWithResult(): boolean {
    return this.#options.endsWithResult;
  }

  get size(): number {
    return this.#open.size;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Starts an operation, whose message has so many bytes. */
  start(id: string, payload: SubscribePayload, { identity, resume, carrier }: SocketClient, bytes: number): void {
    const { executor, subscriptions, entrance } = this.#options;
    const memory = entrance.memoryOf({ address: this.#owner.address, identity });
    const span = executor.tracer?.receive("GraphQL Operation", carrier, { kind: "server" });
    const caller = new OperationCaller(identity, { address: this.#owner.address, span, transport: "websocket" });
    const params = paramsOf(payload);
    const execution: OpenOperation = {
      end: () => {
        caller.abort();
        this.onOperationEnd(caller);
      },
    };
    const isExecuting = () => this.#open.get(id) === execution;

    const respond = async (operation: AdmittedOperation) => {
      memory.take(bytes);
      const { body, json } = await executor.execute(operation);
      takeResponse(memory, operation, json());
      // The client has completed it, or the socket is closed.
      if (!isExecuting()) return;
      if ("data" in body) {
        this.#owner.sendText(`{"id":${JSON.stringify(id)},"type":"next","payload":${json()}}`);
        this.send({ id, type: MessageType.Complete });
      } else {
        this.send({ id, type: MessageType.Error, payload: body.errors });
      }
      this.onOperationEnd(caller);
      this.#remove(id);
    };
    const execute = async (operation: AdmittedOperation) => {
      this.#open.set(id, execution);
      try {
        await respond(operation);
      } finally {
        if (this.buffer.isFull()) void this.buffer.drained().then(memory.release);
        else memory.release();
      }
    };
    const reject = ({ body }: OperationResponse) => {
      if (caller.isAborted) return;
      this.send({ id, type: MessageType.Error, payload: body.errors });
      this.onOperationEnd(caller);
      if (isExecuting()) this.#remove(id);
    };

    const rejection = this.#rejectionOf(params);
    if (rejection !== null) return reject(executor.format({ errors: [rejection] }, caller));
    const subscribe = async (operation: AdmittedOperation) => {
      const checking = subscriptions.check(operation);
      if (checking !== undefined) {
        this.#open.set(id, execution);
        await checking;
        if (!isExecuting()) return;
      }
      const subscription = new SocketSubscription(this, id, caller);
      subscription.attach(subscriptions.open(operation, subscription, resume));
      this.#open.set(id, subscription);
      span?.end();
    };
    handleOperation(executor, params, caller, { execute, subscribe, reject }).catch((error: unknown) =>
      reject(executor.format({ errors: [unexpectedError(error)] }, caller)),
    );
  }

  /** Ends an operation on behalf of the client. */
  complete(id: string): void {
    this.#open.get(id)?.end();
    this.#remove(id);
  }

  /** Ends all subscriptions, each with its last cursor or a last result. */
  endSubscriptions(): void {
    for (const [id, operation] of this.#open) {
      if (operation.sendLast === undefined) continue;
      operation.sendLast();
      operation.end();
      this.#open.delete(id);
    }
  }

  /** Ends all operations. */
  end(): void {
    for (const operation of this.#open.values()) operation.end();
    this.#open.clear();
  }

  send(message: object): void {
    this.#owner.send(message);
  }

  onOperationEnd(caller: OperationCaller): void {
    this.#owner.onOperationEnd(caller);
  }

  onComplete(id: string, caller: OperationCaller): void {
    if (this.#open.delete(id)) {
      this.send({ id, type: MessageType.Complete });
      this.onOperationEnd(caller);
    }
    this.#owner.onEnd();
  }

  onFailure(): void {
    this.#owner.tryAgainLater();
  }

  #remove(id: string): void {
    if (this.#open.delete(id)) this.#owner.onEnd();
  }

  /** The error of an operation that may not even be admitted. */
  #rejectionOf(params: GraphQLParams): GraphQLError | null {
    const { maxOperations } = this.#options;
    if (this.#open.size >= maxOperations) {
      const message = `A WebSocket may have at most ${maxOperations} operations at a time.`;
      return new GraphQLError(message, { extensions: { code: "TOO_MANY_SUBSCRIPTIONS" } });
    }
    return this.#owner.isSigned(params)
      ? null
      : new GraphQLError(UNSIGNED, { extensions: { code: "UNAUTHENTICATED" } });
  }
}
