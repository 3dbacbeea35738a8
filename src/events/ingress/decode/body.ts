import { decrypt, encryptedBytes } from "./cipher.ts";
import { parseFields, parseMultipart } from "./form.ts";
import { objectIn, tryJson } from "../../../contract/json.ts";
import { listOf } from "./members.ts";
import { isMembers } from "../../../contract/lookup.ts";
import { textOf } from "../../../contract/text.ts";

export interface DecodedPayload {
  readonly kind: "decoded";
  /** One body, or those of a list or of lines of JSON. A line that is not JSON is its text. */
  readonly bodies: readonly unknown[];
  /** The JSON that the bodies were parsed from; null for a form. */
  readonly json: string | null;
}

export type Payload =
  | DecodedPayload
  /** Neither JSON nor a form. */
  | { readonly kind: "malformed"; readonly text: string; readonly reason: string }
  /** Encrypted without a configured key, or the reverse, or with another key: the configuration has to be corrected. */
  | { readonly kind: "undecryptable"; readonly reason: string };

/** The beginning of a form, whatever its sender calls it. */
const FORM = /^[\w.%+[\]-]{1,64}=/;

/** More bodies in one are not decoded: each may cost an error of its own. */
const MAX_BODIES = 10_000;

/** Decodes a body as JSON or as a form, after decryption if a key is configured. */
export const decodePayload = (bytes: Buffer, contentType: string, securityKey: string | null): Payload => {
  const text = textOf(bytes, contentType);
  const encrypted = encryptedBytes(unquoted(text));
  if (securityKey === null) {
    return encrypted === null
      ? parse(text, contentType)
      : { kind: "undecryptable", reason: "The body is encrypted, but no key is configured." };
  }
  if (encrypted === null)
    return { kind: "undecryptable", reason: "The body is not encrypted, but a key is configured." };
  const decrypted = parse(textOf(decrypt(encrypted, securityKey), ""), "");
  return decrypted.kind === "decoded" && decrypted.bodies.every(isMembers)
    ? decrypted
    : { kind: "undecryptable", reason: "The configured key does not decrypt the body." };
};

/** An encrypted body is sent as text or as a JSON string, which may have escapes; blanks mean nothing in Base64. */
const unquoted = (text: string): string => {
  const value = text.startsWith('"') ? tryJson(text.replaceAll(/\s/g, "")) : undefined;
  return typeof value === "string" ? value : text;
};

const parse = (text: string, contentType: string): Payload => {
  if (text === "") return { kind: "malformed", text, reason: "The body is empty." };
  const value = tryJson(text);
  if (value !== undefined) {
    const inner = typeof value === "string" ? objectIn(value) : undefined;
    const json = inner === undefined ? text : (value as string);
    return { kind: "decoded", bodies: bodiesIn(inner ?? value), json };
  }
  const lines = jsonLines(text);
  if (lines !== null) return { kind: "decoded", bodies: lines, json: text };
  const isForm = /^application\/x-www-form-urlencoded/i.test(contentType);
  const fields = parseMultipart(text) ?? (isForm || FORM.test(text) ? parseFields(text) : null);
  return fields === null
    ? { kind: "malformed", text, reason: `The body is not ${isForm ? "a form" : "JSON"}.` }
    : { kind: "decoded", bodies: bodiesIn(fields), json: null };
};

/** An empty list is a body that cannot be decoded, and so is one with too many items. */
const bodiesIn = (value: unknown): readonly unknown[] => {
  const bodies = listOf(value);
  return bodies.length > 0 && bodies.length <= MAX_BODIES ? bodies : [value];
};

/** Returns the values of lines of JSON; null if the first line is not an object. */
const jsonLines = (text: string): readonly unknown[] | null => {
  const end = text.indexOf("\n");
  if (end < 0 || !isMembers(objectIn(text.slice(0, end)))) return null;
  const lines = text.split("\n", MAX_BODIES + 1).filter((line) => line.trim() !== "");
  return lines.length > MAX_BODIES ? null : lines.map((line) => tryJson(line) ?? line);
};
