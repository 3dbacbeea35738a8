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

/** Returns what each line of a request or an operation has. Lines are JSON, which leaves out what is undefined. */
export const lineOf = (context: RequestContext) => {
  const { id, address, span } = context;
  const { caller, account, transport, operationName, operationType, errorCodes, hint } = context.logFields();
  return {
    requestId: id,
    trace_id: span?.traceId,
    address: address === "" ? undefined : address,
    caller,
    account,
    transport,
    operationName,
    operationType,
    errorCodes: errorCodes?.length === 0 ? undefined : errorCodes,
    hint,
  };
};
