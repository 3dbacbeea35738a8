/** One metric. docs/operating.md lists the same names, labels and meanings. */
export interface MetricDefinition {
  readonly kind: "counter" | "gauge" | "histogram";
  /** One sentence. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

/** From a request that is answered from memory to one that waits for a device. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
/** From a pause of one turn to the deadline of a read. */
const WAIT_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** Every metric of this program, besides those of the Node process. No label holds a value that a client sent. */
export const METRICS = {
  portico_build_info: {
    kind: "gauge",
    help: "1, with the version of Portico and of Node as labels.",
    labels: ["version", "node"],
  },
  portico_request_seconds: {
    kind: "histogram",
    help: "HTTP requests by path and status, without event streams.",
    labels: ["route", "status"],
    buckets: REQUEST_SECONDS,
  },
  portico_stream_seconds: {
    kind: "histogram",
    help: "Event streams over server-sent events, from their start to their end.",
    labels: [],
    buckets: [1, 10, 60, 300, 900, 3_600, 14_400, 86_400],
  },
  portico_operation_seconds: {
    kind: "histogram",
    help: "Execution of queries and mutations over every transport; `document` is the name of a stored document, or `other`.",
    labels: ["type", "document"],
    buckets: REQUEST_SECONDS,
  },
  portico_graphql_errors_total: {
    kind: "counter",
    help: "GraphQL responses with an error, over HTTP and over WebSocket, once for each of their error codes.",
    labels: ["code"],
  },
  portico_upstream_seconds: {
    kind: "histogram",
    help: "Requests to the gateway by operation and status; status `none` means no response.",
    labels: ["operation", "status"],
    buckets: REQUEST_SECONDS,
  },
  portico_upstream_calls_total: {
    kind: "counter",
    help: "Calls of operations by outcome, `ok` or an error code; a call makes several requests if it is retried, and may make none.",
    labels: ["operation", "outcome"],
  },
  portico_upstream_retries_total: {
    kind: "counter",
    help: "Requests to the gateway that repeat one of the same call.",
    labels: ["operation"],
  },
  portico_upstream_wait_seconds: {
    kind: "histogram",
    help: "Time that calls have waited in the queue `bulkhead` or `rate`; calls that did not wait are not counted.",
    labels: ["account", "queue"],
    buckets: WAIT_SECONDS,
  },
  portico_upstream_waiting: {
    kind: "gauge",
    help: "Calls that wait now in the queue `bulkhead` or `rate`.",
    labels: ["account", "queue"],
  },
  portico_upstream_circuit_open: {
    kind: "gauge",
    help: "1 while the circuit of the gateway is open.",
    labels: ["account"],
  },
  portico_upstream_device_circuits_open: {
    kind: "gauge",
    help: "Devices whose circuit is open.",
    labels: ["account"],
  },
  portico_upstream_tokens: {
    kind: "gauge",
    help: "Tokens left in the bucket of the rate limit; absent while no limit is known.",
    labels: ["account"],
  },
  portico_cache_hits_total: {
    kind: "counter",
    help: "Reads of the gateway that the cache answered.",
    labels: ["account"],
  },
  portico_cache_misses_total: {
    kind: "counter",
    help: "Reads that the cache keeps answers of and that asked the gateway.",
    labels: ["account"],
  },
  portico_cache_bytes: { kind: "gauge", help: "Estimated size of the cache.", labels: ["account"] },
  portico_cache_entries: { kind: "gauge", help: "Answers in the cache.", labels: ["account"] },
  portico_commands_total: {
    kind: "counter",
    help: "Commands by their mutation and their end; `Unknown` means that the response was lost.",
    labels: ["mutation", "end"],
  },
  portico_idempotency_hits_total: {
    kind: "counter",
    help: "Requests with an idempotency key that was in use: nothing was sent again.",
    labels: ["account"],
  },
  portico_callbacks_total: {
    kind: "counter",
    help:
      "Callbacks of the gateway by outcome: `acknowledged`, `retry` (503), or why one was refused: `unknown_path` (404), " +
      "`unauthenticated` (401), `forbidden_source` (403), `unsupported_type` (415), `oversized` (413), `unreadable` (400).",
    labels: ["outcome"],
  },
  portico_events_total: {
    kind: "counter",
    help: "Events in acknowledged callbacks: `added` to the log, `duplicate` or `quarantined`.",
    labels: ["outcome"],
  },
  portico_deliveries_total: {
    kind: "counter",
    help: "Events sent to subscribers, `live` or `replayed` from the log; one that ten subscribers receive counts ten times.",
    labels: ["account", "source"],
  },
  portico_gaps_total: {
    kind: "counter",
    help: "Events that reported to their subscriber that events before them are lost.",
    labels: ["account"],
  },
  portico_log_available: { kind: "gauge", help: "1 while the event log can be used.", labels: ["account"] },
  portico_log_events: {
    kind: "gauge",
    help: "Events that the log retains; absent while it cannot be read.",
    labels: ["account"],
  },
  portico_log_lag_seconds: {
    kind: "gauge",
    help: "Time between the newest event of the log and the last one that this process has read; absent while the log cannot be read.",
    labels: ["account"],
  },
  portico_subscribers: { kind: "gauge", help: "Open subscriptions.", labels: [] },
  portico_subscriber_bytes: {
    kind: "gauge",
    help: "Bytes that wait for subscribers, over `websocket`, `sse` and `callback`.",
    labels: ["transport"],
  },
  portico_sockets: { kind: "gauge", help: "Open WebSockets.", labels: [] },
  portico_sockets_opened_total: { kind: "counter", help: "WebSockets that were accepted.", labels: [] },
  portico_sockets_closed_total: {
    kind: "counter",
    help: "WebSockets that were closed, by close code; a code that is not of the protocol is `other`.",
    labels: ["code"],
  },
  portico_log_lost_total: {
    kind: "counter",
    help: "Lines of the log that could not be written and were dropped.",
    labels: [],
  },
  portico_log_failing: { kind: "gauge", help: "1 while lines of the log cannot be written.", labels: [] },
  portico_audit_lost_total: {
    kind: "counter",
    help: "Lines of the audit trail that could not be written and were dropped; only with `AUDIT_FILE`.",
    labels: [],
  },
  portico_audit_failing: {
    kind: "gauge",
    help: "1 while lines of the audit trail cannot be written; only with `AUDIT_FILE`.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** The name of a metric of this program. */
export type MetricName = keyof typeof METRICS;
