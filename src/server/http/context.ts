import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";

/** What ties together what client, log and answer say about a request or an operation. */
export interface RequestContext {
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Aborted when the client goes away before it has its whole answer. */
  readonly signal: AbortSignal;
  /** Whether answers tell the calls that were made upstream. */
  readonly traced: boolean;
  /** Whether the answer holds a trace for a router that asked for one. */
  readonly inlineTraced: boolean;
  /** What the log should know of it. */
  readonly note: (fields: LogFields) => void;
}

export interface LogFields {
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly errorCodes?: readonly string[] | undefined;
}

/** One request and its response. */
export interface HttpContext extends RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly notes: () => LogFields;
  /** The whole body, read once however often it is asked for; null when it is larger than the limit of who asked first. */
  readonly body: (limit: number) => Promise<Buffer | null>;
}

export type Handle = (exchange: HttpContext) => Promise<void> | void;

const GIVEN_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The caller's `x-request-id` where it has the form of one, else a fresh id. */
const requestId = ({ headers }: IncomingMessage): string => {
  const given = headers["x-request-id"];
  return typeof given === "string" && GIVEN_ID.test(given) ? given : randomUUID();
};

export const createHttpContext = (request: IncomingMessage, response: ServerResponse): HttpContext => {
  const url = URL.parse(request.url ?? "", "http://localhost");
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  let notes: LogFields = {};
  let body: Promise<Buffer | null> | undefined;
  return {
    request,
    response,
    id: requestId(request),
    path: url?.pathname ?? "",
    search: url?.searchParams ?? new URLSearchParams(),
    startedAt: Date.now(),
    signal: gone.signal,
    traced: request.headers["x-portico-trace"] === "upstream",
    inlineTraced: request.headers["apollo-federation-include-trace"] === "ftv1",
    note(more) {
      notes = { ...notes, ...more };
    },
    notes: () => notes,
    body: (limit) => (body ??= readBody(request, limit)),
  };
};
