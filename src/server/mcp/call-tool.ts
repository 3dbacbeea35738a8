import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import type { Idempotency } from "../../commands/idempotency.ts";
import type { Executor } from "../execution/executor.ts";
import { handleOperation } from "../execution/operation.ts";
import { unexpectedError } from "../execution/errors.ts";
import { takeResponse } from "../admission/admission.ts";
import type { AdmittedContext, Caller } from "../identity/caller.ts";
import { IDEMPOTENCY_KEY, REASON } from "./mutation-rules.ts";
import { recognizeCall } from "./retry.ts";
import type { Tool } from "./tools.ts";

/** What a tool needs to be called. */
export interface ToolCallerOptions {
  readonly executor: Executor;
  /** Returns the idempotency keys of an account. */
  readonly idempotencyOf: (account: string) => Idempotency;
  /** How long the same call counts as a retry, in milliseconds. */
  readonly retryWindowMs: number;
}

type Values = Readonly<Record<string, unknown>>;

/** What a model gets of a call. */
export interface ToolAnswer {
  /** Null if the call failed. */
  readonly data: Values | null;
  readonly errors?: readonly ToolError[];
  /** What the model should know of the call itself. */
  readonly note?: string;
  /** Whether the call failed, or its mutation was refused. */
  readonly failed: boolean;
}

interface ToolError {
  readonly code: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly retryAfterSeconds?: number;
}

/** Who calls a tool. */
type ToolCaller = Caller & Pick<AdmittedContext, "memory">;

/** Calls a tool with the arguments of a model. It never rejects. */
export type CallTool = (tool: Tool, values: Values, caller: ToolCaller) => Promise<ToolAnswer>;

/** Creates the way from a tool to its document: admission, quotas, execution and audit are those of every transport. */
export const createToolCaller = ({ executor, idempotencyOf, retryWindowMs }: ToolCallerOptions): CallTool => {
  const execute = async (tool: Tool, variables: Values, caller: ToolCaller): Promise<FormattedExecutionResult> => {
    let body: FormattedExecutionResult = {};
    const params = { query: "", documentId: tool.documentId, variables: { ...variables } };
    await handleOperation(executor, params, caller, {
      execute: async (operation) => {
        const response = await executor.execute(operation);
        takeResponse(caller.memory, operation, response.json());
        ({ body } = response);
      },
      subscribe: async (operation) => void ({ body } = await executor.execute(operation)),
      reject: (response) => void ({ body } = response),
    });
    return body;
  };

  const callMutation = async (tool: Tool, values: Values, caller: ToolCaller): Promise<ToolAnswer> => {
    const { viewer } = caller.identity;
    const { [REASON]: _, ...decisive } = { ...tool.defaults, ...values };
    const call = { tool: tool.name, values: decisive };
    const { idempotencyKey, repeatsAfterMs } = await recognizeCall(
      idempotencyOf(viewer.account),
      viewer,
      call,
      retryWindowMs,
    );
    const answer = answerOf(await execute(tool, { ...values, [IDEMPOTENCY_KEY]: idempotencyKey }, caller));
    return repeatsAfterMs === null || answer.failed
      ? answer
      : { ...answer, note: retryNote(repeatsAfterMs, retryWindowMs) };
  };

  return async (tool, values, caller) => {
    const fault = faultOf(tool, values);
    if (fault !== null) {
      caller.note({ operationName: tool.name, errorCodes: ["BAD_USER_INPUT"] });
      return { data: null, errors: [{ code: "BAD_USER_INPUT", message: fault }], failed: true };
    }
    try {
      return await (tool.isMutation
        ? callMutation(tool, values, caller)
        : answerOf(await execute(tool, values, caller)));
    } catch (error) {
      return answerOf(executor.format({ errors: [unexpectedError(error)] }, caller).body);
    }
  };
};

/**
 * Returns what is wrong with the arguments, beside what the execution itself checks. GraphQL ignores variables that a document does not
 * have: of a misspelled argument the default would be used in silence.
 */
const faultOf = ({ inputSchema, isMutation }: Tool, values: Values): string | null => {
  const names = Object.keys(inputSchema.properties);
  if (Object.keys(values).some((name) => !names.includes(name)))
    return `The arguments must be among ${names.join(", ") || "none"}; received another one. Nothing was executed.`;
  const reason = values[REASON];
  if (isMutation && (typeof reason !== "string" || reason.trim() === ""))
    return "`reason` must say why the command is sent, for the audit trail. Nothing was sent to any device.";
  return null;
};

const retryNote = (afterMs: number, windowMs: number): string => {
  const seconds = Math.round(afterMs / 1000);
  const left = Math.max(1, Math.ceil((windowMs - afterMs) / 1000));
  return (
    `This repeats a call of ${seconds} seconds ago and has its result: nothing was sent again. ` +
    `The same call sends a new command after ${left} more seconds.`
  );
};

const answerOf = ({ data, errors }: FormattedExecutionResult): ToolAnswer => ({
  data: data ?? null,
  ...(errors === undefined ? {} : { errors: errors.map(toolError) }),
  failed: data == null || Object.values(data).some(isRefused),
});

const toolError = ({ message, path, extensions }: GraphQLFormattedError): ToolError => {
  const { code, retryAfter } = extensions ?? {};
  return {
    code: String(code),
    message,
    ...(path === undefined ? {} : { path }),
    ...(typeof retryAfter === "number" ? { retryAfterSeconds: retryAfter } : {}),
  };
};

/** Whether the payload of a mutation says what was refused: a model must not read that as a success. */
const isRefused = (payload: unknown): boolean =>
  typeof payload === "object" &&
  payload !== null &&
  "userErrors" in payload &&
  Array.isArray(payload.userErrors) &&
  payload.userErrors.length > 0;
