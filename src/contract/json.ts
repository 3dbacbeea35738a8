interface Source {
  readonly source?: string;
}

/** An escape of half a character: all that can bring one into a decoded text. */
const HALF = /\\u[dD][89a-fA-F]/;
/** Escapes, of which a pair of halves is one. */
const ESCAPES = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|[^])/g;

/**
 * Replaces halves of characters by U+FFFD. A terminal that cuts a name at 24 units leaves half an emoji, which no text in UTF-8 can have:
 * stricter programs than this one do not parse the whole response.
 */
const withoutHalves = (text: string): string =>
  text.includes("\\u") && HALF.test(text)
    ? text.replace(ESCAPES, (escape, half: string | undefined) => (half === undefined ? escape : "\\ufffd"))
    : text;

/** What JSON does not allow, and the quotes and escapes that say whether it stands in a text. */
const NOT_JSON = /\\[^]|["\p{Cc}]|-?(?:nan|inf(?:inity)?)/giu;

/**
 * Escapes control characters in texts, as a program in C does not, and replaces numbers that are none, which Python and C write, by null.
 * One such character in one name would otherwise cost the whole response.
 */
const repaired = (text: string): string => {
  let isInText = false;
  return text.replace(NOT_JSON, (found) => {
    if (found === '"') isInText = !isInText;
    if (found === '"' || found.startsWith("\\")) return found;
    if (/^[-ni]/i.test(found)) return isInText ? found : "null";
    return isInText ? JSON.stringify(found).slice(1, -1) : " ";
  });
};

const parse = (text: string, reviver: ((key: string, value: unknown) => unknown) | undefined): unknown => {
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return JSON.parse(repaired(text), reviver);
  }
};

/**
 * Parses JSON. Integers beyond 2^53 become the text that was sent: an employee code of 20 digits, rounded to a number, is the
 * code of another person. Only a text that has a number of 16 or more digits is parsed in this slower way. Texts are well-formed.
 * What is not quite JSON is read if its meaning is certain: control characters in texts, and numbers that are none.
 *
 * @param bytes - The text in UTF-8, if the caller has it: digits are found in bytes in a quarter of the time.
 * @throws {SyntaxError} if the text is not JSON
 * @throws {RangeError} if it is nested too deeply
 */
export const parseJson = (text: string, bytes: Buffer = Buffer.from(text)): unknown =>
  parse(withoutHalves(text), hasLongNumber(bytes) ? (exact as (key: string, value: unknown) => unknown) : undefined);

/** The same; undefined if the text is not JSON. */
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

const exact = (_key: string, value: unknown, { source }: Source): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && DIGITS.test(source)
    ? source
    : value;

const DIGITS = /^-?\d+$/;

/** Every integer of fewer digits is exact. */
const LONG = 16;
/** What can stand before the digits of a number, and does not before most digits in a text. */
const BEFORE_NUMBER: ReadonlySet<number | undefined> = new Set(Buffer.from(":[, \t\r\n-"));

const [ZERO, NINE] = [48, 57] as const;

/** Looks at every 16th byte, which no longer run of digits can avoid: a twentieth of the work of JSON.parse. */
const hasLongNumber = (bytes: Buffer): boolean => {
  const isDigitAt = (index: number) => {
    const byte = bytes[index] ?? 0;
    return byte >= ZERO && byte <= NINE;
  };
  for (let index = LONG - 1; index < bytes.length; index += LONG) {
    if (!isDigitAt(index)) continue;
    let start = index;
    while (isDigitAt(start - 1)) start -= 1;
    // The next run is looked for behind this one, so that no digit is looked at twice.
    while (isDigitAt(index + 1)) index += 1;
    if (index - start + 1 >= LONG && BEFORE_NUMBER.has(bytes[start - 1])) return true;
  }
  return false;
};
