import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import { type Input, OPERATIONS, type OperationName, type Output } from "../contract/operations.ts";
import { createHealthObserver, type GatewayHealth } from "./health.ts";
import { createDispatch, type Download } from "./dispatch.ts";
import { encodeRequest } from "./request.ts";
import { createBreaker } from "./resilience/breaker/breaker.ts";
import { createBulkhead } from "./resilience/bulkhead.ts";
import { createCoalescer } from "./resilience/coalesce.ts";
import { deadline } from "./resilience/deadline.ts";
import { priorityOf } from "./resilience/priority.ts";
import { type TokenBucket, createTokenBucket } from "./resilience/rate/bucket.ts";
import { createRateLimiter } from "./resilience/rate/rate.ts";
import { createRetryBudget } from "./resilience/retry-budget.ts";
import { retry } from "./resilience/retry.ts";
import { type Attempt, chain, type Priority, type RequestTrace } from "./resilience/chain.ts";
import { authorize, type Tokens, type TokenSource } from "./tokens.ts";
import { createTransport } from "./transport.ts";

export type { GatewayHealth as GatewayCondition } from "./health.ts";
export type { RequestTrace } from "./resilience/chain.ts";

export interface CallOptions {
  /** Cancels a read that nobody waits for any more. A write, once sent, is never cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every request made for this call, retries and those shared with other callers included. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
  /** Whose read it is: equal reads that are under way for the same authority share one request. Without it none is shared. */
  readonly cacheScope?: string | undefined;
  /** Who goes first where calls are short; told from the operation unless it is given. */
  readonly priority?: Priority | undefined;
  /** Shorter than the client's own: until when a read is answered, and a write is sent, from now. */
  readonly deadlineMs?: number | undefined;
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
  readonly health: () => GatewayHealth;
  /** From now on no read shares the request of one that began before; for when the gateway is known to have changed. */
  readonly renew: () => void;
  readonly stop: () => Promise<void>;
}

export interface GatewayClientOptions {
  readonly url: string;
  readonly tokens: Tokens | TokenSource;
  /** The rate limit's bucket of a token; by default one of this process. */
  readonly bucketOf?: (token: string) => TokenBucket;
  /** Told of every request made, for whichever call. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
  readonly connections?: number;
  /** Longest time for one attempt at a read, and for a command, beyond its Wait. */
  readonly attemptMs?: number;
  /** Longest time for a read with all its attempts. */
  readonly deadlineMs?: number;
  /** Longest time that a command waits here before it is sent. */
  readonly sendMs?: number;
  readonly maxBytes?: number;
  readonly random?: () => number;
}

const EXPORT_MS = 60_000;
const now = () => performance.now();

/** A client of the gateway at `url`. It opens connections as they are needed. */
export const createGatewayClient = ({
  url,
  tokens,
  bucketOf = () => createTokenBucket({ now }),
  onRequest,
  connections = 256,
  attemptMs = 5_000,
  deadlineMs = 15_000,
  sendMs = 4_000,
  maxBytes = 16 * 1024 * 1024,
  random = Math.random,
}: GatewayClientOptions): GatewayClient => {
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/$/, "");
  const transport = createTransport({ origin: base.origin, connections, maxBytes });

  const breaker = createBreaker({
    windowMs: 1_000,
    minimum: 10,
    share: 0.5,
    minOutageMs: 250,
    inARow: 5,
    probeMs: 1_000,
    fairMs: 1_000,
    now,
  });
  const { observe, condition } = createHealthObserver(breaker.isOpen);
  const coalesce = createCoalescer({ joinMs: attemptMs });
  const bulkhead = createBulkhead({ perDevice: 8, others: 64, waiting: 2_000, isOpen: breaker.isDown, now });
  const rate = createRateLimiter({ bucketOf, isOpen: breaker.isDown, now, wallClock: Date.now, random });
  breaker.onDown(() => {
    bulkhead.open();
    rate.wake();
  });
  const exchange = createDispatch({ transport, prefix, attemptMs, observe, onRequest });

  const once = [authorize(tokens), breaker.guard, bulkhead.layer, rate.layer, breaker.watch];
  const budget = createRetryBudget({ share: 0.1, reserve: 20 });
  const again = retry({ attempts: 3, baseDelayMs: 100, budget, random, now, sleep });
  const ask = chain([deadline({ now }), coalesce.layer, again, ...once], exchange.ask);
  const stream = chain(once, exchange.stream);

  const attemptOf = <Name extends OperationName>(name: Name, input: Input<Name>, options: CallOptions): Attempt => {
    const {
      priority: lane = priorityOf(name, input),
      cacheScope: authority,
      signal,
      onRequest,
      deadlineMs: given = EXPORT_MS,
    } = options;
    const request = encodeRequest(name, input);
    const isRead = OPERATIONS[name].safety === "read";
    const patienceMs = patience(name, input);
    const longestMs = name === "ExportAttendance" ? EXPORT_MS : isRead ? deadlineMs + patienceMs : sendMs;
    return {
      request,
      priority: lane,
      cacheScope: authority,
      token: "",
      signal: isRead ? signal : undefined,
      deadline: now() + Math.min(longestMs, given),
      serverWaitMs: patienceMs,
      onRequest,
      onHeaders: undefined,
    };
  };

  return {
    async call(name, input, options = {}) {
      return (await ask(attemptOf(name, input, options))) as Output<typeof name>;
    },
    async download(input, options = {}) {
      return (await stream(attemptOf("ExportAttendance", input, options))) as Download;
    },
    health: condition,
    renew: coalesce.renew,
    stop: () => transport.stop(),
  };
};

const sleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
};

/** How long the gateway itself may wait before it answers: a command for its device, a ping for its device. */
const patience = (operation: OperationName, input: Readonly<Record<string, unknown>>): number => {
  const codec = OPERATIONS[operation].input as z.ZodType<Readonly<Record<string, unknown>>>;
  if (OPERATIONS[operation].mode === "read" && operation !== "PingConnection") return 0;
  const { Wait = 0, TimeoutSeconds = 0 } = codec.parse(input);
  return (Number(Wait) + Number(TimeoutSeconds)) * 1000;
};
