import { createHmac, type Hmac, timingSafeEqual } from "node:crypto";
import { valuesInJson } from "./decode/json.ts";
import { isMembers } from "../../contract/lookup.ts";
import { withoutPadding } from "../../contract/padding.ts";
import { listOf, valuesNamed } from "./decode/members.ts";
import { isWrapped, layersOf } from "./decode/wrapper.ts";

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

/**
 * Returns a check that compares with every token of the presented one's length in constant time; it returns null for anything that is
 * not a valid token. Its duration may reveal the lengths of tokens, and nothing else of them.
 */
export const createTokenCheck = ({
  account,
  devices,
}: CallbackTokens): ((presented: unknown) => CallbackIdentity | null) => {
  const current = typeof account === "function" ? account : () => account;
  const ofDevices = [...devices].map(([device, token]) => ({ bytes: Buffer.from(token), device }));
  let tokens: readonly string[] = [];
  let known: readonly { readonly bytes: Buffer; readonly device: string | null }[] = ofDevices;
  return (presented) => {
    const token = typeof presented === "string" ? withoutPadding(presented) : "";
    if (token === "") return null;
    if (current() !== tokens) {
      tokens = current();
      known = [...tokens.map((token) => ({ bytes: Buffer.from(token), device: null })), ...ofDevices];
    }
    const received = Buffer.from(token);
    let isOfAccount = false;
    let serials: string[] | undefined;
    for (const { bytes, device } of known) {
      if (bytes.length !== received.length || !timingSafeEqual(bytes, received)) continue;
      if (device === null) isOfAccount = true;
      else (serials ??= []).push(device);
    }
    if (isOfAccount) return ANY_DEVICE;
    return serials === undefined ? null : { devices: new Set(serials) };
  };
};

/** Lists the values of every member named AuthToken, in any case, at the places where bodies of all generations have it. */
export const tokensIn = (body: unknown): readonly unknown[] => {
  if (!isMembers(body)) return [];
  const tokens: unknown[] = [];
  for (const layer of isWrapped(body) ? layersOf(body) : [body]) {
    tokens.push(...valuesNamed(layer, "AuthToken"));
    for (const inner of valuesNamed(layer, "RealTime")) {
      for (const each of listOf(inner)) if (isMembers(each)) tokens.push(...valuesNamed(each, "AuthToken"));
    }
  }
  return tokens;
};

const isTokenName = (name: string): boolean => name.toLowerCase() === "authtoken";

/** A name may be written with escapes. */
const ESCAPE = String.raw`\u00`;
const TOKEN_MEMBER = /"authtoken"/gi;

/**
 * Lists the values of every member named AuthToken, at any place, if the parser has dropped one of them: of two members with the
 * same name it keeps the last. Empty otherwise.
 */
export const repeatedTokens = (json: string, bodies: readonly unknown[]): readonly unknown[] => {
  if (!json.includes(ESCAPE) && (json.match(TOKEN_MEMBER)?.length ?? 0) < 2) return [];
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
