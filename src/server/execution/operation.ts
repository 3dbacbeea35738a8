import { GraphQLError, OperationTypeNode } from "graphql";
import type { AdmittedOperation } from "../admission/admission.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import { randomId } from "../../runtime/random-id.ts";
import type { LogFields } from "../http/context.ts";
import type { GraphQLParams } from "../http/request.ts";
import { type Caller, callerFields, type Identity } from "../identity/caller.ts";
import { unexpectedError } from "./errors.ts";
import type { Executor } from "./executor.ts";
import { nameOperation } from "./operation-span.ts";
import type { OperationResponse } from "./result.ts";

/** What a transport does with an operation. All three may throw a GraphQLError or OperationRejected, which `reject` then writes. */
export interface OperationHandler {
  /** Executes a query or mutation and writes its response. */
  readonly execute: (operation: AdmittedOperation) => Promise<void> | void;
  /** Opens a subscription. */
  readonly subscribe: (operation: AdmittedOperation) => Promise<void> | void;
  /** Writes the response to an operation that is rejected. */
  readonly reject: (response: OperationResponse) => void;
  /** Whether the client expects status 200 where only the operation is to blame. @default false */
  readonly lenientStatus?: boolean;
}

const MAX_LOGGED_NAME = 64;

/**
 * Handles one operation for a transport: admits it, then lets the transport execute it or subscribe to it, or reject it. Up to the
 * first asynchronous step of the handler it runs synchronously: a socket knows an operation before it reads its next message.
 *
 * @throws Whatever else the handler throws: an unexpected error.
 */
export const handleOperation = async (
  executor: Executor,
  params: GraphQLParams,
  caller: Caller,
  handler: OperationHandler,
): Promise<void> => {
  const { lenientStatus = false } = handler;
  let operation: AdmittedOperation | null = null;
  try {
    operation = admit(executor, params, caller);
    const { definition } = operation;
    const operationName = definition?.name?.value.slice(0, MAX_LOGGED_NAME);
    caller.note({ operationName, operationType: definition?.operation });
    nameOperation(caller.span, definition, operationName);
    const isSubscription = definition?.operation === OperationTypeNode.SUBSCRIPTION;
    await (isSubscription ? handler.subscribe(operation) : handler.execute(operation));
  } catch (error) {
    if (error instanceof OperationRejected) {
      const refused = operation ?? error.operation;
      if (refused !== null) executor.onRefused(caller, refused, error.errors);
    }
    handler.reject(executor.format({ errors: errorsOf(error) }, caller, {}, { lenientStatus }));
  }
};

/** A fault of the admission itself is the fault of one operation, like one of its execution. */
const admit = ({ admission }: Executor, params: GraphQLParams, caller: Caller): AdmittedOperation => {
  try {
    return admission.admit(params, caller);
  } catch (error) {
    if (error instanceof OperationRejected || error instanceof GraphQLError) throw error;
    throw new OperationRejected([unexpectedError(error)]);
  }
};

const errorsOf = (error: unknown): readonly GraphQLError[] => {
  if (error instanceof OperationRejected) return error.errors;
  if (error instanceof GraphQLError) return [error];
  throw error;
};

/** A caller of an operation that is not an HTTP request: a message on a socket, or events. */
export class OperationCaller implements Caller {
  readonly id = randomId();
  readonly startedAt = Date.now();
  readonly traced = false;
  readonly uncached = false;
  readonly inlineTraced = false;
  readonly identity: Identity;
  readonly address: string;
  readonly span: Caller["span"];
  #fields: LogFields;
  #isAborted = false;
  #abort: AbortController | undefined;

  constructor(
    identity: Identity,
    { address, span, transport }: Pick<Caller, "address" | "span"> & Pick<LogFields, "transport">,
  ) {
    this.#fields = { ...callerFields(identity), transport };
    this.identity = identity;
    this.address = address;
    this.span = span;
  }

  note(more: LogFields): void {
    this.#fields = { ...this.#fields, ...more };
  }

  logFields(): LogFields {
    return this.#fields;
  }

  /** Made when it is first read: a subscription, which lasts for days, does not need it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isAborted) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Ends what is in progress for this caller. */
  abort(): void {
    this.#isAborted = true;
    this.#abort?.abort();
  }
}
