import { objectIn } from "../../../contract/json.ts";

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
  const [[only, first] = ["", ""]] = fields;
  const isOnly = fields.every(([name]) => name === only);
  if (isOnly && !ENVELOPES.has(pathOf(only)[0]?.toLowerCase() ?? "")) {
    const whole = objectIn(first) ?? (only === text ? undefined : objectIn(only));
    if (whole !== undefined) return whole;
  }
  return membersOf(fields.map(([name, value]) => [pathOf(name), value]));
};

/** The names in `RealTime[PunchLog][UserID]`, as PHP writes an object in a form; of any other name, the name itself. */
const pathOf = (name: string): readonly string[] => {
  const [, head, inner] = /^([^[\]]+)((?:\[[^[\]]*\]){1,8})$/.exec(name) ?? [];
  return head === undefined || inner === undefined ? [name] : [head, ...inner.slice(1, -1).split("][")];
};

/** Members by the first names of their paths; a name that is empty, as in `Log[]`, stands for an item of a list. */
const membersOf = (fields: readonly (readonly [path: readonly string[], value: string])[]): unknown => {
  const byName = Map.groupBy(fields, ([[name = ""]]) => name);
  const members = [...byName].map(([name, all]) => {
    const inner = all.flatMap(([[, ...path], value]) => (path.length > 0 ? [[path, value] as const] : []));
    return [name, inner.length > 0 ? membersOf(inner) : valueOf(all.map(([, value]) => value))] as const;
  });
  return byName.size === 1 && byName.has("") ? members[0]?.[1] : Object.fromEntries(members);
};

const valueOf = ([first, ...more]: readonly string[]): unknown => {
  if (first === undefined || (first === "" && more.length === 0)) return null;
  return more.length > 0 ? [first, ...more] : (objectIn(first) ?? first);
};
