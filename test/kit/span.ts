import type { SpanOptions, TraceSpan } from "../../src/runtime/tracing.ts";

/** A span that a test looks at: what was begun in it, in order. */
export interface NotedSpan extends TraceSpan {
  readonly begun: readonly { readonly name: string; readonly options: SpanOptions | undefined }[];
}

/** Creates a span; those that begin in it are noted there. */
export const noteSpans = (): NotedSpan => {
  const begun: { readonly name: string; readonly options: SpanOptions | undefined }[] = [];
  const span: NotedSpan = {
    begun,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    begin(name, options) {
      begun.push({ name, options });
      return span;
    },
    rename: () => {},
    set: () => {},
    end: () => {},
    headers: () => ({}),
  };
  return span;
};
