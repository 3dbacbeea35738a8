import type { Viewer } from "../../schema/kernel/viewer.ts";
import type { CallerMemoryShare } from "../http/body.ts";
import type { HttpContext, LogFields, RequestContext } from "../http/context.ts";

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
}

const MAX_LOGGED_NAME = 128;

/** Returns how a caller is named in the log. */
export const callerFields = ({ viewer: { name, account } }: Identity): LogFields => ({
  caller: name.slice(0, MAX_LOGGED_NAME),
  account,
});

/** The context of an authenticated request. */
export type AuthenticatedContext = HttpContext & Caller;

/** The context of a request that is received and served within the limits of its caller. */
export type AdmittedContext = AuthenticatedContext & { readonly memory: CallerMemoryShare };
