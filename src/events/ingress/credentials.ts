import { createHash, createHmac, type Hmac, timingSafeEqual } from "node:crypto";
import { valuesInJson } from "./decode/json.ts";
import { isMembers } from "./decode/members.ts";
import { layersOf } from "./decode/wrapper.ts";

/** The tokens that a callback may carry. */
export interface CallbackTokens {
  /** Each is valid for every device. A function may return other tokens later, in another array. */
  readonly account: readonly string[] | (() => readonly string[]);
  /** By serial number; each is valid for the events of its device. */
  readonly devices: ReadonlyMap<string, string>;
}

/** The devices whose events the sender may deliver; null: every device. */
export interface CallbackIdentity {
  readonly devices: ReadonlySet<string> | null;
}

export const ANY_DEVICE: CallbackIdentity = { devices: null };

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Returns a check that compares with every token in constant time; it returns null for anything that is not a valid token. */
export const createTokenCheck = ({
  account,
  devices,
}: CallbackTokens): ((presented: unknown) => CallbackIdentity | null) => {
  const current = typeof account === "function" ? account : () => account;
  const ofDevices = [...devices].map(([device, token]) => ({ digest: hash(token), device }));
  let tokens: readonly string[] = [];
  let known: readonly { readonly digest: Buffer; readonly device: string | null }[] = ofDevices;
  return (presented) => {
    if (typeof presented !== "string" || presented === "") return null;
    if (current() !== tokens) {
      tokens = current();
      known = [...tokens.map((token) => ({ digest: hash(token), device: null })), ...ofDevices];
    }
    const digest = hash(presented);
    const matching = known.filter((each) => timingSafeEqual(each.digest, digest));
    if (matching.length === 0) return null;
    const serials = matching.map(({ device }) => device).filter((device) => device !== null);
    return serials.length < matching.length ? ANY_DEVICE : { devices: new Set(serials) };
  };
};

/** Lists the values of every member named AuthToken, in any case, at the places where bodies of all generations have it. */
export const tokensIn = (body: unknown): readonly unknown[] => {
  if (!isMembers(body)) return [];
  const entries = layersOf(body).flatMap((layer) => Object.entries(layer));
  const inner = entries.filter(([name, value]) => name.toLowerCase() === "realtime" && isMembers(value));
  return [...entries, ...inner.flatMap(([, value]) => Object.entries(value as object) as [string, unknown][])]
    .filter(([name]) => isTokenName(name))
    .map(([, value]) => value);
};

const isTokenName = (name: string): boolean => name.toLowerCase() === "authtoken";

/**
 * Lists the values of every member named AuthToken, at any place, if the parser has dropped one of them: of two members with the
 * same name it keeps the last. Empty otherwise.
 */
export const repeatedTokens = (json: string, bodies: readonly unknown[]): readonly unknown[] => {
  const values = valuesInJson(json, "authtoken");
  return values.length > 1 && values.length > countTokens(bodies) ? values : [];
};

const countTokens = (root: unknown): number => {
  let count = 0;
  const open: unknown[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== "object" || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      if (isTokenName(name)) count += 1;
      if (typeof member === "object" && member !== null) open.push(member);
    }
  }
  return count;
};

/** Begins the digest that signs a body. */
export const startDigest = (secret: string): Hmac => createHmac("sha256", secret);

/** Whether a header is `sha256=` followed by the digest of the raw body. */
export const isSignature = (header: string, digest: Buffer): boolean => {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header) ?? [];
  return hex !== undefined && timingSafeEqual(Buffer.from(hex, "hex"), digest);
};
