import { type ExecutionResult, OperationTypeNode } from "graphql";
import type { AdmittedOperation } from "../admission/admission.ts";
import type { Caller } from "../identity/caller.ts";
import type { Recorder } from "./inline-trace/recorder.ts";
import { encodeTrace } from "./inline-trace/trace.ts";
import { type OperationResponse, type ResolverEffects, serializer } from "./result.ts";

/** What an execution produced. */
export interface Outcome {
  readonly result: ExecutionResult;
  readonly effects: ResolverEffects;
  readonly recorder: Recorder | undefined;
  /** The response without errors, once it is formatted. */
  response?: OperationResponse;
}

/** Returns what a router may keep of a response without errors, by what it depends on. */
export type CacheHintsOf = (
  caller: Caller,
  dependencies: readonly string[],
  data: Readonly<Record<string, unknown>>,
) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;
};

type Format = (result: ExecutionResult, effects: ResolverEffects) => OperationResponse;

/** A response without errors holds nothing of the caller's own: those who share the outcome share it. */
export const respondWith = (
  outcome: Outcome,
  { caller, cost }: AdmittedOperation,
  format: Format,
): OperationResponse => {
  if (outcome.response !== undefined) return outcome.response;
  const { result, effects, recorder } = outcome;
  const response = format(caller.traced ? { ...result, extensions: { ...result.extensions, cost } } : result, effects);
  if (response.body.errors === undefined) outcome.response = response;
  return recorder === undefined ? response : withTrace(response, recorder);
};

/** Adds the hints to the response of a query. A browser would keep the response to a GET, and could not be informed of a change. */
export const withHints = (
  { effects: { dependencies } }: Outcome,
  { caller, definition }: AdmittedOperation,
  response: OperationResponse,
  cacheHintsOf: CacheHintsOf,
): OperationResponse => {
  const { errors, data } = response.body;
  const isQuery = definition?.operation === OperationTypeNode.QUERY;
  if (!isQuery || errors !== undefined || data == null || dependencies == null) return response;
  const { headers, extensions } = cacheHintsOf(caller, dependencies, data);
  const body = { ...response.body, extensions: { ...response.body.extensions, ...extensions } };
  return { ...response, body, headers: { ...response.headers, ...headers }, json: serializer(body) };
};

const withTrace = (response: OperationResponse, recorder: Recorder): OperationResponse => {
  const ftv1 = encodeTrace(recorder, response.body.errors);
  const body = { ...response.body, extensions: { ...response.body.extensions, ftv1 } };
  return { ...response, body, json: serializer(body) };
};
