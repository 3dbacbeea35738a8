import type { Viewer } from "../../schema/kernel/viewer.ts";
import type { Identity } from "./caller.ts";

/** Refers to an identity that was authenticated, without its credential. */
export interface IdentityReference {
  readonly viewer: Viewer;
  /** Milliseconds since 1970 UTC; null if it does not expire. */
  readonly expiresAt: number | null;
  /** The API key that it was authenticated with; null for other credentials. */
  readonly keyId: string | null;
}

/** Refers to an identity, so that `Identify` finds it again as long as its credential is valid. */
export const referenceOf = ({ viewer, expiresAt, keyId }: Identity): IdentityReference => ({
  viewer,
  expiresAt,
  keyId: keyId ?? null,
});
