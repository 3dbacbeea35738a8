import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import { type Input, OPERATIONS, type OperationName, type Output } from "../contract/operations.ts";
import { failure, invalidResponse, readAnswer } from "./answer.ts";
import { GatewayError } from "./errors.ts";
import { encodeRequest, type GatewayRequest } from "./request.ts";
import { retry } from "./resilience/retry.ts";
import type { Send } from "./resilience/send.ts";
import { type Tokens, tokenFor } from "./tokens.ts";
import { createTransport, type HttpHeaders, TransportError } from "./transport.ts";

interface CallOptions {
  /** Cancels a read that nobody waits for any more. A write, once sent, is never cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every request made for this call, retries included. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
}

export interface RequestTrace {
  readonly operation: OperationName;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly milliseconds: number;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
}

interface Download {
  readonly contentType: string;
  /** Destroying it cancels the transfer upstream. */
  readonly body: Readable;
}

/** How the last answers of the gateway looked. */
export interface GatewayCondition {
  /** Calls left before it answers 429, as it last said. */
  readonly rateLimitRemaining: number | null;
  /** How the last request ended. */
  readonly last: "untried" | "answered" | "UPSTREAM_UNAVAILABLE" | "UPSTREAM_UNAUTHENTICATED";
}

/** The Biometric Gateway API, one method for all operations. Failures are GatewayErrors, or InvalidInput before anything is sent. */
export interface GatewayClient {
  readonly call: <Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    options?: CallOptions,
  ) => Promise<Output<Name>>;
  /** The rows of ExportAttendance as they stream in, never held as a whole. */
  readonly download: (input: Input<"ExportAttendance">, options?: CallOptions) => Promise<Download>;
  readonly condition: () => GatewayCondition;
  readonly stop: () => Promise<void>;
}

export interface GatewayClientOptions {
  readonly url: string;
  readonly tokens: Tokens;
  readonly connections?: number;
  /** Longest time for one attempt at a read, and for a command beyond its Wait. */
  readonly attemptMs?: number;
  /** Longest time for a read with all its attempts. */
  readonly deadlineMs?: number;
  readonly maxBytes?: number;
  readonly random?: () => number;
}

/** A client of the gateway at `url`. It opens connections as they are needed. */
export const createGatewayClient = ({
  url,
  tokens,
  connections = 64,
  attemptMs = 5_000,
  deadlineMs = 15_000,
  maxBytes = 16 * 1024 * 1024,
  random = Math.random,
}: GatewayClientOptions): GatewayClient => {
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/$/, "");
  const transport = createTransport({ origin: base.origin, connections, maxBytes });
  let condition: GatewayCondition = { rateLimitRemaining: null, last: "untried" };

  const httpRequest = (request: GatewayRequest, timeoutMs: number, signal: AbortSignal | undefined) => ({
    method: request.method,
    path: prefix + request.path,
    headers: {
      "auth-token": tokenFor(tokens, request),
      accept: "application/json",
      ...(request.body === null ? {} : { "content-type": "application/json" }),
    },
    body: request.body,
    timeoutMs,
    signal,
  });

  const observe = (status: number | null, headers: HttpHeaders) => {
    const remaining = Number(headers["x-ratelimit-remaining"]);
    condition = {
      rateLimitRemaining: Number.isInteger(remaining) ? remaining : condition.rateLimitRemaining,
      last:
        status === null || status >= 500
          ? "UPSTREAM_UNAVAILABLE"
          : status === 401
            ? "UPSTREAM_UNAUTHENTICATED"
            : "answered",
    };
  };

  const exchange =
    (input: Readonly<Record<string, unknown>>, onRequest: CallOptions["onRequest"]): Send =>
    async ({ request, signal, deadline }) => {
      const { operation } = request;
      const started = performance.now();
      const startedAt = Date.now();
      const timeoutMs = Math.max(1, Math.min(attemptMs + patience(operation, input), deadline - started));
      let status: number | null = null;
      try {
        const answer = await transport.exchange(httpRequest(request, timeoutMs, signal));
        status = answer.status;
        observe(status, answer.headers);
        return readAnswer(operation, answer);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        if (error.fault !== "aborted") observe(null, {});
        throw lost(operation, error);
      } finally {
        onRequest?.({ operation, startedAt, milliseconds: performance.now() - started, status });
      }
    };

  const withRetry = retry({
    attempts: 3,
    baseDelayMs: 100,
    random,
    now: () => performance.now(),
    sleep: async (ms, signal) => {
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  });

  return {
    async call(name, input, { signal, onRequest } = {}) {
      const request = encodeRequest(name, input);
      const isRead = OPERATIONS[name].safety === "read";
      const total = (isRead ? deadlineMs : attemptMs) + patience(name, input);
      const send = withRetry(exchange(input, onRequest));
      const output = await send({ request, signal: isRead ? signal : undefined, deadline: performance.now() + total });
      return output as Output<typeof name>;
    },

    async download(input, { signal, onRequest } = {}) {
      const request = encodeRequest("ExportAttendance", input);
      const started = performance.now();
      const startedAt = Date.now();
      let status: number | null = null;
      try {
        const answer = await transport.stream(httpRequest(request, 60_000, signal));
        status = answer.status;
        observe(status, answer.headers);
        if (status === 200) return { contentType: String(answer.headers["content-type"] ?? ""), body: answer.body };
        throw failure("ExportAttendance", status, answer.headers, await readSmall(answer.body));
      } catch (error) {
        throw error instanceof TransportError ? lost("ExportAttendance", error) : error;
      } finally {
        onRequest?.({ operation: "ExportAttendance", startedAt, milliseconds: performance.now() - started, status });
      }
    },

    condition: () => condition,
    stop: () => transport.stop(),
  };
};

/** How long the gateway itself may wait before it answers: a command for its device, a ping for its device. */
const patience = (operation: OperationName, input: Readonly<Record<string, unknown>>): number => {
  const codec = OPERATIONS[operation].input as z.ZodType<Readonly<Record<string, unknown>>>;
  if (OPERATIONS[operation].mode === "read" && operation !== "PingConnection") return 0;
  const { Wait = 0, TimeoutSeconds = 0 } = codec.parse(input);
  return (Number(Wait) + Number(TimeoutSeconds)) * 1000;
};

const lost = (operation: OperationName, { fault, sent }: TransportError): GatewayError => {
  if (fault === "too-large") return invalidResponse(operation);
  const what =
    fault === "timeout" ? "did not answer in time" : fault === "unreachable" ? "cannot be reached" : "broke off";
  return new GatewayError("UPSTREAM_UNAVAILABLE", `The gateway ${what} on ${operation}.`, {
    operation,
    ambiguous: sent,
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
