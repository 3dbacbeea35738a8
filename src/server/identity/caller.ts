import type { Viewer } from "../../schema/kernel/viewer.ts";
import type { HttpContext, RequestContext } from "../http/context.ts";

/** An authenticated viewer and its expiry. */
export interface Identity {
  readonly viewer: Viewer;
  /** Milliseconds since 1970 UTC; null if it does not expire. */
  readonly expiresAt: number | null;
  /** The API key that it was authenticated with; absent for other credentials. */
  readonly keyId?: string;
  /** Returns whether the credential was revoked; absent if it cannot be revoked. */
  readonly isRevoked?: () => boolean;
}

/** The caller of an operation, over any transport. */
export interface Caller extends RequestContext {
  readonly identity: Identity;
  /** IP address of the client. */
  readonly address: string;
}

/** The context of an authenticated request. */
export type AuthenticatedContext = HttpContext & Caller;
