import { objectIn } from "./json.ts";

const MAX_FIELDS = 500;

const ENVELOPES: ReadonlySet<string> = new Set(["realtime", "punchlog"]);

type Field = readonly [name: string, value: string];

/** Parses a URL-encoded form; null if it has too many fields. */
export const parseFields = (text: string): unknown =>
  text.split("&", MAX_FIELDS + 1).length > MAX_FIELDS ? null : bodyOf([...new URLSearchParams(text)], text);

/** Parses `multipart/form-data`, whose first line is its boundary; null for any other text. */
export const parseMultipart = (text: string): unknown => {
  const [, delimiter] = /^(--[^\r\n]{1,200})\r?\n/.exec(text) ?? [];
  if (delimiter === undefined) return null;
  const parts = text.split(delimiter.trimEnd(), MAX_FIELDS + 2).slice(1);
  if (parts.length > MAX_FIELDS) return null;
  const fields = parts.map(fieldIn).filter((field) => field !== null);
  return fields.length === 0 ? null : bodyOf(fields, text);
};

/** The field in a part; null for the end of the form, and for a part without a name. */
const fieldIn = (part: string): Field | null => {
  const [blankLine = "", head = ""] = /^\r?\n([^]{0,2000}?)\r?\n\r?\n/.exec(part) ?? [];
  const [, quoted, plain] = /[;\s]name=(?:"([^"\r\n]*)"|([^\s;"]+))/i.exec(head) ?? [];
  const name = quoted ?? plain;
  return name === undefined ? null : [name, part.slice(blankLine.length).replace(/\r?\n$/, "")];
};

/**
 * Reads members from fields, and objects from JSON in a field; or the whole body from JSON in a single field or its name. The
 * text of the form itself is known not to be JSON.
 */
const bodyOf = (fields: readonly Field[], text: string): unknown => {
  const values = Map.groupBy(fields, ([name]) => name);
  const [only = ""] = values.keys();
  if (values.size === 1 && !ENVELOPES.has(only.toLowerCase())) {
    const whole = objectIn(fields[0]?.[1] ?? "") ?? (only === text ? undefined : objectIn(only));
    if (whole !== undefined) return whole;
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, valueOf(all.map(([, value]) => value))]));
};

const valueOf = ([first, ...more]: readonly string[]): unknown => {
  if (first === undefined || (first === "" && more.length === 0)) return null;
  return more.length > 0 ? [first, ...more] : (objectIn(first) ?? first);
};
