import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { IngressResult } from "../../events/ingress/ingress.ts";
import type { HttpContext } from "../http/context.ts";
import type { RequestTrace } from "../../gateway/client.ts";

/** Counts for Prometheus. No label holds what somebody sent. */
export interface Metrics {
  readonly answered: (exchange: Pick<HttpContext, "path" | "startedAt" | "response">) => void;
  readonly upstream: (request: RequestTrace) => void;
  readonly callback: (outcome: IngressResult) => void;
  /** A value that is read when it is asked for. */
  readonly gauge: (name: string, help: string, read: () => number) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** Not the whole path: what is behind them may be a secret, or anything. */
const ROUTES = ["/graphql", "/callbacks", "/health", "/links"];

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15];

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = (name: string, help: string, label: string) =>
    new Histogram({ name, help, labelNames: [label, "status"], buckets: SECONDS, registers });
  const requests = seconds("portico_request_seconds", "Requests that were answered, by path and status.", "route");
  const upstream = seconds(
    "portico_upstream_seconds",
    "Requests to the gateway, by operation and status; status `none`: there was no answer.",
    "operation",
  );
  const callbacks = new Counter({
    name: "portico_callbacks_total",
    help: "Callbacks of the gateway, by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  const events = new Counter({
    name: "portico_events_total",
    help: "Events in acknowledged callbacks: added to the log, there already, or put into quarantine.",
    labelNames: ["outcome"],
    registers,
  });

  return {
    answered({ path, startedAt, response }) {
      const route = ROUTES.find((each) => path === each || path.startsWith(`${each}/`)) ?? "other";
      requests.observe({ route, status: response.statusCode }, (Date.now() - startedAt) / 1000);
    },
    upstream({ operation, status, milliseconds }) {
      upstream.observe({ operation, status: status ?? "none" }, milliseconds / 1000);
    },
    callback(outcome) {
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
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
};
