import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import type { Caller, Notes, Tracked } from "../identity/caller.ts";

/** One request and its response. */
export interface Exchange extends Tracked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly notes: () => Notes;
  /** The whole body, read once however often it is asked for; null when it is larger than the limit of who asked first. */
  readonly body: (limit: number) => Promise<Buffer | null>;
}

/** One of which it is known who asks. */
export type Identified = Exchange & Caller;

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
  let notes: Notes = {};
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
