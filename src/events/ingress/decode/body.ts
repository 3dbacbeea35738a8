import { decrypt, encryptedBytes } from "./cipher.ts";
import { parseJson } from "./json.ts";
import { isMembers } from "./members.ts";

export type DecodedBody =
  | { readonly kind: "decoded"; readonly value: unknown }
  /** Neither JSON nor a form. */
  | { readonly kind: "malformed"; readonly text: string; readonly reason: string }
  /** Encrypted without a configured key, or the reverse, or with another key: the configuration has to be corrected. */
  | { readonly kind: "undecryptable"; readonly reason: string };

const MAX_FIELDS = 500;

const utf8 = new TextDecoder();

/** Decodes a body as JSON or as a form, after decryption if a key is configured. */
export const decodePayload = (bytes: Buffer, contentType: string, securityKey: string | null): DecodedBody => {
  const text = utf8.decode(bytes).trim();
  const encrypted = encryptedBytes(unquoted(text));
  if (securityKey === null) {
    return encrypted === null
      ? parse(text, contentType.toLowerCase().startsWith("application/x-www-form-urlencoded"))
      : { kind: "undecryptable", reason: "The body is encrypted, but no key is configured." };
  }
  if (encrypted === null)
    return { kind: "undecryptable", reason: "The body is not encrypted, but a key is configured." };
  const decrypted = parse(utf8.decode(decrypt(encrypted, securityKey)), false);
  return decrypted.kind === "decoded" && isMembers(decrypted.value)
    ? decrypted
    : { kind: "undecryptable", reason: "The configured key does not decrypt the body." };
};

/** An encrypted body is sent as text or as a JSON string. */
const unquoted = (text: string): string => (/^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : text);

const parse = (text: string, isForm: boolean): DecodedBody => {
  if (text === "") return { kind: "malformed", text, reason: "The body is empty." };
  const value = tryJson(text);
  if (value !== undefined)
    return { kind: "decoded", value: typeof value === "string" ? (objectIn(value) ?? value) : value };
  const fields = isForm ? parseForm(text) : null;
  return fields === null
    ? { kind: "malformed", text, reason: `The body is not ${isForm ? "a form" : "JSON"}.` }
    : { kind: "decoded", value: fields };
};

const tryJson = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

const objectIn = (text: string): unknown => {
  const value = /^\s*[{[]/.test(text) ? tryJson(text) : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
};

const ENVELOPES: ReadonlySet<string> = new Set(["realtime", "punchlog"]);

/** Reads members from fields, and objects from JSON in a field; or the whole body from JSON in a single field or its name. */
const parseForm = (text: string): unknown => {
  if (text.split("&", MAX_FIELDS + 1).length > MAX_FIELDS) return null;
  const search = new URLSearchParams(text);
  const names = [...new Set(search.keys())];
  const [only = ""] = names;
  if (names.length === 1 && !ENVELOPES.has(only.toLowerCase())) {
    const whole = objectIn(search.get(only) ?? "") ?? objectIn(only);
    if (whole !== undefined) return whole;
  }
  return Object.fromEntries(names.map((name) => [name, fieldOf(search.getAll(name))]));
};

const fieldOf = ([first, ...more]: readonly string[]): unknown => {
  if (first === undefined || (first === "" && more.length === 0)) return null;
  return more.length > 0 ? [first, ...more] : (objectIn(first) ?? first);
};
