import type { GatewayRequest } from "../request.ts";

interface Attempt {
  readonly request: GatewayRequest;
  /** Cancels a read; never given for a write. */
  readonly signal: AbortSignal | undefined;
  /** When the caller stops waiting, in milliseconds of the monotonic clock. */
  readonly deadline: number;
}

/** Sends a request and reads its answer. Failures are GatewayErrors. Resilience is a function from Send to Send. */
export type Send = (attempt: Attempt) => Promise<unknown>;

export type Layer = (next: Send) => Send;
