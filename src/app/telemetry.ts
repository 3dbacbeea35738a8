import { propagation, trace } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Environment } from "../config/environment.ts";
import type { Logger } from "../runtime/logger.ts";
import { oncePerMinute } from "../runtime/throttle.ts";

/** Ends the export of traces. */
export interface Telemetry {
  /** Sends what waits, for at most two seconds. */
  readonly stop: () => Promise<void>;
}

const STOP_MS = 2_000;
const NOT_INSTALLED =
  "traces are off: the variables ask for them, and the optional packages of OpenTelemetry are not installed";

/**
 * Loads the SDK of OpenTelemetry, and sends traces by OTLP over HTTP, if the standard variables `OTEL_*` ask for it: by an endpoint, or by
 * `OTEL_TRACES_EXPORTER=otlp`. The SDK itself reads the other variables. Resolves with null if nothing asks for traces.
 */
export const openTelemetry = async (env: Environment, logger: Logger): Promise<Telemetry | null> => {
  if (!isRequested(env, logger)) return null;
  const sdk = await loadSdk();
  if (sdk === null) {
    logger.warn({}, NOT_INSTALLED);
    return null;
  }
  const [core, resources, base, otlp] = sdk;
  const { envDetector, resourceFromAttributes } = resources;
  const resource = resources
    .defaultResource()
    .merge(resourceFromAttributes({ "service.name": "portico" }))
    .merge(resources.detectResources({ detectors: [envDetector] }));
  const exporter = reporting(new otlp.OTLPTraceExporter(), logger);
  const provider = new base.BasicTracerProvider({ resource, spanProcessors: [new base.BatchSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  const propagators = [new core.W3CTraceContextPropagator(), new core.W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new core.CompositePropagator({ propagators }));
  return {
    async stop() {
      trace.disable();
      propagation.disable();
      const late = new Promise<void>((resolve) => void setTimeout(resolve, STOP_MS).unref());
      await Promise.race([provider.shutdown(), late]);
    },
  };
};

const isRequested = (env: Environment, logger: Logger): boolean => {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return false;
  const exporters = (env["OTEL_TRACES_EXPORTER"] ?? "").split(",").map((name) => name.trim());
  const unknown = exporters.filter((name) => !["", "otlp", "none"].includes(name));
  if (unknown.length > 0) logger.warn({}, "OTEL_TRACES_EXPORTER: only otlp and none are supported");
  if (exporters.includes("otlp")) return true;
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  return exporters.every((name) => name === "") && Boolean(endpoint);
};

/** Null if the optional packages are not installed. */
const loadSdk = async () => {
  try {
    return await Promise.all([
      import("@opentelemetry/core"),
      import("@opentelemetry/resources"),
      import("@opentelemetry/sdk-trace-base"),
      import("@opentelemetry/exporter-trace-otlp-http"),
    ]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return null;
    throw error;
  }
};

/** Reports spans that could not be sent, at most once a minute: they are dropped. The message of the error may contain the answer. */
const reporting = (exporter: SpanExporter, logger: Logger): SpanExporter => {
  let code: unknown;
  const alarm = oncePerMinute((times) => logger.warn({ times, code }, "traces cannot be sent"));
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) {
          code = (result.error as { readonly code?: unknown }).code ?? result.error.name;
          alarm();
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
};
