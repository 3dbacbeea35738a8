import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import type { Tracer, TraceSpan } from "../../runtime/tracing.ts";
import type { ClientAddressOf } from "./client-address.ts";
import { beginRequest } from "./request-span.ts";

/** What a request or an operation has in common in the response and in the log. */
export interface RequestContext {
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Aborted if the client disconnects before it has the complete response. */
  readonly signal: AbortSignal;
  /** Whether responses list the calls to the gateway. */
  readonly traced: boolean;
  /** Whether reads bypass the cache, if the caller may manage devices. */
  readonly uncached: boolean;
  /** Whether responses contain the trace that a router requested. */
  readonly inlineTraced: boolean;
  /** IP address of the client. */
  readonly address: string;
  /** Its span; undefined without tracing. */
  readonly span: TraceSpan | undefined;
  /** Adds fields to the log lines. */
  readonly note: (fields: LogFields) => void;
  readonly logFields: () => LogFields;
}

/** How an operation reached this server. */
export type TransportName = "http" | "mcp" | "sse" | "callback" | "websocket";

/** Fields of a log line that the handler of a request or an operation knows. */
export interface LogFields {
  readonly caller?: string | undefined;
  readonly account?: string | undefined;
  readonly transport?: TransportName | undefined;
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly errorCodes?: readonly string[] | undefined;
}

/** Creates the fields of log lines, of which none is known yet. */
export const createLogNotes = (): Pick<RequestContext, "note" | "logFields"> => {
  let fields: LogFields = {};
  return {
    note(more) {
      fields = { ...fields, ...more };
    },
    logFields: () => fields,
  };
};

/** One request and its response. */
export interface HttpContext extends RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: URLSearchParams;
  /** Reads the body once, whatever the number of calls; null if it is larger than the limit of the first call. */
  readonly body: (limit: number) => Promise<Buffer | null>;
}

/** Responds to one request. */
export type Handle = (context: HttpContext) => Promise<void> | void;

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** Returns the caller's `x-request-id` if it is well-formed, or a new id. */
const requestId = ({ headers }: IncomingMessage): string => {
  const received = headers["x-request-id"];
  return typeof received === "string" && REQUEST_ID.test(received) ? received : randomUUID();
};

/**
 * Parses the target of a request; null if it is malformed. A path that begins with two slashes is a path: resolved against a URL, its first
 * segment would become the host, and another path would remain.
 */
export const parseTarget = ({ url = "" }: IncomingMessage): URL | null =>
  URL.parse(url.startsWith("/") ? `http://localhost${url}` : url, "http://localhost");

/** Creates the context of a request. */
export const createHttpContext = (
  request: IncomingMessage,
  response: ServerResponse,
  clientAddressOf: ClientAddressOf,
  tracer: Tracer | null,
): HttpContext => {
  const url = parseTarget(request);
  const disconnected = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) disconnected.abort();
  });
  const trace = request.headers["x-portico-trace"];
  const id = requestId(request);
  const path = url?.pathname ?? "";
  let body: Promise<Buffer | null> | undefined;
  return {
    request,
    response,
    id,
    path,
    span: tracer === null ? undefined : beginRequest(tracer, request, path, id),
    search: url?.searchParams ?? new URLSearchParams(),
    startedAt: Date.now(),
    signal: disconnected.signal,
    traced: trace === "upstream" || trace === "uncached",
    uncached: trace === "uncached",
    inlineTraced: request.headers["apollo-federation-include-trace"] === "ftv1",
    ...createLogNotes(),
    // A connection that is closed has no address any more.
    address: clientAddressOf(request),
    body: (limit) => (body ??= readBody(request, limit)),
  };
};
