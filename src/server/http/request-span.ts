import type { IncomingMessage, ServerResponse } from "node:http";
import type { Tracer, TraceSpan } from "../../runtime/tracing.ts";
import { tracedRoute } from "./paths.ts";

/** Begins the span of a request; undefined if its path is not traced. */
export const beginRequest = (
  tracer: Tracer,
  request: IncomingMessage,
  path: string,
  requestId: string,
): TraceSpan | undefined => {
  const route = tracedRoute(path);
  if (route === undefined) return undefined;
  const method = request.method ?? "GET";
  return tracer.receive(`${method} ${route}`, request.headers, {
    kind: "server",
    attributes: { "http.request.method": method, "http.route": route, "portico.request_id": requestId },
  });
};

/** What is known at the end of a request. */
interface EndedRequest {
  readonly span: TraceSpan | undefined;
  readonly response: ServerResponse;
  readonly logFields: () => { readonly errorCodes?: readonly string[] | undefined };
}

/** Ends the span of a request with its response. A span that ended before, as that of a stream, is not changed. */
export const endRequest = ({ span, response: { statusCode }, logFields }: EndedRequest): void => {
  if (span === undefined) return;
  const { errorCodes: [code] = [] } = logFields();
  span.set({ "http.response.status_code": statusCode });
  span.end(code ?? (statusCode >= 500 ? String(statusCode) : undefined));
};
