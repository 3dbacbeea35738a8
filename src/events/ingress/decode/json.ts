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
