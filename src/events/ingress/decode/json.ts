import { tryJson } from "../../../contract/json.ts";

/** Escapes of ASCII characters, but of quotes and backslashes: a name may be written with them. */
const ASCII_ESCAPE = /\\u00(2[013-9a-f]|[346-7][0-9a-f]|5[0-9abd-f])/gi;

const MAX_VALUE = 512;

/**
 * Returns the values that members of a name, in any case, have in JSON, also those that a later member of the same name replaces
 * when the text is parsed. Whatever is no short text counts as undefined.
 */
export const valuesInJson = (text: string, name: string): readonly unknown[] => {
  const plain = text.includes(String.raw`\u00`)
    ? text.replaceAll(ASCII_ESCAPE, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;
  const member = new RegExp(String.raw`"${name}"\s*:\s*("(?:[^"\\]|\\.){0,${MAX_VALUE}}")?`, "gi");
  return [...plain.matchAll(member)].map(([, value]) => (value === undefined ? undefined : tryJson(value)));
};
