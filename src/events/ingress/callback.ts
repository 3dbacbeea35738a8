import type { Coding } from "../../runtime/compression.ts";
import type { TraceSpan } from "../../runtime/tracing.ts";

/** A callback as received; the secret in its path has been checked. */
export interface CallbackDelivery {
  readonly contentType: string;
  /** The codings of the body, as in Content-Encoding. */
  readonly codings: readonly Coding[];
  readonly headers: {
    /** X-Gateway-Signature. */
    readonly signature: string | null;
    /** X-Gateway-Event. */
    readonly event: string | null;
  };
  /** Query member of the URL that names the device of older configurations. */
  readonly stgid: string | null;
  /** As received; of a body that is too large, its beginning. */
  readonly body: Buffer;
  /** Null for a body that was received as a whole. */
  readonly oversized: OversizedBody | null;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
  /** The span of its request; undefined without tracing. */
  readonly span?: TraceSpan | undefined;
}

/** A body of more than MAX_CALLBACK_BYTES, of which only the beginning is in memory. */
export interface OversizedBody {
  readonly bytes: number;
  /** Of the whole body, by `Ingress.startDigest`; null if the body was not received to its end, or is not signed. */
  readonly digest: Buffer | null;
}

/** Bodies up to this size are decoded. */
export const MAX_CALLBACK_BYTES = 4 * 1024 * 1024;

/** Result of a delivery. Only `acknowledged` is an acknowledgement; for the other kinds nothing was stored. */
export type IngressResult =
  | {
      readonly kind: "acknowledged";
      readonly added: number;
      readonly duplicates: number;
      /** Why each quarantined part could not be decoded; reasons contain no value of the body. */
      readonly quarantined: readonly string[];
    }
  | { readonly kind: "unauthenticated" }
  /** Too large to be decoded, and nothing else authenticates it. */
  | { readonly kind: "oversized" }
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "retry"; readonly retryAfterSeconds: number };

export const UNKNOWN_SENDER: IngressResult = { kind: "unauthenticated" };
