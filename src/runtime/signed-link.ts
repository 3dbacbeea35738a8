import { createHmac, timingSafeEqual } from "node:crypto";

type Claims = Readonly<Record<string, unknown>>;

interface SignedLink {
  readonly url: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

export interface VerifiedLink {
  readonly claims: Claims;
  readonly secondsLeft: number;
}

export interface LinkSigner {
  readonly sign: (path: string, claims: Claims) => SignedLink;
  /** What a link was signed for; null when anything about it is wrong or late. */
  readonly verify: (path: string, search: URLSearchParams) => VerifiedLink | null;
}

export interface LinkSignerOptions {
  readonly secret: string;
  /** Where clients reach this server, without a slash at its end; asked for each link. */
  readonly baseUrl: () => string;
  readonly ttlSeconds: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const MEMBERS = ["claims", "expires", "signature"] as const;

/** Signs links with HMAC-SHA-256 over path, end and claims. Claims can be read by whoever holds the link. */
export const createLinkSigner = ({ secret, baseUrl, ttlSeconds, now }: LinkSignerOptions): LinkSigner => {
  const signature = (path: string, expires: string, claims: string): string =>
    createHmac("sha256", secret).update(`portico link 1\n${path}\n${expires}\n${claims}`).digest("base64url");

  return {
    sign(path, claims) {
      const end = Math.floor(now() / 1000) + ttlSeconds;
      const encoded = Buffer.from(JSON.stringify(claims)).toString("base64url");
      const search = new URLSearchParams({ claims: encoded, expires: String(end) });
      search.set("signature", signature(path, String(end), encoded));
      return {
        url: `${baseUrl()}${path}?${search.toString()}`,
        expiresAt: `${new Date(end * 1000).toISOString().slice(0, 19)}Z`,
      };
    },

    verify(path, search) {
      if (search.size !== MEMBERS.length) return null;
      const [claims, expires, given] = MEMBERS.map((name) => search.get(name));
      if (claims == null || expires == null || given == null) return null;
      if (!isEqual(given, signature(path, expires, claims))) return null;
      const secondsLeft = Number(expires) - Math.floor(now() / 1000);
      if (!(secondsLeft > 0)) return null;
      return { claims: JSON.parse(Buffer.from(claims, "base64url").toString()) as Claims, secondsLeft };
    },
  };
};

/** Compares the texts, not the bytes they stand for: base64url has several spellings of the same bytes. */
const isEqual = (given: string, wanted: string): boolean => {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
};
