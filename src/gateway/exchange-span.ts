import type { TraceSpan } from "../runtime/tracing.ts";
import type { Attempt } from "./resilience/chain.ts";

/** Begins the span of one request to the gateway. `base` is the URL of the gateway; the query may name people, and is left out. */
export const beginExchange = (within: TraceSpan, { request, resends }: Attempt, base: string): TraceSpan => {
  const { hostname, port, protocol } = new URL(base);
  const { method, operation } = request;
  return within.begin(`${method} /${operation}`, {
    kind: "client",
    attributes: {
      "http.request.method": method,
      "server.address": hostname,
      "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
      "url.full": `${base}/${operation}`,
      "url.template": `/${operation}`,
      ...(resends === 0 ? {} : { "http.request.resend_count": resends }),
    },
  });
};

/** Ends it: with the status of the answer, or with why there is none. */
export const endExchange = (span: TraceSpan, status: number | null, fault: string | undefined): void => {
  if (status !== null) span.set({ "http.response.status_code": status });
  span.end(fault ?? (status !== null && status >= 400 ? String(status) : undefined));
};
