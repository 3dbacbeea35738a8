import { type ExecutionArgs, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Caller } from "./caller.ts";
import type { Admitted } from "./admission.ts";

/** What Yoga carries through a request besides its own. */
export interface Carried {
  readonly admitted: Admitted;
  /** The resolvers' context, once there is one. */
  resolved?: unknown;
}

/** What was admitted is parsed and valid. */
export const useAdmitted = (): Plugin => ({
  onParse({ context, setParsedDocument }) {
    setParsedDocument((context as unknown as Carried).admitted.document);
  },
  onValidate({ setResult }) {
    setResult([]);
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
    const { caller, operation } = carried.admitted;
    const isQuery = operation?.operation === OperationTypeNode.QUERY;
    caller.note({ operationName: operation?.name?.value.slice(0, MAX_NAME), operationType: operation?.operation });
    setExecuteFn(async (given: ExecutionArgs) => {
      carried.resolved = await createContext(caller);
      const signal = isQuery ? { signal: caller.signal } : {};
      return executeFn({ ...given, ...signal, contextValue: carried.resolved });
    });
  },
});
