import { type ExecutionArgs, getOperationAST, type GraphQLError, OperationTypeNode, validate } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Exchange } from "./exchange.ts";
import { limitErrors, type Limits } from "./limits.ts";
import { parseDocument } from "./parse.ts";

/** What Yoga carries through a request besides its own. */
export interface Carried {
  readonly exchange: Exchange;
  /** The resolvers' context, once there is one. */
  resolved?: unknown;
}

const MAX_VALIDATION_ERRORS = 5;

/** Bounds what a document may cost before it is executed: tokens while it is parsed, its size before it is validated. */
export const useLimits = (limits: Limits, suggestions: boolean): Plugin => ({
  onParse({ setParseFn }) {
    setParseFn((source: string) => parseDocument(source, limits));
  },
  onValidate({ setValidationFn }) {
    setValidationFn((...[schema, document, rules]: Parameters<typeof validate>): readonly GraphQLError[] => {
      const excess = limitErrors(document, limits);
      if (excess.length > 0) return excess;
      const options = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !suggestions };
      return validate(schema, document, rules, options).slice(0, MAX_VALIDATION_ERRORS);
    });
  },
});

const MAX_NAME = 64;

/**
 * Gives resolvers a context of their own. Yoga's way of extending its context copies members one by one, which would
 * freeze a getter at its first value. A query ends when its client has gone; a mutation, once begun, does not.
 */
export const useContext = (createContext: (exchange: Exchange) => unknown): Plugin<object, Carried> => ({
  onExecute({ args, executeFn, setExecuteFn }) {
    const carried = args.contextValue as unknown as Carried;
    const { exchange } = carried;
    const operation = getOperationAST(args.document, args.operationName);
    const isQuery = operation?.operation === OperationTypeNode.QUERY;
    exchange.note({ operationName: operation?.name?.value.slice(0, MAX_NAME), operationType: operation?.operation });
    setExecuteFn(async (given: ExecutionArgs) => {
      carried.resolved = await createContext(exchange);
      const signal = isQuery ? { signal: exchange.signal } : {};
      return executeFn({ ...given, ...signal, contextValue: carried.resolved });
    });
  },
});
