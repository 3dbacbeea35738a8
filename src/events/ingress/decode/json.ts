interface Source {
  readonly source?: string;
}

/**
 * Parses JSON. Integers beyond 2^53 become the text that was sent: an employee code of 20 digits, rounded to a number, is the
 * code of another person.
 *
 * @throws {SyntaxError} if the text is not JSON
 * @throws {RangeError} if it is nested too deeply
 */
export const parseJson = (text: string): unknown =>
  /\d{16}|\d[eE]\+?\d/.test(text)
    ? JSON.parse(text, exact as (key: string, value: unknown) => unknown)
    : JSON.parse(text);

const exact = (_key: string, value: unknown, { source }: Source): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value))
    ? source
    : value;

/** Parses JSON; undefined if the text is not JSON. */
export const tryJson = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

/** Parses the JSON of an object or a list; undefined for any other text. */
export const objectIn = (text: string): unknown => {
  const value = /^\s*[{[]/.test(text) ? tryJson(text) : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
};

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
