import type { DocumentNode, ExecutionResult, GraphQLSchema } from "graphql";
import { createYoga, isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ExecuteRequest } from "../../execution/execute.ts";
import { publicError } from "./errors.ts";

/** A query or mutation that is admitted, and how it is executed. */
export interface PipelineOperation {
  readonly document: DocumentNode;
  readonly text: string;
  readonly operationName: string | undefined;
  readonly request: ExecuteRequest;
  readonly execute: () => ExecutionResult | Promise<ExecutionResult>;
}

/** Executes an operation with the hooks of all plugins around it. */
export type Pipeline = (operation: PipelineOperation) => Promise<ExecutionResult>;

interface State {
  readonly operation: PipelineOperation;
}

/** Skips parsing and validation, and executes by the operation's own function: an admitted operation is parsed and valid. */
const useAdmittedOperation = (): Plugin => ({
  onParse({ context, setParsedDocument }) {
    setParsedDocument((context as unknown as State).operation.document);
  },
  onValidate({ setResult }) {
    setResult([]);
  },
  onExecute({ args, setExecuteFn }) {
    const { operation } = args.contextValue as unknown as State;
    setExecuteFn(operation.execute);
  },
});

/** Creates Yoga's Envelop pipeline. Its HTTP layer is not used. */
export const createPipeline = (schema: GraphQLSchema, plugins: readonly Plugin[]): Pipeline => {
  const yoga = createYoga<State>({
    schema,
    plugins: [useAdmittedOperation(), ...plugins],
    logging: false,
    graphiql: false,
    maskedErrors: { maskError: publicError },
    parserAndValidationCache: false,
  });
  return async (operation) => {
    const { document, text, operationName, request } = operation;
    const params = { query: text, operationName, variables: request.variables };
    const initialContext = Object.assign(Object.create(request.contextValue as object), { operation, params });
    const { parse, validate, contextFactory, execute } = yoga.getEnveloped(initialContext);
    validate(schema, parse(text));
    const contextValue: unknown = await contextFactory();
    const args = { schema, document, operationName, variableValues: request.variables, contextValue };
    const result: unknown = await execute(args);
    if (isAsyncIterable(result)) throw new Error("The operation must have a single result.");
    return result as ExecutionResult;
  };
};
