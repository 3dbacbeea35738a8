import type { Readable } from "node:stream";
import { errorFromAnswer, invalidResponse, readAnswer, type Scrub } from "./answer.ts";
import { GatewayError } from "./errors.ts";
import type { HealthObserver } from "./health.ts";
import { type Attempt, isRead, type RequestTrace, type Send } from "./resilience/chain.ts";
import { type HttpHeaders, type Transport, TransportError } from "./transport.ts";

export interface DispatchOptions {
  readonly transport: Transport;
  /** Path of the gateway's base URL, without a slash at its end. */
  readonly prefix: string;
  /** Longest time for one attempt at a read, and for a command, in addition to what the gateway itself may wait. */
  readonly attemptMs: number;
  readonly observe: HealthObserver["observe"];
  readonly scrub: Scrub;
  /** Called for every request. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
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

/** Creates the innermost Sends: `ask` returns the operation's output, `stream` a Download. */
export const createDispatch = (options: DispatchOptions): { readonly ask: Send; readonly stream: Send } => {
  const { transport, prefix, attemptMs, observe, scrub, onRequest } = options;

  const httpRequest = ({ request, token, signal }: Attempt, timeoutMs: number) => ({
    method: request.method,
    path: prefix + request.path,
    headers: {
      "auth-token": token,
      accept: "application/json",
      ...(request.body === null ? {} : { "content-type": "application/json" }),
    },
    body: request.body?.reveal() ?? null,
    timeoutMs,
    signal,
  });

  const timeLeft = ({ deadline }: Attempt): number => Math.max(1, Math.ceil(deadline - performance.now()));

  /** A command that is sent gets its full time: cut short, its outcome would be unknown for nothing. */
  const timeoutOf = (attempt: Attempt): number => {
    const full = attemptMs + attempt.serverWaitMs;
    return isRead(attempt) ? Math.min(full, timeLeft(attempt)) : full;
  };

  const traced = async <Answer extends AnswerHead, Result>(
    attempt: Attempt,
    send: () => Promise<Answer>,
    read: (answer: Answer) => Result | Promise<Result>,
  ): Promise<Result> => {
    const { operation } = attempt.request;
    const started = performance.now();
    const startedAt = Date.now();
    let status: number | null = null;
    try {
      const answer = await send();
      status = answer.status;
      observe(status, answer.headers);
      attempt.onHeaders?.(answer.headers);
      return await read(answer);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (error.fault !== "aborted") observe(null, {});
      throw noAnswer(attempt, error);
    } finally {
      const { resends } = attempt;
      const trace = { operation, startedAt, milliseconds: performance.now() - started, status, resends };
      attempt.onRequest?.(trace);
      onRequest?.(trace);
    }
  };

  return {
    ask: (attempt) =>
      traced(
        attempt,
        () => transport.request(httpRequest(attempt, timeoutOf(attempt))),
        (answer) => readAnswer(attempt.request.operation, answer, scrub),
      ),
    stream: (attempt) =>
      traced(
        attempt,
        () => transport.stream(httpRequest(attempt, timeLeft(attempt))),
        async ({ status, headers, body }): Promise<Download> => {
          if (status === 200) return { contentType: String(headers["content-type"] ?? ""), body };
          throw errorFromAnswer(attempt.request.operation, status, headers, await readErrorBody(body));
        },
      ),
  };
};

const FAULTS = {
  timeout: "did not answer in time",
  unreachable: "cannot be reached",
  broken: "closed the connection",
  aborted: "was not waited for",
} as const;

const noAnswer = ({ request: { operation } }: Attempt, { fault, sent }: TransportError): GatewayError => {
  if (fault === "too-large") return invalidResponse(operation);
  return new GatewayError("UPSTREAM_UNAVAILABLE", `The gateway ${FAULTS[fault]} on ${operation}.`, {
    operation,
    ambiguous: sent,
    fault,
  });
};

const MAX_ERROR_BYTES = 64 * 1024;

const readErrorBody = async (body: Readable): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ERROR_BYTES) break;
      chunks.push(chunk as Buffer);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
};
