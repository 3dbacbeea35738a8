import type { z } from "zod";
import type { Operation, Priority } from "../contract/operation.ts";
import { type Input, OPERATIONS, type OperationName, type Output } from "../contract/operations.ts";
import type { Download } from "./dispatch.ts";
import { GatewayError, InvalidInputError } from "./errors.ts";
import type { TraceSpan } from "../runtime/tracing.ts";
import type { GatewayHealth } from "./health.ts";
import type { GatewayLoad, GatewayObserver } from "./observer.ts";
import { createCallPath } from "./call-path.ts";
import { encodeRequest } from "./request.ts";
import type { Attempt, RequestTrace, Send } from "./resilience/chain.ts";
import { createTokenBucket, type TokenBucket } from "./resilience/rate/token-bucket.ts";
import type { Tokens, TokenSource } from "./tokens.ts";
import { createTransport } from "./transport.ts";

export type { GatewayHealth } from "./health.ts";
export type { RequestTrace } from "./resilience/chain.ts";

export interface CallOptions {
  /** Cancels a read that nobody waits for any more. A write that was sent is never cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** The span that the call is part of. */
  readonly span?: TraceSpan | undefined;
  /** Called for every request made for this call, including retries and requests shared with other callers. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
  /** Equal reads of the same scope that are in flight share one request. Without a scope a read shares with nobody. */
  readonly cacheScope?: string | undefined;
  /** @default the operation's own priority */
  readonly priority?: Priority | undefined;
  /** Milliseconds from now within which a read is answered, and a write is sent. It can only shorten the client's own deadline. */
  readonly deadlineMs?: number | undefined;
}

/** The Biometric Gateway API, one method for all operations. */
export interface GatewayClient {
  /**
   * Calls an operation.
   * @throws {InvalidInputError} if the contract forbids the input; nothing is sent.
   * @throws {GatewayError} for every other failure.
   */
  readonly call: <Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    options?: CallOptions,
  ) => Promise<Output<Name>>;
  /** Streams the rows of ExportAttendance; they are never held as a whole. Throws as `call` does. */
  readonly download: (input: Input<"ExportAttendance">, options?: CallOptions) => Promise<Download>;
  readonly health: () => GatewayHealth;
  readonly load: () => GatewayLoad;
  /** Keeps reads made from now on from sharing a request made before. Call it when the gateway's data is known to have changed. */
  readonly renew: () => void;
  /** Grows whenever the gateway is known to have changed: with each `renew`, and at the end of each write. */
  readonly generation: () => number;
  readonly stop: () => Promise<void>;
}

export interface GatewayClientOptions {
  readonly url: string;
  readonly tokens: Tokens | TokenSource;
  /**
   * Returns the rate limit's bucket of an AuthToken.
   * @default a bucket of this process
   */
  readonly bucketOf?: (token: string) => TokenBucket;
  readonly observer?: GatewayObserver | undefined;
  /** @default 256 */
  readonly connections?: number;
  /**
   * Longest time for one attempt at a read, and for a command, in addition to what the gateway itself may wait.
   * @default 5000
   */
  readonly attemptMs?: number;
  /**
   * Longest time for a read with all its attempts.
   * @default 15000
   */
  readonly deadlineMs?: number;
  /**
   * Longest time that a write waits here before it is sent.
   * @default 4000
   */
  readonly sendMs?: number;
  /**
   * Largest body of an answer, in bytes; downloads have no limit.
   * @default 16777216
   */
  readonly maxBytes?: number;
  /**
   * Whether calls that go at once take one function in place of the layers. It makes no difference but in cost, which tests verify.
   * @default true
   */
  readonly fused?: boolean;
  readonly random?: () => number;
  /**
   * Whether requests carry the W3C trace context.
   * @default false
   */
  readonly propagates?: boolean;
  /**
   * Replaces the values of secrets in the text of an answer.
   * @default nothing is replaced
   */
  readonly scrub?: (text: string) => string;
}

const MAX_DEADLINE_MS = 60_000;
const now = () => performance.now();

/** Creates a client of the gateway at `url`. It opens connections as they are needed. */
export const createGatewayClient = ({
  url,
  tokens,
  bucketOf = () => createTokenBucket({ now }),
  observer = {},
  connections = 256,
  attemptMs = 5_000,
  deadlineMs = 15_000,
  sendMs = 4_000,
  maxBytes = 16 * 1024 * 1024,
  fused = true,
  random = Math.random,
  propagates = false,
  scrub = (text) => text,
}: GatewayClientOptions): GatewayClient => {
  const base = new URL(url);
  const transport = createTransport({ origin: base.origin, connections, maxBytes });

  const { ask, stream, health, load, renew, generation } = createCallPath({
    transport,
    origin: base.origin,
    propagates,
    prefix: base.pathname.replace(/\/$/, ""),
    tokens,
    bucketOf,
    observer,
    attemptMs,
    fused,
    random,
    scrub,
    now,
  });
  const { onCall } = observer;

  const attemptOf = <Name extends OperationName>(name: Name, input: Input<Name>, options: CallOptions): Attempt => {
    const operation: Operation = OPERATIONS[name];
    const request = encodeRequest(name, input);
    const isRead = operation.safety === "read";
    const serverWaitMs = serverWaitOf(operation, input);
    const longestMs = operation.deadlineMs ?? (isRead ? deadlineMs + serverWaitMs : sendMs);
    return {
      request,
      priority: options.priority ?? operation.priorityOf(input),
      cacheScope: options.cacheScope,
      token: "",
      signal: isRead ? options.signal : undefined,
      deadline: now() + Math.min(longestMs, options.deadlineMs ?? MAX_DEADLINE_MS),
      serverWaitMs,
      resends: 0,
      span: options.span?.begin(`gateway ${name}`, { attributes: { "portico.upstream.operation": name } }),
      onRequest: options.onRequest,
      onHeaders: undefined,
    };
  };

  const counted = <Name extends OperationName>(
    name: Name,
    send: Send,
    input: Input<Name>,
    options: CallOptions,
  ): Promise<unknown> => {
    let answer: Promise<unknown>;
    let span: TraceSpan | undefined;
    try {
      const attempt = attemptOf(name, input, options);
      span = attempt.span;
      answer = send(attempt);
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (onCall !== undefined || span !== undefined) {
      const end = (error?: string) => {
        onCall?.(name, error ?? "ok");
        span?.end(error);
      };
      answer.then(
        () => end(),
        (error: unknown) => end(outcomeOf(error)),
      );
    }
    return answer;
  };

  return {
    call(name, input, options = {}) {
      return counted(name, ask, input, options) as Promise<Output<typeof name>>;
    },
    async download(input, options = {}) {
      return (await counted("ExportAttendance", stream, input, options)) as Download;
    },
    health,
    load,
    renew,
    generation,
    stop: () => transport.stop(),
  };
};

const outcomeOf = (error: unknown): string => {
  if (error instanceof GatewayError) return error.code;
  return error instanceof InvalidInputError ? "BAD_USER_INPUT" : "INTERNAL_SERVER_ERROR";
};

/** How long the gateway itself may wait before it answers, in milliseconds: for the device of a command or of a ping. */
const serverWaitOf = ({ serverWait, input: schema }: Operation, input: unknown): number => {
  if (serverWait === null) return 0;
  const members = (schema as z.ZodType<Readonly<Record<string, unknown>>>).parse(input);
  return Number(members[serverWait] ?? 0) * 1000;
};
