import { type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { createExecute, type Execute } from "../../execution/execute.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import {
  type Admission,
  type AdmissionOptions,
  type AdmittedOperation,
  createAdmission,
} from "../admission/admission.ts";
import { createArgumentNaming } from "../admission/argument-naming.ts";
import { LIMITS } from "../admission/limits.ts";
import { OperationRejected } from "../admission/operation-rejected.ts";
import { MAX_EXECUTIONS, Slots } from "../admission/slots.ts";
import type { RequestContext } from "../http/context.ts";
import type { Caller } from "../identity/caller.ts";
import { quotaKey } from "../identity/quota-key.ts";
import {
  invalidVariables,
  mutationByGet,
  subscriptionWithoutStream,
  unexpectedError,
  unresolvedOperation,
} from "./errors.ts";
import { createFlights } from "./flights.ts";
import { createRecorder, type Recorder } from "./inline-trace/recorder.ts";
import { createInstrument, type Instrument } from "./inline-trace/schema.ts";
import type { OnRefused } from "./refused-mutations.ts";
import type { Pipeline } from "./pipeline.ts";
import { type CacheHintsOf, type Outcome, respondWith, withHints } from "./outcome.ts";
import { type OperationResponse, formatResult, type ResolverEffects } from "./result.ts";
import { planAttributes } from "./operation-span.ts";
import { createStoreAlarm } from "./store-alarm.ts";

/** By default every caller may introspect, and no documents are stored. */
export interface ExecutorOptions
  extends Partial<Pick<AdmissionOptions, "limits" | "introspection" | "persisted" | "buckets">> {
  readonly schema: GraphQLSchema;
  /** Creates the resolvers' context, once for each operation or event that is executed. */
  readonly createContext: (
    caller: Caller,
    /** Returns the signal that ends the execution. @default the caller's */
    signalOf?: () => AbortSignal,
  ) => object;
  readonly logger: Logger;
  /** @default null: nothing is traced */
  readonly tracer?: Tracer | null;
  /** Whether error messages may suggest names of the schema. */
  readonly development: boolean;
  /**
   * A number that grows whenever the data that a caller can read is known to have changed. Equal queries of one caller that are in
   * flight with the same number share one execution. Without it none are shared.
   */
  readonly generationOf?: ((caller: Caller) => number) | undefined;
  /** Called at the end of each query or mutation that was executed, with the time that it took in milliseconds. */
  readonly onOperation?: ((operation: AdmittedOperation, milliseconds: number) => void) | undefined;
  /** Called with each query or mutation that is refused as a whole, before a resolver begins. */
  readonly onRefused?: OnRefused | undefined;
  /** Envelop plugins that queries and mutations pass. Without them there is no pipeline, which costs more than a small query. */
  readonly plugins?: readonly Plugin[] | undefined;
  /** Whether every well-formed request gets status 200: some routers read no errors from another response. @default false */
  readonly constantStatus?: boolean;
  /** Returns what a router may keep of a response without errors, by what it depends on. Without it there are no hints. */
  readonly cacheHintsOf?: CacheHintsOf | undefined;
}

/** How one operation is executed. */
export interface ExecuteOptions {
  /** The HTTP method; a mutation by GET is rejected. @default "POST" */
  readonly method?: "GET" | "POST";
  /** Whether the client expects status 200 where only the operation is to blame. @default false */
  readonly lenientStatus?: boolean;
}

/** Executes operations for every transport. */
export interface Executor {
  readonly schema: GraphQLSchema;
  readonly admission: Admission;
  /** Executes a query or mutation. Rejects with OperationRejected for a mutation by GET, or if its caller exceeds a quota. */
  readonly execute: (operation: AdmittedOperation, options?: ExecuteOptions) => Promise<OperationResponse>;
  /** Formats a result that was not produced by `execute`. */
  readonly format: (
    result: ExecutionResult,
    caller: RequestContext,
    effects?: ResolverEffects,
    options?: Pick<ExecuteOptions, "lenientStatus">,
  ) => OperationResponse;
  readonly createContext: ExecutorOptions["createContext"];
  readonly onRefused: OnRefused;
  /** Null without tracing. */
  readonly tracer: Tracer | null;
  /** Executes an operation or an event without admission, quotas and plugins. */
  readonly run: Execute;
}

