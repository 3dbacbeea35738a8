/** Who an operation is run for, over whichever transport. */
export interface Caller {
  /** Ties together what client, log and answer say about it. */
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Aborted when the client goes away before it has its whole answer. */
  readonly signal: AbortSignal;
  /** Whether answers tell the calls that were made upstream. */
  readonly traced: boolean;
  /** What the log should know of it. */
  readonly note: (notes: Notes) => void;
}

export interface Notes {
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly errorCodes?: readonly string[] | undefined;
}
