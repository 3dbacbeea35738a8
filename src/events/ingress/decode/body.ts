import { decrypt, sealedBytes } from "./cipher.ts";
import { parseJson } from "./json.ts";
import { isMembers } from "./members.ts";

export type DecodedBody =
  | { readonly kind: "read"; readonly value: unknown }
  /** Neither JSON nor a form. */
  | { readonly kind: "garbled"; readonly text: string; readonly reason: string }
  /** Encrypted where it should not be, or the other way round, or with another key: a fault of the configuration. */
  | { readonly kind: "sealed"; readonly reason: string };

const MOST_FIELDS = 500;

const utf8 = new TextDecoder();

/** Reads a body as JSON or as a form, decrypted first when there is a key for that. */
export const decodePayload = (bytes: Buffer, contentType: string, securityKey: string | null): DecodedBody => {
  const text = utf8.decode(bytes).trim();
  const sealed = sealedBytes(unquoted(text));
  if (securityKey === null) {
    return sealed === null
      ? parse(text, contentType.toLowerCase().startsWith("application/x-www-form-urlencoded"))
      : { kind: "sealed", reason: "The body is encrypted, and no key is configured." };
  }
  if (sealed === null) return { kind: "sealed", reason: "The body is not encrypted, although a key is configured." };
  const opened = parse(utf8.decode(decrypt(sealed, securityKey)), false);
  return opened.kind === "read" && isMembers(opened.value)
    ? opened
    : { kind: "sealed", reason: "The body does not open with the configured key." };
};

/** An encrypted body is sent as text or as a JSON string. */
const unquoted = (text: string): string => (/^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : text);

const parse = (text: string, isForm: boolean): DecodedBody => {
  if (text === "") return { kind: "garbled", text, reason: "The body is empty." };
  const value = tryJson(text);
  if (value !== undefined)
    return { kind: "read", value: typeof value === "string" ? (objectIn(value) ?? value) : value };
  const fields = isForm ? parseForm(text) : null;
  return fields === null
    ? { kind: "garbled", text, reason: `The body is no ${isForm ? "form" : "JSON"}.` }
    : { kind: "read", value: fields };
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

/** Members as fields, objects as JSON in a field; or the whole body as JSON in a single field, or in its name. */
const parseForm = (text: string): unknown => {
  if (text.split("&", MOST_FIELDS + 1).length > MOST_FIELDS) return null;
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
