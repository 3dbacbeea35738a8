import type { ExecutionResult, FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";
import { usualStatusOf } from "../../error-codes.ts";
import type { RequestTrace } from "../../gateway/client.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { RequestContext } from "../http/context.ts";
import { lineOf } from "../http/log-lines.ts";
import { isServerFault, publicError, rootCause } from "./errors.ts";
import { withoutSuggestion } from "./messages.ts";

/** What resolvers leave in their context beside the data. */
export interface ResolverEffects {
  readonly trace?: readonly RequestTrace[];
  /** How many reads of each operation of the gateway the cache answered. */
  readonly cacheHits?: ReadonlyMap<string, number>;
  /** Errors beside the data: losses that did not fail a field. */
  readonly reports?: readonly GraphQLError[];
  /** What the response depends on; null if nobody may keep it. */
  readonly dependencies?: readonly string[] | null;
}

/** The response to one operation. */
export interface OperationResponse {
  readonly body: FormattedExecutionResult;
  /** The body as JSON, serialized at most once for all who share the response. */
  readonly json: () => string;
  /** The HTTP status. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * How the status depends on the errors of a response without data. "accurate" follows the table of codes; "lenient" is 200 for what only
 * the operation is to blame for; "constant" is always 200. A mutation by GET is not a well-formed request: 405 by every rule.
 */
export type StatusRule = "accurate" | "lenient" | "constant";

/** How a result is formatted. */
export interface FormatOptions {
  readonly logger: Logger;
  /** Called for each error of a store that was unavailable. */
  readonly onStoreFailure: (error: StoreUnavailableError) => void;
  /** Whether error messages may suggest names of the schema. */
  readonly suggestions: boolean;
  readonly statusRule: StatusRule;
}

const MAX_LOGGED_ERRORS = 5;
const MAX_LOGGED_CODES = 10;

/**
 * Formats a result for the client: its errors are public and have codes, and the upstream calls are listed if the client asks for
 * them. Logs the faults of this server.
 */
export const formatResult = (
  result: ExecutionResult,
  caller: RequestContext,
  { trace = [], cacheHits = new Map(), reports = [] }: ResolverEffects,
  { logger, onStoreFailure, suggestions, statusRule }: FormatOptions,
): OperationResponse => {
  const hasData = "data" in result;
  if (
    hasData &&
    result.errors === undefined &&
    result.extensions === undefined &&
    !caller.traced &&
    reports.length === 0
  )
    return plainResponse({ data: result.data ?? null });
  const errors = [...(result.errors ?? []), ...(hasData ? reports : [])].map(publicError);
  if (!caller.signal.aborted) logFaults(errors, caller, logger, onStoreFailure);
  const formatted = errors.map((error) => formatError(error, caller.id, suggestions));
  const codes = new Set(errors.map(({ extensions }) => String(extensions.code)));
  caller.note({ errorCodes: [...codes].slice(0, MAX_LOGGED_CODES) });
  const upstream = caller.traced
    ? { upstream: [...formatTrace(trace, caller.startedAt), ...formatHits(cacheHits)] }
    : {};
  const extensions = { ...result.extensions, ...upstream };
  const body = {
    ...(formatted.length === 0 ? {} : { errors: formatted }),
    ...(hasData ? { data: result.data ?? null } : {}),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
  };
  return {
    body,
    json: serializer(body),
    status: responseStatus(errors, hasData, statusRule),
    headers: Object.assign({}, ...errors.map(({ extensions: { http } }) => http?.headers)) as Record<string, string>,
  };
};

const NO_HEADERS: OperationResponse["headers"] = {};

/** Nearly all results: data and nothing else. */
const plainResponse = (body: FormattedExecutionResult): OperationResponse => ({
  body,
  json: serializer(body),
  status: 200,
  headers: NO_HEADERS,
});

/** Serializes a body when it is first asked for. */
export const serializer = (body: FormattedExecutionResult): (() => string) => {
  let json: string | undefined;
  return () => (json ??= JSON.stringify(body));
};

const METHOD_NOT_ALLOWED = 405;
/** Other statuses are about the caller, such as 429, or about this server: intermediaries act on them. */
const STATUSES_OF_OPERATIONS: readonly number[] = [400, 406];

const responseStatus = (errors: readonly GraphQLError[], hasData: boolean, rule: StatusRule): number => {
  if (hasData || errors.length === 0) return 200;
  const statuses = errors.map(
    ({ extensions: { code, http } }) => http?.status ?? usualStatusOf(code ?? "INTERNAL_SERVER_ERROR"),
  );
  const status = Math.max(...statuses);
  if (rule === "accurate" || status === METHOD_NOT_ALLOWED) return status;
  return rule === "constant" || STATUSES_OF_OPERATIONS.includes(status) ? 200 : status;
};

const formatError = (error: GraphQLError, requestId: string, suggestions: boolean): GraphQLFormattedError => {
  const { http: _, ...extensions } = error.extensions;
  const isInternal = extensions.code === "INTERNAL_SERVER_ERROR";
  return {
    message: suggestions ? error.message : withoutSuggestion(error.message),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: isInternal ? { ...extensions, requestId } : extensions,
  };
};

const formatTrace = (trace: readonly RequestTrace[], start: number) =>
  trace.map(({ operation, status, startedAt, milliseconds }) => ({
    operation,
    status,
    startedMs: Math.max(0, Math.round(startedAt - start)),
    durationMs: Math.round(milliseconds * 10) / 10,
  }));

const formatHits = (hits: ReadonlyMap<string, number>) =>
  [...hits].map(([operation, fromCache]) => ({ operation, fromCache }));

const logFaults = (
  errors: readonly GraphQLError[],
  caller: RequestContext,
  logger: Logger,
  onStoreFailure: FormatOptions["onStoreFailure"],
): void => {
  const causes = errors.map(rootCause);
  for (const cause of causes)
    if (cause instanceof StoreUnavailableError && !isServerFault(cause)) onStoreFailure(cause);
  const faults = errors.filter((_error, index) => isServerFault(causes[index]));
  for (const error of faults.slice(0, MAX_LOGGED_ERRORS)) {
    const { code } = error.extensions;
    const cause = rootCause(error);
    logger.error({ ...lineOf(caller), code, path: error.path, err: cause, of: faults.length }, "operation failed");
  }
};
