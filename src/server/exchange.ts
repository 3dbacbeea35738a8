import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What the access log should know beyond request and response. */
interface ExchangeNotes {
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly errorCodes?: readonly string[] | undefined;
}

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Ties together what client, log and answer say about it. */
  readonly id: string;
  readonly path: string;
  readonly search: URLSearchParams;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Aborted when the client goes away before it has its whole answer. */
  readonly signal: AbortSignal;
  readonly note: (notes: ExchangeNotes) => void;
  readonly notes: () => ExchangeNotes;
}

export type Handle = (exchange: Exchange) => Promise<void> | void;

const GIVEN_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The caller's `x-request-id` where it has the form of one, else a fresh id. */
const requestId = ({ headers }: IncomingMessage): string => {
  const given = headers["x-request-id"];
  return typeof given === "string" && GIVEN_ID.test(given) ? given : randomUUID();
};

export const createExchange = (request: IncomingMessage, response: ServerResponse): Exchange => {
  const url = URL.parse(request.url ?? "", "http://localhost");
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  let notes: ExchangeNotes = {};
  return {
    request,
    response,
    id: requestId(request),
    path: url?.pathname ?? "",
    search: url?.searchParams ?? new URLSearchParams(),
    startedAt: Date.now(),
    signal: gone.signal,
    note(more) {
      notes = { ...notes, ...more };
    },
    notes: () => notes,
  };
};
