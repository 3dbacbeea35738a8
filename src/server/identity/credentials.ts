import type { IncomingMessage } from "node:http";
import type { IdentityReference } from "./reference.ts";

/** The credential of a request. */
export type PresentedCredential =
  | { readonly kind: "nothing" }
  /** An API key or a JWT; the authenticator decides which. */
  | { readonly kind: "credential"; readonly text: string }
  /** An identity that this server, or another instance of it, has authenticated before. */
  | { readonly kind: "reference"; readonly reference: IdentityReference }
  /** Not a single well-formed credential; the reason is for the log. */
  | { readonly kind: "unusable"; readonly reason: string };

const MAX_LENGTH = 8 * 1024;

/** A member or header that may hold a credential, and its value. */
interface Candidate {
  /** "token" is a credential with or without a scheme before it. */
  readonly name: "authorization" | "key" | "token";
  readonly value: unknown;
}

/** The members of a first message that hold a credential, in lower case: clients use any case. */
const MEMBERS = new Map<string, Candidate["name"]>([
  ["authorization", "authorization"],
  ["x-api-key", "key"],
  ["apikey", "key"],
  ["authtoken", "token"],
]);
/** Some clients send the headers of their HTTP requests as one member. */
const HEADERS_MEMBER = "headers";

const candidatesInHeaders = (request: IncomingMessage): readonly Candidate[] => {
  const { headers } = request;
  if (headers.authorization === undefined && headers["x-api-key"] === undefined) return [];
  const { authorization = [], "x-api-key": keys = [] } = request.headersDistinct;
  return [
    ...authorization.map((value) => ({ name: "authorization", value }) as const),
    ...keys.map((value) => ({ name: "key", value }) as const),
  ];
};

const candidatesInMembers = (members: unknown, isNested: boolean): readonly Candidate[] => {
  if (typeof members !== "object" || members === null) return [];
  return Object.entries(members).flatMap(([member, value]: [string, unknown]) => {
    const key = member.toLowerCase();
    if (key === HEADERS_MEMBER && !isNested) return candidatesInMembers(value, true);
    const name = MEMBERS.get(key);
    return name === undefined || value === null || value === undefined ? [] : [{ name, value }];
  });
};

/** Returns null if the value is not a credential. */
const textOf = ({ name, value }: Candidate): string | null => {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return null;
  const withoutScheme = /^bearer +(.*)$/i.exec(value.trim())?.[1];
  const text =
    name === "authorization"
      ? (withoutScheme ?? "")
      : name === "token"
        ? (withoutScheme ?? value.trim())
        : value.trim();
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
};

const toCredential = (candidates: readonly Candidate[]): PresentedCredential => {
  if (candidates.length === 0) return { kind: "nothing" };
  const texts = new Set(candidates.map(textOf));
  if (texts.has(null)) return { kind: "unusable", reason: "malformed or too long" };
  const [text, ...more] = texts;
  if (typeof text !== "string" || more.length > 0) return { kind: "unusable", reason: "different credentials" };
  return { kind: "credential", text };
};

/** Reads the credential from the headers of a request. */
export const credentialFromHeaders = (request: IncomingMessage): PresentedCredential =>
  toCredential(candidatesInHeaders(request));

/** Reads the credential from the first message of a socket and the headers of its upgrade request. */
export const credentialFromSocket = (request: IncomingMessage, payload: unknown): PresentedCredential =>
  toCredential([...candidatesInHeaders(request), ...candidatesInMembers(payload, false)]);
