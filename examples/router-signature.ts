import { createHash, createHmac, randomBytes } from "node:crypto";

/** The parts of a request that the signature covers. */
export interface Signable {
  /** The first of SUBGRAPH_ROUTER_KEYS. */
  readonly key: string;
  readonly method: string;
  /** Path and query as Portico receives them. For a WebSocket: `GET`, its path, and no body. */
  readonly path: string;
  /** The exact bytes that are sent. */
  readonly body?: string | Buffer;
  /**
   * Seconds since 1970 UTC.
   * @default now
   */
  readonly at?: number;
  readonly nonce?: string;
}

/** Returns the value of `x-portico-signature` for one request. A request that is sent again needs a new one. */
export const signRequest = ({ key, method, path, body = "", ...options }: Signable): string => {
  const { at = Math.floor(Date.now() / 1000), nonce = randomBytes(16).toString("base64url") } = options;
  const digest = createHash("sha256").update(body).digest("hex");
  const signed = ["v1", at, nonce, method, path, digest].join("\n");
  return `v1;t=${at};n=${nonce};h=${createHmac("sha256", key).update(signed).digest("base64url")}`;
};
