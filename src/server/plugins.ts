import { type DocumentNode, type ExecutionArgs, getOperationAST, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Caller } from "./caller.ts";
import type { Admission } from "./admission.ts";

/** What Yoga carries through a request besides its own. */
export interface Carried {
  readonly caller: Caller;
  /** The resolvers' context, once there is one. */
  resolved?: unknown;
}

/** Bounds what a document may cost before it is executed: tokens while it is parsed, its size before it is validated. */
export const useAdmission = ({ parse, check }: Admission): Plugin => ({
  onParse({ setParseFn }) {
    setParseFn(parse);
  },
  onValidate({ setValidationFn }) {
    setValidationFn((_schema: unknown, document: DocumentNode) => check(document));
  },
});

const MAX_NAME = 64;

/**
 * Gives resolvers a context of their own. Yoga's way of extending its context copies members one by one, which would
 * freeze a getter at its first value. A query ends when its client has gone; a mutation, once begun, does not.
 */
export const useContext = (createContext: (caller: Caller) => unknown): Plugin<object, Carried> => ({
  onExecute({ args, executeFn, setExecuteFn }) {
    const carried = args.contextValue as unknown as Carried;
    const { caller } = carried;
    const operation = getOperationAST(args.document, args.operationName);
    const isQuery = operation?.operation === OperationTypeNode.QUERY;
    caller.note({ operationName: operation?.name?.value.slice(0, MAX_NAME), operationType: operation?.operation });
    setExecuteFn(async (given: ExecutionArgs) => {
      carried.resolved = await createContext(caller);
      const signal = isQuery ? { signal: caller.signal } : {};
      return executeFn({ ...given, ...signal, contextValue: carried.resolved });
    });
  },
});
