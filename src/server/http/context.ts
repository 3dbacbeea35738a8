import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type CallerMemoryShare, readBody } from "./body.ts";
import type { Tracer, TraceSpan } from "../../runtime/tracing.ts";
import type { ClientAddressOf } from "./client-address.ts";
import { beginRequest } from "./request-span.ts";
import type { GuardedResponse } from "./response.ts";

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
  /** What the operator can change so that such a request is served. */
  readonly hint?: string | undefined;
}

/** All lines have the same members in the same order: JSON leaves out what is undefined. */
const NO_FIELDS: LogFields = {
  caller: undefined,
  account: undefined,
  transport: undefined,
  operationName: undefined,
  operationType: undefined,
  errorCodes: undefined,
  hint: undefined,
};

/** Creates empty log fields. */
export const createLogNotes = (): Pick<RequestContext, "note" | "logFields"> => {
  const fields = { ...NO_FIELDS };
  return { note: (more) => void Object.assign(fields, more), logFields: () => fields };
};

/** One request and its response. */
export interface HttpContext extends RequestContext {
  readonly request: IncomingMessage;
  readonly response: GuardedResponse;
  readonly path: string;
  readonly search: URLSearchParams;
  /** Called when the response is sent, or its connection is closed. */
  readonly closed: () => void;
  /** Reads the body once, whatever the number of calls; null if it is larger than the limit of the first call. */
  readonly body: (limit: number, memory: CallerMemoryShare) => Promise<Buffer | null>;
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

/** A target that is its own path, and has no query. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/;

/** What most requests do not need is made when it is first read. */
class RequestOnServer implements HttpContext {
  readonly request: IncomingMessage;
  readonly response: GuardedResponse;
  readonly id: string;
  readonly path: string;
  readonly span: TraceSpan | undefined;
  readonly startedAt = Date.now();
  readonly traced: boolean;
  readonly uncached: boolean;
  readonly inlineTraced: boolean;
  readonly note: HttpContext["note"];
  readonly logFields: HttpContext["logFields"];
  readonly address: string;
  #search: URLSearchParams | undefined;
  #disconnected: AbortController | undefined;
  #body: Promise<Buffer | null> | undefined;

  constructor(
    request: IncomingMessage,
    response: GuardedResponse,
    clientAddressOf: ClientAddressOf,
    tracer: Tracer | null,
  ) {
    const { url = "", headers } = request;
    const trace = headers["x-portico-trace"];
    const { note, logFields } = createLogNotes();
    this.request = request;
    this.response = response;
    this.id = requestId(request);
    if (PLAIN_PATH.test(url)) {
      this.path = url;
    } else {
      const target = parseTarget(request);
      this.path = target?.pathname ?? "";
      this.#search = target?.searchParams;
    }
    this.span = tracer === null ? undefined : beginRequest(tracer, request, this.path, this.id);
    this.traced = trace === "upstream" || trace === "uncached";
    this.uncached = trace === "uncached";
    this.inlineTraced = headers["apollo-federation-include-trace"] === "ftv1";
    this.note = note;
    this.logFields = logFields;
    // A connection that is closed has no address any more.
    this.address = clientAddressOf(request);
    response.requestId = this.id;
  }

  closed(): void {
    if (!this.response.writableFinished) this.#disconnected?.abort();
  }

  get search(): URLSearchParams {
    return (this.#search ??= new URLSearchParams());
  }

  get signal(): AbortSignal {
    if (this.#disconnected === undefined) {
      const { response } = this;
      this.#disconnected = new AbortController();
      if (response.closed && !response.writableFinished) this.#disconnected.abort();
    }
    return this.#disconnected.signal;
  }

  body(limit: number, memory: CallerMemoryShare): Promise<Buffer | null> {
    return (this.#body ??= readBody(this.request, limit, memory));
  }
}

/** Creates the context of a request. */
export const createHttpContext = (
  request: IncomingMessage,
  response: GuardedResponse,
  clientAddressOf: ClientAddressOf,
  tracer: Tracer | null,
): HttpContext => new RequestOnServer(request, response, clientAddressOf, tracer);
