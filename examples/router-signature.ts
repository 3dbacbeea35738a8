import { createHash, createHmac, randomBytes } from "node:crypto";

export interface Signable {
  /** The first of SUBGRAPH_ROUTER_KEYS. */
  readonly key: string;
  readonly method: string;
  /** Path and query, as Portico gets them. For a socket: `GET`, its path, and no body. */
  readonly path: string;
  /** The very bytes that are sent. */
  readonly body?: string | Buffer;
  /** Seconds since 1970 UTC. */
  readonly at?: number;
  readonly nonce?: string;
}

/** The value of `x-portico-signature` for one request. A request that is sent again needs another one. */
export const signRequest = ({ key, method, path, body = "", ...given }: Signable): string => {
  const { at = Math.floor(Date.now() / 1000), nonce = randomBytes(16).toString("base64url") } = given;
  const digest = createHash("sha256").update(body).digest("hex");
  const signed = ["v1", at, nonce, method, path, digest].join("\n");
  return `v1;t=${at};n=${nonce};h=${createHmac("sha256", key).update(signed).digest("base64url")}`;
};
