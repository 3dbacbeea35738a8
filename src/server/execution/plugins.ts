import { type ExecutionArgs, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Caller } from "../identity/caller.ts";
import type { Recorder } from "./inline-trace/recorder.ts";
import type { Instrument } from "./inline-trace/schema.ts";

/** The state of one execution, in Yoga's context. */
export interface ExecutionState {
  readonly operation: AdmittedOperation;
  /** Records when each field starts and ends; undefined if the client asks for no trace. */
  readonly recorder?: Recorder | undefined;
  /** The resolvers' context, once it is created. */
  contextValue?: unknown;
}

/** Skips parsing and validation: an admitted operation is parsed and valid. */
export const useAdmittedOperation = (): Plugin => ({
  onParse({ context, setParsedDocument }) {
    setParsedDocument((context as unknown as ExecutionState).operation.document);
  },
  onValidate({ setResult }) {
    setResult([]);
  },
});

/**
 * Gives resolvers a context of their own. Yoga extends its context by copying members one by one, which would freeze a getter at its
 * first value. A query is aborted when its client disconnects; a mutation that has started is not.
 */
export const useContext = (
  createContext: (caller: Caller) => object,
  instrument: () => Instrument,
): Plugin<object, ExecutionState> => ({
  onExecute({ args, executeFn, setExecuteFn }) {
    const state = args.contextValue as unknown as ExecutionState;
    const { caller, definition } = state.operation;
    const isQuery = definition?.operation === OperationTypeNode.QUERY;
    setExecuteFn(async (executionArgs: ExecutionArgs) => {
      const contextValue = createContext(caller);
      state.contextValue = contextValue;
      const signal = isQuery ? { signal: caller.signal } : {};
      const { recorder } = state;
      if (recorder === undefined) return executeFn({ ...executionArgs, ...signal, contextValue });
      const { schema, record } = instrument();
      record(contextValue, recorder);
      return executeFn({ ...executionArgs, ...signal, schema, contextValue });
    });
  },
});
