import { unifiedGraphHandler } from "@graphql-hive/router-runtime";
import { createGraphQLError, type ExecutionRequest, type ExecutionResult, isAsyncIterable } from "@graphql-tools/utils";
import type { GraphQLError } from "graphql";

type Fault = Pick<GraphQLError, "message"> & Partial<Pick<GraphQLError, "path" | "extensions">>;

type Handler = typeof unifiedGraphHandler;

/** An error of the connection has no code that a client knows, and its message would be hidden. */
const asKnown = (error: GraphQLError, serviceName: string): GraphQLError =>
  error.originalError === undefined
    ? error
    : createGraphQLError(`${serviceName} cannot be reached.`, {
        extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName },
      });

/**
 * The result of a subgraph that is away or refuses a request as a whole. Each entity that was asked for gets the errors, from which the
 * planner computes their paths in the response.
 */
const withPaths = (serviceName: string, { variables }: ExecutionRequest, result: ExecutionResult): ExecutionResult => {
  if (result.errors === undefined || result.data != null) return result;
  const errors = result.errors.map((error) => asKnown(error, serviceName));
  const { representations } = (variables ?? {}) as { readonly representations?: readonly unknown[] };
  const located = representations?.flatMap((_, index) =>
    errors.map(({ message, extensions }) => createGraphQLError(message, { extensions, path: ["_entities", index] })),
  );
  return { ...result, errors: located ?? errors };
};

/** Errors of events are plain objects, whose code and path would be hidden as if they were unexpected. */
const asError = ({ message, path, extensions = {} }: Fault): GraphQLError =>
  createGraphQLError(message, { extensions, ...(path === undefined ? {} : { path }) });

/** A transport may end a subscription by an error, whose code the planner would replace: here that is its last result. */
async function* withLastResult(results: AsyncIterable<ExecutionResult>): AsyncGenerator<ExecutionResult> {
  try {
    for await (const { data, errors, ...result } of results) {
      // The planner takes null for no news, and would repeat the data of the result before.
      yield { ...result, data: data ?? {}, ...(errors === undefined ? {} : { errors: errors.map(asError) }) };
    }
  } catch (error) {
    yield { data: {}, errors: [asError(error as Fault)] };
  }
}

/** The planner collects the errors of all results of a subscription in one list: it must be empty before the next result. */
async function* withOwnErrors(results: AsyncIterable<ExecutionResult>): AsyncGenerator<ExecutionResult> {
  for await (const result of results) {
    const errors = (result.errors as GraphQLError[] | undefined)?.splice(0);
    yield errors === undefined ? result : { ...result, errors };
  }
}

/**
 * Hive's query planner in Rust. It has one record of data and errors for all results of a subscription, and one error for all entities of a
 * request; here each result and each entity has its own.
 */
export const planner: Handler = async (options) => {
  const graph = await unifiedGraphHandler({
    ...options,
    async onSubgraphExecute(subgraph, request) {
      const result = await options.onSubgraphExecute(subgraph, request);
      return isAsyncIterable(result) ? withLastResult(result) : withPaths(subgraph, request, result);
    },
  });
  const { executor } = graph;
  if (executor === undefined) throw new Error("The query planner must have an executor.");
  return {
    ...graph,
    async executor(request) {
      const result = await executor(request);
      return isAsyncIterable(result) ? withOwnErrors(result) : result;
    },
  };
};
