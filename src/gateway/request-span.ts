import type { TraceSpan } from "../runtime/tracing.ts";
import type { Attempt } from "./resilience/chain.ts";

/** Begins the span of one request to the gateway, within the span of its call. */
type BeginRequestSpan = (within: TraceSpan, attempt: Attempt) => TraceSpan;

/** Prepares the spans of requests to a gateway. `base` is its URL; the query of a request may name people, and is left out. */
export const createRequestSpans = (base: string): BeginRequestSpan => {
  const { hostname, port, protocol } = new URL(base);
  const server = {
    "server.address": hostname,
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
  };
  return (within, { request: { method, operation }, resends }) =>
    within.begin(`${method} /${operation}`, {
      kind: "client",
      attributes: {
        "http.request.method": method,
        "url.full": `${base}/${operation}`,
        "url.template": `/${operation}`,
        ...server,
        ...(resends === 0 ? {} : { "http.request.resend_count": resends }),
      },
    });
};

/** Ends the span with the HTTP status, or with the transport fault if there was no answer. */
export const endRequestSpan = (span: TraceSpan, status: number | null, fault: string | undefined): void => {
  if (status !== null) span.set({ "http.response.status_code": status });
  span.end(fault ?? (status !== null && status >= 400 ? String(status) : undefined));
};
