import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { type NonceStore, WINDOW_SECONDS } from "./nonce-store.ts";

export const SIGNATURE_HEADER = "x-portico-signature";

/** A signature and the request that it must cover. */
export interface SignedRequest {
  readonly signature: unknown;
  readonly method: string;
  /** With the query string, as it was sent. */
  readonly path: string;
  readonly body: Buffer;
}

/**
 * Returns whether a router signed the request recently and the signature was not used before.
 *
 * @throws SignatureStoreUnavailable if the latter cannot be determined.
 */
export type CheckSignature = (signed: SignedRequest) => Promise<boolean>;

export interface SignatureOptions {
  /** Accepted keys. */
  readonly keys: readonly string[];
  readonly nonces: NonceStore;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const SIGNATURE_SHAPE = /^v1;t=(\d{1,12});n=([\w-]{16,64});h=([\w-]{43})$/;

/** Returns whether a text is one of the expected texts. All are compared completely, so that the duration reveals nothing. */
export const isOneOf = (received: string, expected: readonly string[]): boolean => {
  const bytes = Buffer.from(received);
  const equal = expected.map((each) => {
    const other = Buffer.from(each);
    return other.length === bytes.length && timingSafeEqual(other, bytes);
  });
  return equal.includes(true);
};

/** Returns whether a text has the form of a signature, which does not depend on the request. */
export const isRouterSignature = (text: unknown): text is string =>
  typeof text === "string" && SIGNATURE_SHAPE.test(text);

/** Creates the check. Only the nonce of a valid signature is stored, so that no other client can fill the store. */
export const createSignatureCheck =
  ({ keys, nonces, now }: SignatureOptions): CheckSignature =>
  async ({ signature, method, path, body }) => {
    const [, at, nonce, received] = typeof signature === "string" ? (SIGNATURE_SHAPE.exec(signature) ?? []) : [];
    if (at === undefined || nonce === undefined || received === undefined) return false;
    const text = ["v1", at, nonce, method, path, hash("sha256", body, "hex")].join("\n");
    const expected = keys.map((key) => createHmac("sha256", key).update(text).digest("base64url"));
    if (!isOneOf(received, expected)) return false;
    if (Math.abs(now() / 1000 - Number(at)) > WINDOW_SECONDS) return false;
    return nonces.claim(nonce, Number(at));
  };
