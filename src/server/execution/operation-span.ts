import type { OperationDefinitionNode } from "graphql";
import type { RequestTrace } from "../../gateway/client.ts";
import type { SpanAttributes, Tracer, TraceSpan } from "../../runtime/tracing.ts";
import type { RequestedCommand } from "./audit-trail.ts";

/** Names the span of an operation by its type and name. Its document is no attribute: it may contain secrets. */
export const nameOperation = (
  span: TraceSpan | undefined,
  definition: OperationDefinitionNode | undefined,
  name: string | undefined,
): void => {
  if (span === undefined || definition === undefined) return;
  const { operation } = definition;
  span.rename(name === undefined ? operation : `${operation} ${name}`);
  span.set({ "graphql.operation.type": operation, ...(name === undefined ? {} : { "graphql.operation.name": name }) });
};

/** Writes the span of a command at its end, from its mutation on; not earlier, because a command may last a day. */
export const traceCommand = (
  tracer: Tracer,
  { mutation, requestedAt, traceparent }: RequestedCommand,
  commandId: string | null,
  status: string,
): void => {
  const attributes = {
    "portico.mutation": mutation,
    "portico.command.status": status,
    ...(commandId === null ? {} : { "portico.command.id": commandId }),
  };
  const span = tracer.follow(`command ${mutation}`, traceparent, { startedAt: requestedAt, attributes });
  span.end(status === "Done" || status === "Completed" ? undefined : status);
};

/** Returns the plan by which an operation was read: how many requests to the gateway each of its operations took. */
export const planAttributes = (trace: readonly RequestTrace[] = []): SpanAttributes => {
  const counts = new Map<string, number>();
  for (const { operation } of trace) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return { "portico.upstream.plan": [...counts].map(([operation, count]) => `${operation} x${count}`) };
};
