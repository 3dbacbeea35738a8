import type { ExecutionResult, GraphQLSchema } from "graphql";
import { createYoga, isAsyncIterable } from "graphql-yoga";
import type { Logger } from "../../runtime/logger.ts";
import {
  type Admission,
  type AdmissionOptions,
  type AdmittedOperation,
  createAdmission,
} from "../admission/admission.ts";
import { LIMITS } from "../admission/limits.ts";
import type { RequestContext } from "../http/context.ts";
import type { Caller } from "../identity/caller.ts";
import { publicError } from "./errors.ts";
import { createRecorder, type Recorder } from "./inline-trace/recorder.ts";
import { createInstrument, type Instrument } from "./inline-trace/schema.ts";
import { encodeTrace } from "./inline-trace/trace.ts";
import { type ExecutionState, useAdmittedOperation, useContext } from "./plugins.ts";
import { type OperationResponse, formatResult, type ResolverEffects } from "./result.ts";

/** By default every caller may introspect, and no documents are stored. */
export interface ExecutorOptions extends Partial<Pick<AdmissionOptions, "limits" | "introspection" | "persisted">> {
  readonly schema: GraphQLSchema;
  /** Creates the resolvers' context, once for each operation or event that is executed. */
  readonly createContext: (caller: Caller) => object;
  readonly logger: Logger;
  /** Whether error messages may suggest names of the schema. */
  readonly development: boolean;
}

/** How one operation is executed. */
export interface ExecuteOptions {
  /** The HTTP method; a mutation by GET is rejected. @default "POST" */
  readonly method?: "GET" | "POST";
  /** Whether the client expects errors of its document with status 200. @default false */
  readonly lenientStatus?: boolean;
}

/** Executes operations for every transport. */
export interface Executor {
  readonly schema: GraphQLSchema;
  readonly admission: Admission;
  /** Executes a query or mutation. Rejects with OperationRejected if its caller exceeds a quota. */
  readonly execute: (operation: AdmittedOperation, options?: ExecuteOptions) => Promise<OperationResponse>;
  /** Formats a result that was not produced by `execute`. */
  readonly format: (
    result: ExecutionResult,
    caller: RequestContext,
    effects?: ResolverEffects,
    options?: Pick<ExecuteOptions, "lenientStatus">,
  ) => OperationResponse;
  readonly createContext: ExecutorOptions["createContext"];
}

/** Yoga runs the plugins and executes admitted operations; its parsers of requests and its responses are not used. */
export const createExecutor = ({
  schema,
  createContext,
  logger,
  development,
  limits = LIMITS,
  introspection = "on",
  persisted = { documents: new Map(), only: false },
}: ExecutorOptions): Executor => {
  const admission = createAdmission({ schema, limits, suggestions: development, introspection, persisted });
  let instrument: Instrument | undefined;
  const yoga = createYoga<ExecutionState>({
    schema,
    plugins: [useAdmittedOperation(), useContext(createContext, () => (instrument ??= createInstrument(schema)))],
    logging: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    maskedErrors: { maskError: publicError },
    parserAndValidationCache: false,
  });

  const format: Executor["format"] = (result, caller, effects = {}, { lenientStatus = false } = {}) =>
    formatResult(result, caller, effects, { logger, suggestions: development, lenientStatus });

  return {
    schema,
    admission,
    createContext,
    format,
    async execute(operation, { method = "POST", lenientStatus = false } = {}) {
      const { caller, cost, text } = operation;
      const release = admission.quotas.acquireOperation(caller);
      try {
        admission.quotas.takeTokens(operation);
        const request = new yoga.fetchAPI.Request("http://localhost/graphql", { method });
        const recorder = caller.inlineTraced ? createRecorder() : undefined;
        const state: ExecutionState = { operation, recorder };
        const { documentId: _, ...sent } = operation.params;
        const result = await yoga.getResultForParams({ params: { ...sent, query: text }, request }, state);
        if (result === undefined || isAsyncIterable(result)) throw new Error("The operation has no single result.");
        const traced = caller.traced ? { ...result, extensions: { ...result.extensions, cost } } : result;
        const response = format(traced, caller, state.contextValue ?? {}, { lenientStatus });
        return recorder === undefined ? response : withTrace(response, recorder);
      } finally {
        release();
      }
    },
  };
};

const withTrace = (response: OperationResponse, recorder: Recorder): OperationResponse => {
  const { body } = response;
  const ftv1 = encodeTrace(recorder, body.errors);
  return { ...response, body: { ...body, extensions: { ...body.extensions, ftv1 } } };
};
