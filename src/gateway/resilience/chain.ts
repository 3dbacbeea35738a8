import { OPERATIONS, type OperationName } from "../../contract/operations.ts";
import type { GatewayRequest } from "../request.ts";
import type { HttpHeaders } from "../transport.ts";

/** Who goes first where the gateway takes few calls: somebody waits at a door, somebody for a page, nobody for an export. */
export type Priority = "door" | "interactive" | "bulk";

export interface RequestTrace {
  readonly operation: OperationName;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly milliseconds: number;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
}

export interface Attempt {
  readonly request: GatewayRequest;
  readonly priority: Priority;
  /** Equal reads of the same authority may share an answer; undefined: this one shares with nobody. */
  readonly cacheScope: string | undefined;
  /** What the request is sent with. */
  readonly token: string;
  /** Cancels a read; never given for a write. */
  readonly signal: AbortSignal | undefined;
  /** In milliseconds of the monotonic clock: a read is answered by then, a write is sent by then or not at all. */
  readonly deadline: number;
  /** How long the gateway itself may wait before it answers, in milliseconds. */
  readonly serverWaitMs: number;
  /** Told of every request made. */
  readonly onRequest: ((request: RequestTrace) => void) | undefined;
  /** Told of the headers of an answer, whatever it says. */
  readonly onHeaders: ((headers: HttpHeaders) => void) | undefined;
}

/** Sends a request and reads its answer. Failures are GatewayErrors. Resilience is a function from Send to Send. */
export type Send = (attempt: Attempt) => Promise<unknown>;

export type Layer = (next: Send) => Send;

/** Layers around a Send, the outermost first. */
export const chain = (layers: readonly Layer[], last: Send): Send =>
  layers.reduceRight((next, layer) => layer(next), last);

export const isRead = ({ request }: Pick<Attempt, "request">): boolean =>
  OPERATIONS[request.operation].safety === "read";
