import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { until } from "./until.ts";

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

/** A span that a collector has received. */
export interface ReceivedSpan extends Omit<ExportedSpan, "attributes" | "kind"> {
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer" | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly service: unknown;
}

/** A collector of traces by OTLP over HTTP, in this process. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Everything that was received, as text. */
  readonly text: () => string;
  /** Waits for a span. */
  readonly span: (name: string, fits?: (span: ReceivedSpan) => boolean) => Promise<ReceivedSpan>;
  readonly children: (parent: ReceivedSpan) => readonly ReceivedSpan[];
}

const KINDS = [undefined, "internal", "server", "client", "producer", "consumer"] as const;

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

const valueOf = (value: Attribute["value"]): unknown => {
  const [only] = Object.values(value);
  const { values } = (only ?? {}) as { readonly values?: readonly Attribute["value"][] };
  return values === undefined ? only : values.map(valueOf);
};

const membersOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

export const startCollector = async (): Promise<Collector> => {
  const bodies: string[] = [];
  const spans: ReceivedSpan[] = [];
  const receive = (body: string) => {
    bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans) {
      const service = membersOf(resource.attributes)["service.name"];
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ ...span, kind: KINDS[span.kind], attributes: membersOf(span.attributes), service });
      }
    }
  };
  const server = createServer((request, response) => {
    void (async () => {
      receive(await textOf(request));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    text: () => bodies.join("\n"),
    span: (name, fits = () => true) =>
      until(() => spans.find((span) => span.name === name && fits(span)), {
        what: `the span ${name}`,
        timeoutMs: 15_000,
      }),
    children: ({ spanId }) => spans.filter(({ parentSpanId }) => parentSpanId === spanId),
  };
};
