import type { LogFields, RequestContext } from "./context.ts";

/** Returns whether a line is written, of which there are many alike. */
export type LogSample = () => boolean;

/** Creates a sample that selects this share, from 0 to 1. */
export const createLogSample =
  (share: number): LogSample =>
  () =>
    share >= 1 || Math.random() < share;

/** What takes as long is logged in any case; a subscription is long, not slow. */
const SLOW_MS = 1_000;

/** Returns whether the line of what took `ms` milliseconds is always written. */
export const isRemarkable = ({ operationType, errorCodes = [] }: LogFields, ms: number): boolean =>
  operationType === "mutation" || errorCodes.length > 0 || (ms >= SLOW_MS && operationType !== "subscription");

/** Returns what each line of a request or an operation has. */
export const lineOf = ({ id, address, span, logFields }: RequestContext) => ({
  requestId: id,
  ...(span === undefined ? {} : { trace_id: span.traceId }),
  ...(address === "" ? {} : { address }),
  ...fieldsOf(logFields()),
});

/** Returns the fields that are known. */
const fieldsOf = (fields: LogFields): LogFields => {
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) known[name] = value;
  }
  return known;
};
