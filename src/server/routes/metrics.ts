import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { ERROR_CODES } from "../../error-codes.ts";
import type { GatewayObserver } from "../../gateway/observer.ts";
import type { HttpContext } from "../http/context.ts";
import { GRAPHQL_PATH, MCP_PATH, routeLabel } from "../http/paths.ts";
import type { CallbackOutcome } from "./callbacks.ts";
import { METRICS, type MetricDefinition, type MetricName } from "./metric-definitions.ts";

/** Observes the GraphQL API. */
export interface GraphObserver {
  /** Called at the end of a query or mutation; `document` is the name of a stored document, or null. */
  readonly onOperation: (type: string, document: string | null, milliseconds: number) => void;
  readonly sockets: {
    readonly onOpen: () => void;
    readonly onClose: (code: number) => void;
    readonly onErrors: (codes: readonly string[]) => void;
  };
}

/** A value of a metric, with the values of its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Metrics for Prometheus. No label contains a value that a client sent. */
export interface Metrics {
  readonly observeRequest: (
    context: Pick<HttpContext, "path" | "startedAt" | "response"> & Partial<Pick<HttpContext, "logFields">>,
  ) => void;
  /** Creates the observer of an account's gateway. */
  readonly gatewayObserver: (account: string) => GatewayObserver;
  readonly countCallback: (outcome: CallbackOutcome) => void;
  readonly countCommand: (mutation: string, end: string) => void;
  readonly graph: GraphObserver;
  /** Registers a gauge or a counter whose samples are read at each scrape; one that is not known then is left out. */
  readonly read: (name: MetricName, samples: () => readonly Sample[] | Promise<readonly Sample[]>) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** A plugin may invent codes: they share one label. */
const codeLabel = (code: string): string => (Object.hasOwn(ERROR_CODES, code) ? code : "other");

/** Every outcome of a callback. */
const CALLBACK_OUTCOMES: readonly CallbackOutcome["kind"][] = [
  "acknowledged",
  "forbidden_source",
  "oversized",
  "retry",
  "unauthenticated",
  "unknown_path",
  "unreadable",
  "unsupported_type",
];

/** The codes of clients and connections that end by themselves. */
const CLIENT_CODES = [1000, 1001, 1005, 1006];

/** How many stored documents have a label of their own. */
const MAX_DOCUMENTS = 200;

/** Returns the label of a stored document: the name of its operation, up to a number of names. */
const createDocumentLabel = () => {
  const names = new Set<string>();
  return (name: string | null): string => {
    if (name === null) return "other";
    if (names.size < MAX_DOCUMENTS) names.add(name);
    return names.has(name) ? name : "other";
  };
};

/** Creates the metrics and their registry. `closeCodes` are the codes with which this server closes a WebSocket. */
export const createMetrics = (closeCodes: readonly number[]): Metrics => {
  const closeLabels = new Set([...CLIENT_CODES, ...closeCodes]);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const optionsOf = (name: MetricName) => {
    const { help, labels }: MetricDefinition = METRICS[name];
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const histogram = (name: MetricName) => {
    const { buckets = [] }: MetricDefinition = METRICS[name];
    return new Histogram({ ...optionsOf(name), buckets: [...buckets] });
  };
  const counter = (name: MetricName) => new Counter(optionsOf(name));
  const requests = histogram("portico_request_seconds");
  const streams = histogram("portico_stream_seconds");
  const operations = histogram("portico_operation_seconds");
  const errors = counter("portico_graphql_errors_total");
  const upstream = histogram("portico_upstream_seconds");
  const calls = counter("portico_upstream_calls_total");
  const retries = counter("portico_upstream_retries_total");
  const waits = histogram("portico_upstream_wait_seconds");
  const commands = counter("portico_commands_total");
  const opened = counter("portico_sockets_opened_total");
  const closed = counter("portico_sockets_closed_total");
  const documentLabel = createDocumentLabel();
  const countErrors = (codes: readonly string[]) => {
    for (const code of codes) errors.inc({ code: codeLabel(code) });
  };
  const callbacks = counter("portico_callbacks_total");
  const events = counter("portico_events_total");
  // Rules cannot see the first increment of a series that was not there before.
  for (const code of Object.keys(ERROR_CODES)) errors.inc({ code }, 0);
  for (const outcome of CALLBACK_OUTCOMES) callbacks.inc({ outcome }, 0);
  for (const outcome of ["added", "duplicate", "quarantined"]) events.inc({ outcome }, 0);

  return {
    observeRequest({ path, startedAt, response, logFields }) {
      const route = routeLabel(path);
      const seconds = (Date.now() - startedAt) / 1000;
      const isStream = response.contentType.startsWith("text/event-stream");
      if (isStream) streams.observe(seconds);
      else requests.observe({ route, status: response.statusCode }, seconds);
      if (route === GRAPHQL_PATH || route === MCP_PATH) countErrors(logFields?.().errorCodes ?? []);
    },
    gatewayObserver: (account) => ({
      onRequest({ operation, status, milliseconds, resends }) {
        upstream.observe({ operation, status: status ?? "none" }, milliseconds / 1000);
        if (resends > 0) retries.inc({ operation });
      },
      onCall: (operation, outcome) => calls.inc({ operation, outcome }),
      onWait: (queue, milliseconds) => waits.observe({ account, queue }, milliseconds / 1000),
    }),
    countCallback(outcome) {
      callbacks.inc({ outcome: outcome.kind });
      if (outcome.kind !== "acknowledged") return;
      events.inc({ outcome: "added" }, outcome.added);
      events.inc({ outcome: "duplicate" }, outcome.duplicates);
      events.inc({ outcome: "quarantined" }, outcome.quarantined.length);
    },
    countCommand: (mutation, end) => commands.inc({ mutation, end }),
    graph: {
      onOperation(type, document, milliseconds) {
        operations.observe({ type, document: documentLabel(document) }, milliseconds / 1000);
      },
      sockets: {
        onOpen: () => opened.inc(),
        onClose: (code) => closed.inc({ code: closeLabels.has(code) ? code : "other" }),
        onErrors: countErrors,
      },
    },
    read(name, samples) {
      const options = optionsOf(name);
      if (METRICS[name].kind === "counter") {
        const collect = async function (this: Counter) {
          const current = await samples();
          this.reset();
          for (const { labels, value } of current) this.inc(labels, value);
        };
        void new Counter({ ...options, collect });
        return;
      }
      const collect = async function (this: Gauge) {
        const current = await samples();
        this.reset();
        for (const { labels, value } of current) this.set(labels, value);
      };
      void new Gauge({ ...options, collect });
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
};
