import {
  type Attributes,
  type Context,
  context,
  propagation,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer as OtelTracer,
} from "@opentelemetry/api";

/** Facts about a span. No value may be a secret, or text of a client that is not bounded. */
export type SpanAttributes = Attributes;

export interface SpanOptions {
  /** Its role between two processes. @default "internal" */
  readonly kind?: "internal" | "server" | "client" | "producer" | "consumer";
  readonly attributes?: SpanAttributes;
  /** Milliseconds since 1970 UTC. @default now */
  readonly startedAt?: number | undefined;
  /** W3C `traceparent` of spans that led to this one. */
  readonly links?: readonly string[];
}

/** A part of a trace that has begun. */
export interface TraceSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The W3C `traceparent` that others continue this span with. */
  readonly traceparent: string;
  /** Begins a span within this one. */
  readonly begin: (name: string, options?: SpanOptions) => TraceSpan;
  readonly rename: (name: string) => void;
  readonly set: (attributes: SpanAttributes) => void;
  /** Ends it; the first call counts. `error` is a bounded name of what failed, such as an error code. */
  readonly end: (error?: string) => void;
  /** Returns the headers of a request that continues the trace: `traceparent`, `tracestate` and `baggage`. */
  readonly headers: () => Readonly<Record<string, string>>;
}

/** Headers of a request, or members of a message that stand for them. */
export type TraceCarrier = Readonly<Record<string, string | string[] | undefined>>;

/** Begins the spans that have no parent in this process. */
export interface Tracer {
  /** Begins the span of a request, in the trace that its headers name. */
  readonly receive: (name: string, carrier: TraceCarrier, options?: SpanOptions) => TraceSpan;
  /** Begins a span after another one, which may have ended; in a trace of its own if that is not known. */
  readonly follow: (name: string, traceparent: string | undefined, options?: SpanOptions) => TraceSpan;
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Creates a tracer on the SDK that is registered in this process; null without one, so that tracing costs nothing. */
export const createTracer = (): Tracer | null => {
  const provider = trace.getTracerProvider();
  if (provider instanceof ProxyTracerProvider && provider.getDelegateTracer("portico") === undefined) return null;
  const tracer = provider.getTracer("portico");
  return {
    receive: (name, carrier, options) => startSpan(tracer, receivedContext(carrier), name, options),
    follow(name, traceparent, options) {
      const parent = parseTraceparent(traceparent);
      return startSpan(
        tracer,
        parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
        name,
        options,
      );
    },
  };
};

/** A program that embeds this one may have begun a span of the request already. */
const receivedContext = (carrier: TraceCarrier): Context => {
  const active = context.active();
  return trace.getSpan(active) === undefined ? propagation.extract(active, carrier) : active;
};

const startSpan = (tracer: OtelTracer, parent: Context, name: string, options: SpanOptions = {}): TraceSpan => {
  const { kind = "internal", attributes, startedAt, links = [] } = options;
  const span = tracer.startSpan(
    name,
    {
      kind: KINDS[kind],
      ...(attributes === undefined ? {} : { attributes }),
      ...(startedAt === undefined ? {} : { startTime: startedAt }),
      links: links.map(parseTraceparent).flatMap((linked) => (linked === null ? [] : [{ context: linked }])),
    },
    parent,
  );
  return new OpenSpan(tracer, span, trace.setSpan(parent, span));
};

class OpenSpan implements TraceSpan {
  readonly traceId: string;
  readonly #tracer: OtelTracer;
  readonly #span: Span;
  readonly #context: Context;
  readonly #isRecording: boolean;
  #hasEnded = false;

  constructor(tracer: OtelTracer, span: Span, spanContext: Context) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = spanContext;
    this.#isRecording = span.isRecording();
    this.traceId = span.spanContext().traceId;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  }

  /** A trace that is not recorded has no further spans. */
  begin(name: string, options?: SpanOptions): TraceSpan {
    return this.#isRecording ? startSpan(this.#tracer, this.#context, name, options) : new SilentSpan(this);
  }

  rename(name: string): void {
    if (!this.#hasEnded) this.#span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    if (!this.#hasEnded) this.#span.setAttributes(attributes);
  }

  end(error?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (error !== undefined) this.#span.setAttribute("error.type", error).setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }

  headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    propagation.inject(this.#context, headers);
    return headers;
  }
}

/** Stands for all spans within one that is not recorded. */
class SilentSpan implements TraceSpan {
  readonly #within: TraceSpan;

  constructor(within: TraceSpan) {
    this.#within = within;
  }

  get traceId(): string {
    return this.#within.traceId;
  }

  get traceparent(): string {
    return this.#within.traceparent;
  }

  begin(): TraceSpan {
    return this;
  }

  rename(): void {}

  set(): void {}

  end(): void {}

  headers(): Readonly<Record<string, string>> {
    return this.#within.headers();
  }
}

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** Reads a `traceparent` that was stored: another program may have written it. */
const parseTraceparent = (text: unknown): SpanContext | null => {
  const [, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(typeof text === "string" ? text : "") ?? [];
  if (traceId === "") return null;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return { traceId, spanId, traceFlags, isRemote: true };
};
