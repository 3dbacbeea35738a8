import type { IncomingMessage } from "node:http";

/** What a caller shows to prove who it is. */
export type PresentedCredential =
  | { readonly kind: "nothing" }
  /** An API key or a token; which of them, is found out by whoever knows it. */
  | { readonly kind: "credential"; readonly text: string }
  /** Nothing that could be one credential; the reason is for the log. */
  | { readonly kind: "unusable"; readonly reason: string };

const LONGEST = 8 * 1024;

/** One place where a credential may stand, and what stands there. */
interface Place {
  readonly name: "authorization" | "key";
  readonly value: unknown;
}

/** In small letters: clients write them in any. */
const MEMBERS = new Map<string, Place["name"]>([
  ["authorization", "authorization"],
  ["x-api-key", "key"],
  ["apikey", "key"],
]);

const placesOfHeaders = ({ headersDistinct }: IncomingMessage): readonly Place[] => [
  ...(headersDistinct["authorization"] ?? []).map((value) => ({ name: "authorization", value }) as const),
  ...(headersDistinct["x-api-key"] ?? []).map((value) => ({ name: "key", value }) as const),
];

const placesOfPayload = (payload: unknown): readonly Place[] => {
  if (typeof payload !== "object" || payload === null) return [];
  return Object.entries(payload).flatMap(([member, value]) => {
    const name = MEMBERS.get(member.toLowerCase());
    return name === undefined || value === null || value === undefined ? [] : [{ name, value }];
  });
};

/** Null for what is no credential. */
const textOf = ({ name, value }: Place): string | null => {
  if (typeof value !== "string" || value.length > LONGEST) return null;
  const text = name === "key" ? value.trim() : (/^bearer +(.*)$/i.exec(value.trim())?.[1] ?? "");
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
};

const one = (places: readonly Place[]): PresentedCredential => {
  if (places.length === 0) return { kind: "nothing" };
  const texts = new Set(places.map(textOf));
  if (texts.has(null)) return { kind: "unusable", reason: "malformed or too long" };
  const [text, ...more] = texts;
  if (typeof text !== "string" || more.length > 0) return { kind: "unusable", reason: "credentials that differ" };
  return { kind: "credential", text };
};

/** What the headers of a request show. */
export const credentialFromHeaders = (request: IncomingMessage): PresentedCredential => one(placesOfHeaders(request));

/** What the first message of a socket shows, together with the headers of the request that opened it. */
export const credentialFromSocket = (request: IncomingMessage, payload: unknown): PresentedCredential =>
  one([...placesOfHeaders(request), ...placesOfPayload(payload)]);
