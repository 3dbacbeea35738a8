import type { Viewer } from "../../schema/kernel/context.ts";

/** Who is calling, and until when that is so. */
export interface Identity {
  readonly viewer: Viewer;
  /** Milliseconds since 1970 UTC; null: without end. */
  readonly expiresAt: number | null;
  /** Whether it was taken back meanwhile; left out: it cannot be. */
  readonly isRevoked?: () => boolean;
}

/** What ties together what client, log and answer say about a request or an operation. */
export interface Tracked {
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Aborted when the client goes away before it has its whole answer. */
  readonly signal: AbortSignal;
  /** Whether answers tell the calls that were made upstream. */
  readonly traced: boolean;
  /** Whether the answer holds a trace for a router that asked for one. */
  readonly inlineTraced: boolean;
  /** What the log should know of it. */
  readonly note: (notes: Notes) => void;
}

/** Who an operation is run for, over whichever transport. */
export interface Caller extends Tracked {
  readonly identity: Identity;
  /** Where it is. */
  readonly address: string;
}

export interface Notes {
  readonly operationName?: string | undefined;
  readonly operationType?: string | undefined;
  readonly errorCodes?: readonly string[] | undefined;
}
