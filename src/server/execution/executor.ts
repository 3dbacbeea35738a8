import { type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { createExecute, type Execute } from "../../execution/execute.ts";
import type { Logger } from "../../runtime/logger.ts";
import {
  type Admission,
  type AdmissionOptions,
  type AdmittedOperation,
  createAdmission,
} from "../admission/admission.ts";
import { LIMITS } from "../admission/limits.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import type { RequestContext } from "../http/context.ts";
import type { Caller } from "../identity/caller.ts";
import {
  invalidVariables,
  mutationByGet,
  subscriptionWithoutStream,
  unexpectedError,
  unresolvedOperation,
} from "./errors.ts";
import { createRecorder, type Recorder } from "./inline-trace/recorder.ts";
import { createInstrument, type Instrument } from "./inline-trace/schema.ts";
import { encodeTrace } from "./inline-trace/trace.ts";
import { createPipeline } from "./pipeline.ts";
import { type OperationResponse, formatResult, type ResolverEffects } from "./result.ts";

/** By default every caller may introspect, and no documents are stored. */
export interface ExecutorOptions extends Partial<Pick<AdmissionOptions, "limits" | "introspection" | "persisted">> {
  readonly schema: GraphQLSchema;
  /** Creates the resolvers' context, once for each operation or event that is executed. */
  readonly createContext: (caller: Caller) => object;
  readonly logger: Logger;
  /** Whether error messages may suggest names of the schema. */
  readonly development: boolean;
  /** Envelop plugins that queries and mutations pass. Without them there is no pipeline, which costs more than a small query. */
  readonly plugins?: readonly Plugin[] | undefined;
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
  /** Executes an operation or an event without admission, quotas and plugins. */
  readonly run: Execute;
}

/** Executes admitted operations. Yoga's Envelop pipeline lies around the execution only if there are plugins. */
export const createExecutor = ({
  schema,
  createContext,
  logger,
  development,
  limits = LIMITS,
  introspection = "on",
  persisted = { documents: new Map(), only: false },
  plugins = [],
}: ExecutorOptions): Executor => {
  const admission = createAdmission({ schema, limits, suggestions: development, introspection, persisted });
  const run = createExecute(schema);
  const pipeline = plugins.length === 0 ? undefined : createPipeline(schema, plugins);
  let timed: { readonly instrument: Instrument; readonly run: Execute } | undefined;

  const timedRun = (contextValue: object, recorder: Recorder): Execute => {
    if (timed === undefined) {
      const instrument = createInstrument(schema);
      timed = { instrument, run: createExecute(instrument.schema) };
    }
    timed.instrument.record(contextValue, recorder);
    return timed.run;
  };

  const format: Executor["format"] = (result, caller, effects = {}, { lenientStatus = false } = {}) =>
    formatResult(result, caller, effects, { logger, suggestions: development, lenientStatus });

  /** A query is aborted when its client disconnects; a mutation that has started is not. */
  const resultOf = async (
    { document, params, caller, text }: AdmittedOperation,
    definition: OperationDefinitionNode,
    contextValue: object,
    recorder: Recorder | undefined,
  ): Promise<ExecutionResult> => {
    const isQuery = definition.operation === OperationTypeNode.QUERY;
    const execute = recorder === undefined ? run : timedRun(contextValue, recorder);
    const signal = isQuery ? caller.signal : undefined;
    const request = { document, operation: definition, contextValue, variables: params.variables, signal };
    const executeRequest = () => execute({ ...request, ownInfo: recorder !== undefined || pipeline !== undefined });
    const result = await (pipeline === undefined
      ? executeRequest()
      : pipeline({ document, text, operationName: definition.name?.value, request, execute: executeRequest }));
    return result.data === undefined ? { ...result, errors: result.errors?.map(invalidVariables) ?? [] } : result;
  };

  return {
    schema,
    admission,
    createContext,
    format,
    run,
    async execute(operation, { method = "POST", lenientStatus = false } = {}) {
      const { caller, cost } = operation;
      const release = admission.quotas.acquireOperation(caller);
      try {
        admission.quotas.takeTokens(operation);
        const definition = executableDefinition(operation, method);
        const recorder = caller.inlineTraced ? createRecorder() : undefined;
        const contextValue = createContext(caller);
        const result = await resultOf(operation, definition, contextValue, recorder);
        const traced = caller.traced ? { ...result, extensions: { ...result.extensions, cost } } : result;
        const response = format(traced, caller, contextValue, { lenientStatus });
        return recorder === undefined ? response : withTrace(response, recorder);
      } catch (error) {
        if (error instanceof OperationRejected) throw error;
        return format({ errors: [unexpectedError(error)] }, caller, {}, { lenientStatus });
      } finally {
        release();
      }
    },
  };
};

/** @throws OperationRejected if a request by this method executes none of the document's operations. */
const executableDefinition = ({ definition }: AdmittedOperation, method: "GET" | "POST"): OperationDefinitionNode => {
  if (definition === undefined) throw new OperationRejected([unresolvedOperation()]);
  const { operation } = definition;
  if (operation === OperationTypeNode.SUBSCRIPTION) throw new OperationRejected([subscriptionWithoutStream()]);
  if (operation === OperationTypeNode.MUTATION && method === "GET") throw new OperationRejected([mutationByGet()]);
  return definition;
};

const withTrace = (response: OperationResponse, recorder: Recorder): OperationResponse => {
  const { body } = response;
  const ftv1 = encodeTrace(recorder, body.errors);
  return { ...response, body: { ...body, extensions: { ...body.extensions, ftv1 } } };
};
