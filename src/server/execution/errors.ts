import { GraphQLError, type GraphQLErrorExtensions } from "graphql";
import { GatewayError, InvalidInputError } from "../../gateway/errors.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { withoutValues } from "./messages.ts";

/** What lies at the bottom of an error that executors have wrapped. */
export const rootCause = (error: unknown): unknown => {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
};

/** Whether an error is a fault of ours, or of our operator, that somebody has to look after. */
export const isServerFault = (cause: unknown): boolean => {
  if (cause instanceof GatewayError) return cause.code === "UPSTREAM_UNAUTHENTICATED";
  return !(cause instanceof InvalidInputError || (cause instanceof GraphQLError && hasCode(cause)));
};

const hasCode = ({ extensions }: GraphQLError): boolean => typeof extensions["code"] === "string";

/** Variables that do not fit their types are refused before any field, by errors without a code. */
const isAboutVariables = ({ path, extensions }: GraphQLError): boolean =>
  path === undefined &&
  extensions.http?.status === 400 &&
  (extensions["code"] ?? "BAD_USER_INPUT") === "BAD_USER_INPUT";

const gatewayExtensions = ({ code, facts }: GatewayError): GraphQLErrorExtensions => ({
  code,
  ...(facts.statusCode === undefined ? {} : { statusCode: facts.statusCode }),
  ...(facts.field === undefined ? {} : { field: facts.field }),
  ...(facts.retryAfterSeconds === undefined ? {} : { retryAfter: facts.retryAfterSeconds }),
  ...(facts.ambiguous === true ? { ambiguous: true } : {}),
});

/** The same place in the document, other words. A cause stays with it for the log; no answer shows it. */
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
 * What a client gets to see of an error. Errors that were meant for clients carry a code and pass, unless they wrap one
 * that was not; failures of the gateway pass in our words; anything else is unexpected and says nothing.
 */
export const publicError = (error: unknown): GraphQLError => {
  const cause = rootCause(error);
  if (cause instanceof GatewayError) return reworded(error, cause.message, gatewayExtensions(cause), cause);
  if (cause instanceof StoreUnavailableError) {
    return reworded(error, "The event log cannot be reached now; try again.", { code: "EVENTS_UNAVAILABLE" }, cause);
  }
  if (cause instanceof InvalidInputError) {
    return reworded(error, cause.message, {
      code: "BAD_USER_INPUT",
      fields: cause.faults.map(({ path }) => path.join(".")),
    });
  }
  if (error instanceof GraphQLError && isAboutVariables(error)) {
    return reworded(error, withoutValues(error.message), { ...error.extensions, code: "BAD_USER_INPUT" });
  }
  if (error instanceof GraphQLError && cause instanceof GraphQLError && hasCode(error)) {
    return error.path === undefined ? reworded(error, withoutValues(error.message), error.extensions) : error;
  }
  return reworded(error, "Unexpected error.", { code: "INTERNAL_SERVER_ERROR", http: { status: 500 } }, cause);
};
