import type { Readable } from "node:stream";
import { errorFromAnswer, invalidResponse, mayHaveEffect, readAnswer, parseAnswer } from "./answer.ts";
import { connectReason } from "../runtime/connect-fault.ts";
import type { Scrub } from "../runtime/redact.ts";
import type { TraceSpan } from "../runtime/tracing.ts";
import { GatewayError } from "./errors.ts";
import { createRequestSpans, endRequestSpan } from "./request-span.ts";
import type { HealthObserver } from "./health.ts";
import { type Attempt, isRead, type RequestTrace, type Send } from "./resilience/chain.ts";
import { type EndRequest, type HttpHeaders, type Transport, TransportError } from "./transport.ts";

export interface DispatchOptions {
  readonly transport: Transport;
  readonly origin: string;
  /** Whether requests carry the W3C trace context. */
  readonly propagates: boolean;
  /** Path of the gateway's base URL, without a slash at its end. */
  readonly prefix: string;
  /** Longest time for one attempt at a read, and for a command, in addition to what the gateway itself may wait. */
  readonly attemptMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly observe: HealthObserver["observe"];
  readonly scrub: Scrub;
  /** Called for every request. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
  /** Called for every request for which no connection could be made. */
  readonly onUnreachable?: ((error: Error) => void) | undefined;
}

export interface Download {
  readonly contentType: string;
  /** Destroying it cancels the transfer upstream. */
  readonly body: Readable;
}

interface AnswerHead {
  readonly status: number;
  readonly headers: HttpHeaders;
}

/** Called once at the end of a request: with the operation's output, or with the error. */
export type Done = (error: Error | undefined, output: unknown) => void;

/** Sends one request for each attempt, and reads its answer. */
export interface Dispatch {
  /** Sends a request and reads the operation's output. The caller limits its time. */
  readonly send: (attempt: Attempt, done: Done) => EndRequest;
  /** The longest time for an attempt, in milliseconds. */
  readonly timeoutOf: (attempt: Attempt) => number;
  /** The same as a Send, with its time limit and its signal; the innermost layer. */
  readonly ask: Send;
  /** Returns a Download. */
  readonly stream: Send;
}

/** Creates the innermost part of the client: what builds a request, and reads and reports its answer. */
export const createDispatch = (options: DispatchOptions): Dispatch => {
  const { transport, origin, propagates, prefix, attemptMs, now, observe, scrub, onRequest, onUnreachable } = options;

  const beginRequestSpan = createRequestSpans(origin + prefix);

  const httpRequest = ({ request, token }: Attempt, span: TraceSpan | undefined) => {
    const headers: Record<string, string> =
      request.body === null
        ? { "auth-token": token, accept: "application/json", "accept-encoding": "identity" }
        : {
            "auth-token": token,
            accept: "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
          };
    if (propagates && span !== undefined) Object.assign(headers, span.headers());
    return { method: request.method, path: prefix + request.path, headers, body: request.body?.reveal() ?? null };
  };

  const timeLeft = ({ deadline }: Attempt): number => Math.max(1, Math.ceil(deadline - now()));

  /** A command that was sent gets its full time: ending it early would make its outcome unknown without need. */
  const timeoutOf = (attempt: Attempt): number => {
    const full = attemptMs + attempt.serverWaitMs;
    return isRead(attempt) ? Math.min(full, timeLeft(attempt)) : full;
  };

  const begin = (attempt: Attempt) => {
    const { operation } = attempt.request;
    const started = now();
    const startedAt = Date.now();
    let status: number | null = null;
    let fault: string | undefined;
    const span = attempt.span && beginRequestSpan(attempt.span, attempt);
    return {
      span,
      answered(answer: AnswerHead) {
        status = answer.status;
        observe(status, answer.headers);
        attempt.onHeaders?.(answer.headers);
      },
      failed(error: TransportError): GatewayError {
        ({ fault } = error);
        if (fault !== "aborted") observe(null, {});
        const failure = noAnswer(attempt, error);
        if (fault === "unreachable") onUnreachable?.(failure);
        return failure;
      },
      end() {
        const { resends } = attempt;
        const trace = { operation, startedAt, milliseconds: now() - started, status, resends };
        attempt.onRequest?.(trace);
        onRequest?.(trace);
        if (span !== undefined) endRequestSpan(span, status, fault);
      },
    };
  };

  const send: Dispatch["send"] = (attempt, done) => {
    const request = begin(attempt);
    return transport.send(httpRequest(attempt, request.span), (outcome) => {
      let output: unknown;
      let failure: Error | undefined;
      if (outcome instanceof TransportError) {
        failure = request.failed(outcome);
      } else {
        request.answered(outcome);
        try {
          output = readAnswer(attempt.request, outcome, scrub);
        } catch (error) {
          failure = error as Error;
        }
      }
      request.end();
      done(failure, output);
    });
  };

  return {
    send,
    timeoutOf,
    ask: (attempt) =>
      new Promise((resolve, reject) => {
        const { signal } = attempt;
        if (signal?.aborted === true) {
          reject(noAnswer(attempt, { fault: "aborted", sent: false, code: undefined }));
          return;
        }
        let timer: NodeJS.Timeout | undefined;
        let onAbort: (() => void) | undefined;
        let isDone = false;
        // A pool that is destroyed ends the request before `send` returns.
        const end = send(attempt, (error, output) => {
          isDone = true;
          clearTimeout(timer);
          if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
          if (error === undefined) resolve(output);
          else reject(error);
        });
        if (isDone) return;
        onAbort = () => end("aborted");
        timer = setTimeout(() => end("timeout"), timeoutOf(attempt));
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
    async stream(attempt) {
      const request = begin(attempt);
      try {
        const streamed = {
          ...httpRequest(attempt, request.span),
          timeoutMs: timeLeft(attempt),
          signal: attempt.signal,
        };
        const { status, headers, body } = await transport.stream(streamed);
        request.answered({ status, headers });
        if (status === 200) return { contentType: String(headers["content-type"] ?? ""), body } satisfies Download;
        throw errorFromAnswer(attempt.request.operation, status, headers, await readErrorBody(body, headers));
      } catch (error) {
        throw error instanceof TransportError ? request.failed(error) : error;
      } finally {
        request.end();
      }
    },
  };
};

const FAULTS = {
  timeout: "did not answer in time",
  unreachable: "cannot be reached",
  broken: "closed the connection",
  aborted: "was not waited for",
} as const;

const noAnswer = (
  { request: { operation } }: Attempt,
  { fault, sent, code }: Pick<TransportError, "fault" | "sent" | "code">,
): GatewayError => {
  if (fault === "unreadable") return invalidResponse(operation);
  return new GatewayError(
    "UPSTREAM_UNAVAILABLE",
    `The gateway ${FAULTS[fault]} on ${operation}${connectReason(code)}.`,
    {
      operation,
      ambiguous: sent && mayHaveEffect(operation),
      fault,
    },
  );
};

const MAX_ERROR_BYTES = 64 * 1024;

const readErrorBody = async (body: Readable, headers: HttpHeaders): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ERROR_BYTES) break;
      chunks.push(chunk as Buffer);
    }
    return parseAnswer(Buffer.concat(chunks), headers, (text) => text);
  } catch {
    return undefined;
  }
};