/** Executes admitted operations. Yoga's Envelop pipeline lies around the execution only if there are plugins. */
export const createExecutor = ({
  schema,
  createContext,
  logger,
  tracer = null,
  development,
  limits = LIMITS,
  introspection = "on",
  persisted = { documents: new Map(), only: false },
  buckets,
  generationOf,
  onOperation,
  onRefused = () => {},
  plugins = [],
  constantStatus = false,
  cacheHintsOf,
}: ExecutorOptions): Executor => {
  const admission = createAdmission({ schema, limits, suggestions: development, introspection, persisted, buckets });
  const run = createExecute(schema);
  const slots = new Slots(MAX_EXECUTIONS);
  const flights = createFlights<OperationDefinitionNode, Outcome>();
  const pipeline = plugins.length === 0 ? undefined : loadPipeline(schema, plugins);
  let timed: { readonly instrument: Instrument; readonly run: Execute } | undefined;

  const timedRun = (contextValue: object, recorder: Recorder): Execute => {
    if (timed === undefined) {
      const instrument = createInstrument(schema);
      timed = { instrument, run: createExecute(instrument.schema) };
    }
    timed.instrument.record(contextValue, recorder);
    return timed.run;
  };

  const onStoreFailure = createStoreAlarm(logger);

  const format: Executor["format"] = (result, caller, effects = {}, options = {}) => {
    const statusRule = constantStatus ? "constant" : options.lenientStatus === true ? "lenient" : "accurate";
    return formatResult(result, caller, effects, { logger, onStoreFailure, suggestions: development, statusRule });
  };

  const responseTo = (outcome: Outcome, operation: AdmittedOperation, lenientStatus: boolean) =>
    respondWith(outcome, operation, (result, effects) => format(result, operation.caller, effects, { lenientStatus }));

  /** A query is aborted when its client disconnects; a mutation that has started is not. */
  const executeFor = (
    operation: AdmittedOperation,
    definition: OperationDefinitionNode,
    signalOf: () => AbortSignal = () => operation.caller.signal,
  ): Outcome | Promise<Outcome> => {
    const { caller, document, params, text } = operation;
    const contextValue = createContext(caller, signalOf);
    const recorder = caller.inlineTraced ? createRecorder() : undefined;
    const execute = recorder === undefined ? run : timedRun(contextValue, recorder);
    const signal = definition.operation === OperationTypeNode.QUERY ? signalOf() : undefined;
    const request = { document, operation: definition, contextValue, variables: params.variables, signal };
    const executeRequest = () => execute({ ...request, ownInfo: recorder !== undefined || pipeline !== undefined });
    const executed =
      pipeline === undefined
        ? executeRequest()
        : pipeline({ document, text, operationName: definition.name?.value, request, execute: executeRequest });
    const outcomeWith = (result: ExecutionResult): Outcome => {
      caller.span?.set(planAttributes((contextValue as ResolverEffects).trace));
      const failed = result.data === undefined;
      const errors = failed
        ? (result.errors?.map(invalidVariables).map(createArgumentNaming(document)) ?? [])
        : result.errors;
      if (failed) onRefused(caller, operation, errors ?? []);
      return { result: errors === undefined ? result : { ...result, errors }, effects: contextValue, recorder };
    };
    return executed instanceof Promise ? executed.then(outcomeWith) : outcomeWith(executed);
  };

  /** Queries wait for a slot. Commands do not: they are few, and may wait for a device for minutes. */
  const slotFor = ({ caller }: AdmittedOperation, { operation }: OperationDefinitionNode) =>
    operation === OperationTypeNode.QUERY ? slots.acquire(quotaKey(caller)) : noSlot;

  /** Executes an operation, or joins the execution of the same query for the same caller. */
  const outcomeOf = (operation: AdmittedOperation, definition: OperationDefinitionNode): Outcome | Promise<Outcome> => {
    const { caller, params } = operation;
    const { traced, inlineTraced, identity } = caller;
    const isAlone =
      definition.operation !== OperationTypeNode.QUERY || traced || inlineTraced || pipeline !== undefined;
    if (isAlone || generationOf === undefined) return executeFor(operation, definition);
    const generation = generationOf(caller);
    const variantOf = () => {
      const { account, name, scopes } = identity.viewer;
      return JSON.stringify([generation, account, name, scopes, params.variables]);
    };
    return flights.join(definition, variantOf, caller, (signal) => executeFor(operation, definition, signal));
  };

  return {
    schema,
    admission,
    createContext,
    onRefused,
    tracer,
    format,
    run,
    async execute(operation, { method = "POST", lenientStatus = false } = {}) {
      const { caller } = operation;
      // Before the quotas: any page can send a mutation by GET, which must not use up what its caller may do.
      const definition = executableDefinition(operation, method);
      const release = admission.quotas.acquireOperation(caller);
      const startedAt = performance.now();
      let leave = noSlot;
      try {
        const taking = admission.quotas.takeTokens(operation);
        if (taking !== undefined) await taking;
        const slot = slotFor(operation, definition);
        leave = slot instanceof Promise ? await slot : slot;
        const outcome = await outcomeOf(operation, definition);
        const response = responseTo(outcome, operation, lenientStatus);
        return method === "GET" || cacheHintsOf === undefined
          ? response
          : withHints(outcome, operation, response, cacheHintsOf);
      } catch (error) {
        if (error instanceof OperationRejected) throw error;
        return format({ errors: [unexpectedError(error)] }, caller, {}, { lenientStatus });
      } finally {
        leave();
        release();
        onOperation?.(operation, performance.now() - startedAt);
      }
    },
  };
};

/** Yoga takes 20 MB of memory and a tenth of a second to load, so it is loaded only for plugins. A failure fails each execution. */
const loadPipeline = (schema: GraphQLSchema, plugins: readonly Plugin[]): Pipeline => {
  const loading = import("./pipeline.ts").then(({ createPipeline }) => createPipeline(schema, plugins));
  loading.catch(() => {});
  return async (request) => (await loading)(request);
};

const noSlot = (): void => {};

/** @throws OperationRejected if a request by this method executes none of the document's operations. */
const executableDefinition = (
  { definition, params }: AdmittedOperation,
  method: "GET" | "POST",
): OperationDefinitionNode => {
  if (definition === undefined) throw new OperationRejected([unresolvedOperation(Boolean(params.operationName))]);
  const { operation } = definition;
  if (operation === OperationTypeNode.SUBSCRIPTION) throw new OperationRejected([subscriptionWithoutStream()]);
  if (operation === OperationTypeNode.MUTATION && method === "GET") throw new OperationRejected([mutationByGet()]);
  return definition;
};
