import type { GraphQLSchema } from "graphql";
import { createYoga, isAsyncIterable } from "graphql-yoga";
import type { Logger } from "../../runtime/logger.ts";
import {
  type Admission,
  type AdmissionOptions,
  type AdmittedOperation,
  createAdmission,
} from "../admission/admission.ts";
import type { RequestContext } from "../http/context.ts";
import type { Caller } from "../identity/caller.ts";
import { publicError } from "./errors.ts";
import { createRecorder, type Recorder } from "./inline-trace/recorder.ts";
import { createInstrument, type Instrument } from "./inline-trace/schema.ts";
import { encodeTrace } from "./inline-trace/trace.ts";
import { LIMITS } from "../admission/limits.ts";
import { OperationRejected } from "../admission/rejected.ts";
import type { GraphQLParams } from "../http/request.ts";
import { type ExecutionState, useAdmitted, useContext } from "./plugins.ts";
import { type OperationResponse, finishResult, type ResolverEffects } from "./result.ts";

export interface ExecutorOptions extends Partial<Pick<AdmissionOptions, "limits" | "introspection" | "persisted">> {
  readonly schema: GraphQLSchema;
  /** Makes the resolvers' context, once for each operation or event that is executed. */
  readonly createContext: (caller: Caller) => object;
  readonly logger: Logger;
  /** Lets error messages suggest names of the schema. */
  readonly development: boolean;
}

export interface RunOptions {
  readonly method: "GET" | "POST";
  /** Whether the client is one that wants errors of its document with status 200. */
  readonly lenientStatus: boolean;
}

/** Executes operations for every transport. */
export interface Executor {
  readonly schema: GraphQLSchema;
  readonly admission: Admission;
  /** Executes a query or mutation. Rejects with NotAdmitted where its caller has too much under way, or gave too many commands. */
  readonly execute: (admitted: AdmittedOperation, options: RunOptions) => Promise<OperationResponse>;
  /** Admits a query or mutation and executes it. */
  readonly run: (params: GraphQLParams, caller: Caller, options: RunOptions) => Promise<OperationResponse>;
  /** What goes out of a result that was not run here. */
  readonly finish: (
    result: Parameters<typeof finishResult>[0],
    caller: RequestContext,
    gathered: ResolverEffects,
  ) => OperationResponse;
  readonly createContext: ExecutorOptions["createContext"];
}

/** Yoga executes what was admitted. */
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
    plugins: [useAdmitted(), useContext(createContext, () => (instrument ??= createInstrument(schema)))],
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
  const facts = { logger, suggestions: development };

  const execute: Executor["execute"] = async (admitted, { method, lenientStatus }) => {
    const { caller, cost, text } = admitted;
    const release = admission.quotas.begin(caller);
    try {
      admission.quotas.spend(admitted);
      const request = new yoga.fetchAPI.Request("http://localhost/graphql", { method });
      const recorder = caller.inlineTraced ? createRecorder() : undefined;
      const carried: ExecutionState = { admitted, recorder };
      const { documentId: _, ...sent } = admitted.params;
      const params = { ...sent, query: text };
      const result = await yoga.getResultForParams({ params, request }, carried);
      if (result === undefined || isAsyncIterable(result)) throw new Error("An operation gave no single result.");
      const told = caller.traced ? { ...result, extensions: { ...result.extensions, cost } } : result;
      const finished = finishResult(told, caller, carried.resolved ?? {}, { ...facts, lenientStatus });
      return recorder === undefined ? finished : withTrace(finished, recorder);
    } finally {
      release();
    }
  };

  return {
    schema,
    admission,
    createContext,
    execute,
    async run(params, caller, options) {
      try {
        return await execute(admission.admit(params, caller), options);
      } catch (error) {
        if (!(error instanceof OperationRejected)) throw error;
        return finishResult({ errors: error.errors }, caller, {}, { ...facts, ...options });
      }
    },
    finish: (result, caller, gathered) => finishResult(result, caller, gathered, { ...facts, lenientStatus: false }),
  };
};

const withTrace = (finished: OperationResponse, recorder: Recorder): OperationResponse => {
  const { body } = finished;
  const ftv1 = encodeTrace(recorder, body.errors);
  return { ...finished, body: { ...body, extensions: { ...body.extensions, ftv1 } } };
};
