import { type ExecutionArgs, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Caller } from "../identity/caller.ts";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Recorder } from "./inline-trace/recorder.ts";
import type { Instrument } from "./inline-trace/schema.ts";

/** What Yoga carries through a request besides its own. */
export interface ExecutionState {
  readonly admitted: AdmittedOperation;
  /** Where it is noted when each field began and ended; undefined where nobody wants to know. */
  readonly recorder?: Recorder | undefined;
  /** The resolvers' context, once there is one. */
  resolved?: unknown;
}

/** What was admitted is parsed and valid. */
export const useAdmitted = (): Plugin => ({
  onParse({ context, setParsedDocument }) {
    setParsedDocument((context as unknown as ExecutionState).admitted.document);
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
export const useContext = (
  createContext: (caller: Caller) => object,
  instrument: () => Instrument,
): Plugin<object, ExecutionState> => ({
  onExecute({ args, executeFn, setExecuteFn }) {
    const carried = args.contextValue as unknown as ExecutionState;
    const { caller, operation } = carried.admitted;
    const isQuery = operation?.operation === OperationTypeNode.QUERY;
    caller.note({ operationName: operation?.name?.value.slice(0, MAX_NAME), operationType: operation?.operation });
    setExecuteFn(async (given: ExecutionArgs) => {
      const contextValue = createContext(caller);
      carried.resolved = contextValue;
      const signal = isQuery ? { signal: caller.signal } : {};
      const { recorder } = carried;
      if (recorder === undefined) return executeFn({ ...given, ...signal, contextValue });
      const { schema, record } = instrument();
      record(contextValue, recorder);
      return executeFn({ ...given, ...signal, schema, contextValue });
    });
  },
});
