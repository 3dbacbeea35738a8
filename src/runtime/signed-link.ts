import { createHmac, timingSafeEqual } from "node:crypto";

type Claims = Readonly<Record<string, unknown>>;

interface SignedLink {
  readonly url: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** The content of a valid link. */
export interface VerifiedLink {
  readonly claims: Claims;
  readonly secondsLeft: number;
}

/** Signs and verifies links. */
export interface LinkSigner {
  readonly sign: (path: string, claims: Claims) => SignedLink;
  /** Returns the claims of a link; null if it is invalid or expired. */
  readonly verify: (path: string, search: URLSearchParams) => VerifiedLink | null;
}

export interface LinkSignerOptions {
  readonly secret: string;
  /** Returns the URL under which clients reach this server, without a trailing slash; called for each link. */
  readonly baseUrl: () => string;
  readonly ttlSeconds: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const PARAMETERS = ["claims", "expires", "signature"] as const;

/** Creates a signer that uses HMAC-SHA-256 over path, expiry and claims. The holder of a link can read its claims. */
export const createLinkSigner = ({ secret, baseUrl, ttlSeconds, now }: LinkSignerOptions): LinkSigner => {
  const signature = (path: string, expires: string, claims: string): string =>
    createHmac("sha256", secret).update(`portico link 1\n${path}\n${expires}\n${claims}`).digest("base64url");

  return {
    sign(path, claims) {
      const expires = Math.floor(now() / 1000) + ttlSeconds;
      const encoded = Buffer.from(JSON.stringify(claims)).toString("base64url");
      const search = new URLSearchParams({ claims: encoded, expires: String(expires) });
      search.set("signature", signature(path, String(expires), encoded));
      return {
        url: `${baseUrl()}${path}?${search.toString()}`,
        expiresAt: `${new Date(expires * 1000).toISOString().slice(0, 19)}Z`,
      };
    },

    verify(path, search) {
      if (search.size !== PARAMETERS.length) return null;
      const [claims, expires, received] = PARAMETERS.map((name) => search.get(name));
      if (claims == null || expires == null || received == null) return null;
      if (!isEqual(received, signature(path, expires, claims))) return null;
      const secondsLeft = Number(expires) - Math.floor(now() / 1000);
      if (!(secondsLeft > 0)) return null;
      return { claims: JSON.parse(Buffer.from(claims, "base64url").toString()) as Claims, secondsLeft };
    },
  };
};

/** Compares the texts, not the decoded bytes: base64url has several spellings of the same bytes. */
const isEqual = (received: string, expected: string): boolean => {
  const a = Buffer.from(received);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
};
