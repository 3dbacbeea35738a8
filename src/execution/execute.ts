import {
  type DocumentNode,
  execute as executeByReference,
  type ExecutionResult,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { Batch } from "./batch.ts";
import { Execution } from "./execution.ts";
import type { Variables } from "./conditions.ts";
import { type OperationPlan, planOperation } from "./plan.ts";

export interface ExecuteRequest {
  /** Valid for the schema. */
  readonly document: DocumentNode;
  /** One of the document's operations. */
  readonly operation: OperationDefinitionNode;
  readonly rootValue?: unknown;
  readonly contextValue?: unknown;
  /** As the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Of this execution: it ends between two batches, and the result rejects with the reason. A listener stays on the signal. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Gives each call of a resolver an `info` of its own. Without it the calls of a field share one, whose `path` is right only
   * until the resolver returns or awaits.
   *
   * @default false
   */
  readonly ownInfo?: boolean;
}

/** Executes an operation for many root values in one run. Returns the result of each, in their order. It does not reject. */
export type ExecuteEach = (
  rootValues: readonly unknown[],
  contextValue: unknown,
) => readonly ExecutionResult[] | Promise<readonly ExecutionResult[]>;

/** Executes operations of one schema. It rejects only when its signal is aborted. */
export interface Execute {
  (request: ExecuteRequest): ExecutionResult | Promise<ExecutionResult>;
  /** Prepares a subscription's operation to be executed for its events: what they share is done once. */
  readonly each: (request: Pick<ExecuteRequest, "document" | "operation" | "variables">) => ExecuteEach;
}

/**
 * Executes breadth first: each field is resolved for all of its parents in one loop, and the objects that it holds make the
 * next batch. What does not change between executions (merged fields, arguments without variables, serializers) is prepared
 * once for each operation and kept as long as its document.
 */
export const createExecute = (schema: GraphQLSchema): Execute => {
  const plans = new WeakMap<OperationDefinitionNode, OperationPlan>();

  const planOf = (document: DocumentNode, operation: OperationDefinitionNode): OperationPlan => {
    const known = plans.get(operation);
    if (known !== undefined) return known;
    const plan = planOperation(schema, document, operation);
    plans.set(operation, plan);
    return plan;
  };

  const one = ({ ownInfo = false, signal, ...request }: ExecuteRequest): ExecutionResult | Promise<ExecutionResult> => {
    const { document, operation, rootValue, contextValue, variables: sent = {} } = request;
    const { variables, errors } = coerceVariables(schema, operation, sent);
    if (variables === undefined) return { errors };
    const type = schema.getRootType(operation.operation);
    const plan = planOf(document, operation);
    const selection = type == null ? undefined : plan.root(type, variables);
    if (selection === undefined) {
      const operationName = operation.name?.value;
      return executeByReference({ schema, document, operationName, rootValue, contextValue, variableValues: sent });
    }
    const root = new Batch(selection);
    root.add(rootValue);
    return new Execution({ plan, variables, rootValue, contextValue, signal, ownInfo }).run(root);
  };

  const each: Execute["each"] = (request) => {
    const { document, operation, variables: sent = {} } = request;
    const { variables } = coerceVariables(schema, operation, sent);
    const type = schema.getRootType(operation.operation);
    const plan = planOf(document, operation);
    const selection = type == null || variables === undefined ? undefined : plan.root(type, variables);
    if (selection === undefined || variables === undefined) {
      return (rootValues, contextValue) =>
        Promise.all(rootValues.map(async (rootValue) => one({ ...request, rootValue, contextValue })));
    }
    return (rootValues, contextValue) => {
      const root = new Batch(selection);
      for (const rootValue of rootValues) root.add(rootValue);
      const facts = { plan, variables, rootValue: undefined, contextValue, signal: undefined, ownInfo: false };
      return new Execution(facts).runEach(root);
    };
  };

  return Object.assign(one, { each });
};

const NO_VARIABLES: Variables = {};
/** As many as graphql-js reports. */
const MAX_ERRORS = 50;

const coerceVariables = (
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  sent: Variables,
): { readonly variables?: Variables; readonly errors: readonly GraphQLError[] } => {
  if (variableDefinitions.length === 0) return { variables: NO_VARIABLES, errors: [] };
  const { coerced, errors = [] } = getVariableValues(schema, variableDefinitions, sent, { maxErrors: MAX_ERRORS });
  return coerced === undefined ? { errors } : { variables: coerced, errors };
};
