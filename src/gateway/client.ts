import type { Readable } from "node:stream";
import type { Input, OperationName, Output } from "../contract/operations.ts";

export interface CallOptions {
  /** Cancels a read that nobody waits for any more. A write, once sent, is never cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every request made for this call, retries included. */
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
}

export interface RequestTrace {
  readonly operation: OperationName;
  readonly startedAt: number;
  readonly milliseconds: number;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
}

export interface Download {
  readonly contentType: string;
  /** Destroying it cancels the transfer upstream. */
  readonly body: Readable;
}

/** The Biometric Gateway API, one method for all operations. Failures are GatewayErrors. */
export interface GatewayClient {
  readonly call: <Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    options?: CallOptions,
  ) => Promise<Output<Name>>;
  /** The rows of ExportAttendance as they stream in, never held as a whole. */
  readonly download: (input: Input<"ExportAttendance">, options?: CallOptions) => Promise<Download>;
  readonly stop: () => Promise<void>;
}
