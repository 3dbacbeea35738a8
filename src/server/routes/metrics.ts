import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { IngressResult } from "../../events/ingress/ingress.ts";
import type { HttpContext } from "../http/context.ts";
import type { RequestTrace } from "../../gateway/client.ts";

/** Metrics for Prometheus. No label contains a value that a client sent. */
export interface Metrics {
  readonly observeRequest: (context: Pick<HttpContext, "path" | "startedAt" | "response">) => void;
  readonly observeUpstream: (request: RequestTrace) => void;
  readonly countCallback: (outcome: IngressResult) => void;
  /** Registers a gauge whose value is read at each scrape. */
  readonly gauge: (name: string, help: string, read: () => number) => void;
  /** Registers a counter whose value is read at each scrape. */
  readonly counter: (name: string, help: string, read: () => number) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** Labels by the first segment: the rest of a path may be a secret, or any text. */
const ROUTES = ["/graphql", "/callbacks", "/health", "/links"];

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15];

/** Creates the metrics and their registry. */
export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = (name: string, help: string, label: string) =>
    new Histogram({ name, help, labelNames: [label, "status"], buckets: SECONDS, registers });
  const requests = seconds("portico_request_seconds", "Requests by path and status.", "route");
  const upstream = seconds(
    "portico_upstream_seconds",
    "Requests to the gateway by operation and status; status `none` means no response.",
    "operation",
  );
  const callbacks = new Counter({
    name: "portico_callbacks_total",
    help: "Callbacks of the gateway by outcome.",
    labelNames: ["outcome"],
    registers,
  });
  const events = new Counter({
    name: "portico_events_total",
    help: "Events in acknowledged callbacks: added to the log, duplicate, or quarantined.",
    labelNames: ["outcome"],
    registers,
  });

  return {
    observeRequest({ path, startedAt, response }) {
      const route = ROUTES.find((each) => path === each || path.startsWith(`${each}/`)) ?? "other";
      requests.observe({ route, status: response.statusCode }, (Date.now() - startedAt) / 1000);
    },
    observeUpstream({ operation, status, milliseconds }) {
      upstream.observe({ operation, status: status ?? "none" }, milliseconds / 1000);
    },
    countCallback(outcome) {
      callbacks.inc({ outcome: outcome.kind });
      if (outcome.kind !== "acknowledged") return;
      events.inc({ outcome: "added" }, outcome.added);
      events.inc({ outcome: "duplicate" }, outcome.duplicates);
      events.inc({ outcome: "quarantined" }, outcome.quarantined.length);
    },
    gauge(name, help, read) {
      const collect = function (this: Gauge) {
        this.set(read());
      };
      registry.registerMetric(new Gauge({ name, help, registers: [], collect }));
    },
    counter(name, help, read) {
      const collect = function (this: Counter) {
        this.reset();
        this.inc(read());
      };
      registry.registerMetric(new Counter({ name, help, registers: [], collect }));
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
};
