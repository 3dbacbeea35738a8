import { GraphQLError, type GraphQLErrorExtensions } from "graphql";
import type { ErrorCode } from "../../error-codes.ts";
import { GatewayError, type GatewayErrorCode, type InputFault, InvalidInputError } from "../../gateway/errors.ts";
import { publicMessage } from "../../gateway/public-message.ts";
import { type StoreName, StoreUnavailableError } from "../../redis/errors.ts";
import { argumentName, faultMessage } from "../../schema/kernel/arguments.ts";
import { withoutValues } from "./messages.ts";

/** Returns the error that executors have wrapped. */
export const rootCause = (error: unknown): unknown => {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
};

/** Failures of the gateway that the operator of this server has to look into: only the log says which operation failed. */
const OPERATORS_CODES: ReadonlySet<GatewayErrorCode> = new Set([
  "UPSTREAM_UNAUTHENTICATED",
  "UPSTREAM_INVALID_RESPONSE",
]);

/** Whether an error is a fault of this server or its operator, and has to be logged. An unavailable store with a code is not a fault. */
export const isServerFault = (cause: unknown): boolean => {
  if (cause instanceof GatewayError) return OPERATORS_CODES.has(cause.code);
  if (cause instanceof StoreUnavailableError) return UNAVAILABLE[cause.store] === undefined;
  return !(cause instanceof InvalidInputError || (cause instanceof GraphQLError && hasCode(cause)));
};

const hasCode = ({ extensions }: GraphQLError): boolean => typeof extensions.code === "string";

/** Variables that fail type coercion are rejected before any field, by errors without a code. */
const isAboutVariables = ({ path, extensions }: GraphQLError): boolean =>
  path === undefined && extensions.http?.status === 400 && (extensions.code ?? "BAD_USER_INPUT") === "BAD_USER_INPUT";

/**
 * A variable may be null where an argument must not be, if it has a default: only the execution detects it, and graphql-js throws an error
 * without a code.
 */
const argumentIn = ({ message, extensions }: GraphQLError): string | undefined =>
  extensions.code === undefined
    ? /^Argument "(\w+)" (?:of (?:required|non-null) type "[^"]+" |has invalid value )/.exec(message)?.[1]
    : undefined;

/** The name of a member of the gateway's request as the schema has it. */
const fieldName = (path: InputFault["path"]): string =>
  path.map((step) => (typeof step === "number" ? String(step) : argumentName(step, {}))).join(".");

const gatewayExtensions = ({ code, facts }: GatewayError): GraphQLErrorExtensions => ({
  code,
  ...(facts.statusCode === undefined ? {} : { statusCode: facts.statusCode }),
  ...(facts.field === undefined ? {} : { field: fieldName([facts.field]) }),
  ...(facts.retryAfterSeconds === undefined ? {} : { retryAfter: facts.retryAfterSeconds }),
  ...(facts.ambiguous === true ? { ambiguous: true } : {}),
});

interface PublicMessage {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What clients see when a store is unavailable. Resolvers use no other stores. */
const UNAVAILABLE: Partial<Record<StoreName, PublicMessage>> = {
  "event log": { code: "EVENTS_UNAVAILABLE", message: "The event log is unavailable; try again." },
  "store of idempotency keys": {
    code: "IDEMPOTENCY_UNAVAILABLE",
    message: "The store of idempotency keys is unavailable; nothing was sent to any device. Try again.",
  },
};

/** Keeps the location in the document and changes the rest. The cause stays with the error for the log; no response has it. */
const reworded = (
  error: unknown,
  message: string,
  extensions: GraphQLErrorExtensions,
  cause: unknown = null,
): GraphQLError => {
  const originalError = cause instanceof Error && !(cause instanceof GraphQLError) ? cause : null;
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { originalError, extensions });
  const { nodes = null, source = null, positions = null, path = null } = error;
  return new GraphQLError(message, { nodes, source, positions, path, originalError, extensions });
};

/**
 * Returns the error that a client sees. An error that is meant for clients has a code and passes, unless it wraps one that is not;
 * failures of the gateway and of stores pass with messages of this server; any other error is unexpected and reveals nothing.
 */
export const publicError = (error: unknown): GraphQLError => {
  const cause = rootCause(error);
  if (cause instanceof GatewayError) return reworded(error, publicMessage(cause), gatewayExtensions(cause), cause);
  const unavailable = cause instanceof StoreUnavailableError ? UNAVAILABLE[cause.store] : undefined;
  if (unavailable !== undefined) return reworded(error, unavailable.message, { code: unavailable.code }, cause);
  if (cause instanceof InvalidInputError) {
    const faults = cause.faults.map((fault) => ({ field: fieldName(fault.path), message: faultMessage(fault, {}) }));
    return reworded(error, faults.map(({ field, message }) => `${field}: ${message}`).join("; "), {
      code: "BAD_USER_INPUT",
      fields: faults.map(({ field }) => field),
    });
  }
  const argument = cause instanceof GraphQLError ? argumentIn(cause) : undefined;
  if (cause instanceof GraphQLError && argument !== undefined)
    return reworded(error, withoutValues(cause.message), { code: "BAD_USER_INPUT", argument });
  if (error instanceof GraphQLError && isAboutVariables(error)) {
    return reworded(error, withoutValues(error.message), { ...error.extensions, code: "BAD_USER_INPUT" });
  }
  if (error instanceof GraphQLError && cause instanceof GraphQLError && hasCode(error)) {
    return error.path === undefined ? reworded(error, withoutValues(error.message), error.extensions) : error;
  }
  return reworded(error, "Unexpected error.", { code: "INTERNAL_SERVER_ERROR" }, cause);
};

/** A `GraphQLError` for anything that was thrown unexpectedly. */
export const unexpectedError = (thrown: unknown): GraphQLError => {
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError("Unexpected error.", { originalError });
};

/** A variable that fails type coercion; HTTP clients get status 400. */
export const invalidVariables = ({ message, nodes }: GraphQLError): GraphQLError =>
  new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: "BAD_USER_INPUT", http: { status: 400 } } });

/** `isNamed`: the request names an operation, which the document does not have. */
export const unresolvedOperation = (isNamed: boolean): GraphQLError =>
  new GraphQLError(
    isNamed
      ? "The document has no operation of this name: `operationName` must name one of its operations, or be left out if there is only one."
      : "The document has several operations: `operationName` must name one of them.",
    { extensions: { code: "OPERATION_RESOLUTION_FAILURE", http: { status: 400 } } },
  );

export const mutationByGet = (): GraphQLError =>
  new GraphQLError("A mutation must be sent by POST.", {
    extensions: { code: "BAD_REQUEST", http: { status: 405, headers: { allow: "POST" } } },
  });

/** A client asks for a subscription and accepts a single result only. */
export const subscriptionWithoutStream = (): GraphQLError =>
  new GraphQLError("Subscriptions are served over WebSocket, and to clients that accept text/event-stream.", {
    extensions: { code: "BAD_REQUEST", http: { status: 406 } },
  });
