import type { Priority } from "../../contract/operation.ts";
import { OPERATIONS, type OperationName } from "../../contract/operations.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";
import type { GatewayRequest } from "../request.ts";
import type { HttpHeaders } from "../transport.ts";

/** One request to the gateway, as traces and metrics show it. */
export interface RequestTrace {
  readonly operation: OperationName;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly milliseconds: number;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** How many requests of the same call went before it. */
  readonly resends: number;
}

/** One attempt at a call, as it passes through the layers. */
export interface Attempt {
  readonly request: GatewayRequest;
  readonly priority: Priority;
  /** Equal reads of the same scope may share an answer; undefined: this read shares with nobody. */
  readonly cacheScope: string | undefined;
  /** The AuthToken that the request is sent with. */
  readonly token: string;
  /** Cancels a read; always undefined for a write. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds of the monotonic clock by which a read is answered, and a write is sent or not sent at all. */
  readonly deadline: number;
  /** How long the gateway itself may wait before it answers, in milliseconds. */
  readonly serverWaitMs: number;
  /** How many requests of the same call went before this one. */
  readonly resends: number;
  /** The span of the call; undefined without tracing. */
  readonly span: TraceSpan | undefined;
  /** Called for every request made. */
  readonly onRequest: ((request: RequestTrace) => void) | undefined;
  /** Called with the headers of every answer, also of an error. */
  readonly onHeaders: ((headers: HttpHeaders) => void) | undefined;
}

/** Sends a request and reads its answer; rejects with a GatewayError. */
export type Send = (attempt: Attempt) => Promise<unknown>;

/** Adds one kind of resilience to a Send. */
export type Layer = (next: Send) => Send;

/** Wraps a Send in layers, the outermost first. */
export const chain = (layers: readonly Layer[], innermost: Send): Send =>
  layers.reduceRight((next, layer) => layer(next), innermost);

/** Whether an attempt is a read, which may be repeated and cancelled. */
export const isRead = ({ request }: Pick<Attempt, "request">): boolean =>
  OPERATIONS[request.operation].safety === "read";
