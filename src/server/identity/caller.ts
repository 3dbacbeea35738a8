import type { Viewer } from "../../schema/kernel/viewer.ts";
import type { HttpContext, RequestContext } from "../http/context.ts";

/** Who is calling, and until when that is so. */
export interface Identity {
  readonly viewer: Viewer;
  /** Milliseconds since 1970 UTC; null: without end. */
  readonly expiresAt: number | null;
  /** Whether it was taken back meanwhile; left out: it cannot be. */
  readonly isRevoked?: () => boolean;
}

/** Who an operation is run for, over whichever transport. */
export interface Caller extends RequestContext {
  readonly identity: Identity;
  /** Where it is. */
  readonly address: string;
}

/** A request whose caller is known. */
export type AuthenticatedContext = HttpContext & Caller;
