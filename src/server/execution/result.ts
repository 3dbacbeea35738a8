import type { ExecutionResult, FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";
import type { RequestTrace } from "../../gateway/client.ts";
import type { Logger } from "../../runtime/logger.ts";
import { isServerFault, publicError, rootCause } from "./errors.ts";
import type { RequestContext } from "../http/context.ts";
import { withoutSuggestion } from "./messages.ts";

/** What is read from the resolvers' context, where it has it. */
export interface ResolverEffects {
  readonly trace?: readonly RequestTrace[];
  /** Errors beside the data: what was lost without costing a field. */
  readonly reports?: readonly GraphQLError[];
}

export interface OperationResponse {
  readonly body: FormattedExecutionResult;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FinishOptions {
  readonly logger: Logger;
  /** Whether messages may tell names of the schema. */
  readonly suggestions: boolean;
  /** Whether the client is one that wants errors of its document with status 200. */
  readonly lenientStatus: boolean;
}

const MAX_LOGGED = 5;

/** What goes out: public errors only, each with a code, and the calls made upstream where the client asks for them. */
export const finishResult = (
  result: ExecutionResult,
  caller: RequestContext,
  { trace = [], reports = [] }: ResolverEffects,
  { logger, suggestions, lenientStatus }: FinishOptions,
): OperationResponse => {
  const hasData = "data" in result;
  const errors = [...(result.errors ?? []), ...(hasData ? reports : [])].map(publicError);
  logAlarming(errors, caller, logger);
  const formatted = errors.map((error) => format(error, caller.id, suggestions));
  caller.note({
    errorCodes: [...new Set(formatted.map(({ extensions }) => String(extensions?.["code"])))].slice(0, 10),
  });
  const extensions = { ...result.extensions, ...(caller.traced ? { upstream: calls(trace, caller.startedAt) } : {}) };
  return {
    body: {
      ...(formatted.length === 0 ? {} : { errors: formatted }),
      ...(hasData ? { data: result.data ?? null } : {}),
      ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    },
    status: statusOf(errors, hasData, lenientStatus),
    headers: Object.assign({}, ...errors.map(({ extensions }) => extensions.http?.headers)) as Record<string, string>,
  };
};

const statusOf = (errors: readonly GraphQLError[], hasData: boolean, lenient: boolean): number => {
  if (hasData || errors.length === 0) return 200;
  const told = errors.map(({ extensions: { http } }) => (lenient && http?.spec === true ? 200 : (http?.status ?? 400)));
  return Math.max(...told);
};

const format = (error: GraphQLError, requestId: string, suggestions: boolean): GraphQLFormattedError => {
  const { http: _, ...extensions } = error.extensions;
  const isOurFault = extensions["code"] === "INTERNAL_SERVER_ERROR";
  return {
    message: suggestions ? error.message : withoutSuggestion(error.message),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: isOurFault ? { ...extensions, requestId } : extensions,
  };
};

const calls = (trace: readonly RequestTrace[], start: number) =>
  trace.map(({ operation, status, startedAt, milliseconds }) => ({
    operation,
    status,
    startedMs: Math.max(0, Math.round(startedAt - start)),
    durationMs: Math.round(milliseconds * 10) / 10,
  }));

const logAlarming = (errors: readonly GraphQLError[], { id, signal }: RequestContext, logger: Logger): void => {
  if (signal.aborted) return;
  const alarming = errors.filter((error) => isServerFault(rootCause(error)));
  for (const error of alarming.slice(0, MAX_LOGGED)) {
    const { code } = error.extensions;
    logger.error(
      { requestId: id, code, path: error.path, err: rootCause(error), of: alarming.length },
      "operation failed",
    );
  }
};
