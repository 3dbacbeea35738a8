import type { Readable } from "node:stream";
import { failure, invalidResponse, readAnswer } from "./answer.ts";
import type { HealthObserver } from "./health.ts";
import { GatewayError } from "./errors.ts";
import { type Attempt, isRead, type RequestTrace, type Send } from "./resilience/chain.ts";
import { type HttpHeaders, type Transport, TransportError } from "./transport.ts";

export interface DispatchOptions {
  readonly transport: Transport;
  /** Path of the gateway's base URL, without a slash at its end. */
  readonly prefix: string;
  /** Longest time for one attempt at a read, and for a command, beyond what the gateway itself may wait. */
  readonly attemptMs: number;
  readonly observe: HealthObserver["observe"];
  /** Told of every request. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
}

export interface Download {
  readonly contentType: string;
  /** Destroying it cancels the transfer upstream. */
  readonly body: Readable;
}

interface Received {
  readonly status: number;
  readonly headers: HttpHeaders;
}

/** The innermost Sends: `ask` brings the operation's output, `stream` a Download. */
export const createDispatch = (options: DispatchOptions): { readonly ask: Send; readonly stream: Send } => {
  const { transport, prefix, attemptMs, observe, onRequest } = options;

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

  /** A command that is sent gets its full time: cut short, its fate would be unknown for nothing. */
  const timeFor = (attempt: Attempt): number => {
    const full = attemptMs + attempt.serverWaitMs;
    return isRead(attempt) ? Math.min(full, timeLeft(attempt)) : full;
  };

  const traced = async <Answer extends Received, Result>(
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
      throw lost(attempt, error);
    } finally {
      const request = { operation, startedAt, milliseconds: performance.now() - started, status };
      attempt.onRequest?.(request);
      onRequest?.(request);
    }
  };

  return {
    ask: (attempt) =>
      traced(
        attempt,
        () => transport.exchange(httpRequest(attempt, timeFor(attempt))),
        (answer) => readAnswer(attempt.request.operation, answer),
      ),
    stream: (attempt) =>
      traced(
        attempt,
        () => transport.stream(httpRequest(attempt, timeLeft(attempt))),
        async ({ status, headers, body }): Promise<Download> => {
          if (status === 200) return { contentType: String(headers["content-type"] ?? ""), body };
          throw failure(attempt.request.operation, status, headers, await readSmall(body));
        },
      ),
  };
};

const WHAT = { timeout: "did not answer in time", unreachable: "cannot be reached", broken: "broke off" } as const;

const lost = ({ request: { operation } }: Attempt, { fault, sent }: TransportError): GatewayError => {
  if (fault === "too-large") return invalidResponse(operation);
  const what = fault === "aborted" ? "was not waited for" : WHAT[fault];
  return new GatewayError("UPSTREAM_UNAVAILABLE", `The gateway ${what} on ${operation}.`, {
    operation,
    ambiguous: sent,
    fault,
  });
};

const SMALL = 64 * 1024;

const readSmall = async (body: Readable): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > SMALL) break;
      chunks.push(chunk as Buffer);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
};
