import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { type NonceStore, WINDOW_SECONDS } from "./nonce-store.ts";

export const SIGNATURE_HEADER = "x-portico-signature";

/** What a signature says it was made for. */
export interface Signed {
  readonly signature: unknown;
  readonly method: string;
  /** With the query, as it was sent. */
  readonly path: string;
  readonly body: Buffer;
}

/** Whether a router signed a request, now, and for the first time. Rejects with Unchecked. */
export type CheckSignature = (signed: Signed) => Promise<boolean>;

export interface SignatureOptions {
  /** Each of them is accepted. */
  readonly keys: readonly string[];
  readonly nonces: NonceStore;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const FORM = /^v1;t=(\d{1,12});n=([\w-]{16,64});h=([\w-]{43})$/;

/** Whether a text is one of those that the keys give. All are compared to their end, so that the time it takes tells nothing. */
export const isOneOf = (given: string, wanted: readonly string[]): boolean => {
  const bytes = Buffer.from(given);
  const equal = wanted.map((each) => {
    const other = Buffer.from(each);
    return other.length === bytes.length && timingSafeEqual(other, bytes);
  });
  return equal.includes(true);
};

/** A nonce is remembered only of a good signature: nobody else can fill the memory. */
export const createSignatureCheck =
  ({ keys, nonces, now }: SignatureOptions): CheckSignature =>
  async ({ signature, method, path, body }) => {
    const [, at, nonce, given] = typeof signature === "string" ? (FORM.exec(signature) ?? []) : [];
    if (at === undefined || nonce === undefined || given === undefined) return false;
    const text = ["v1", at, nonce, method, path, hash("sha256", body, "hex")].join("\n");
    const wanted = keys.map((key) => createHmac("sha256", key).update(text).digest("base64url"));
    if (!isOneOf(given, wanted)) return false;
    if (Math.abs(now() / 1000 - Number(at)) > WINDOW_SECONDS) return false;
    return nonces.claim(nonce, Number(at));
  };
