import { codec, DecodeError, nullable } from "../../../contract/codec.ts";
import { itemsIn, unwritten } from "../../../contract/lists.ts";
import { isMembers, type Members } from "../../../contract/lookup.ts";
import { shapeOf } from "../../../contract/shapes.ts";
import { identifiesNothing, withoutPadding } from "../../../contract/padding.ts";
import { deviceSerial, personCode } from "../../../contract/values.ts";

/** The maximum length of an ID or a name, in characters. */
export const MAX_ID = 128;

/** @throws {DecodeError} */
export const notAnObject = (): never => {
  throw new DecodeError("an object");
};

/** @throws {DecodeError} if the value is not an object of JSON. */
export const requireMembers = (value: unknown): Members => (isMembers(value) ? value : notAnObject());

/** Lists the values of all members of this name, in any case. */
export const valuesNamed = (members: Members, name: string): readonly unknown[] =>
  shapeOf(members)
    .spellingsOf(name)
    .map((spelling) => members[spelling]);

const NO_ITEMS: readonly unknown[] = [];

/**
 * Returns the items of a list, and a single value as a list of one; form bodies and older devices send either. The list and its items may
 * be the text of JSON, and the list an object whose names are numbers.
 */
export const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? NO_ITEMS : (itemsIn(value) ?? [value]).map(unwritten);

/** A number that may have been rounded names somebody else. */
const exact = (value: unknown): unknown => (typeof value === "number" && !Number.isSafeInteger(value) ? null : value);

/** As in answers, like `employeeCodeOrNull`. */
const serialNumberOrNull = nullable(deviceSerial);

/** Far beyond what the gateway accepts in requests: what it and its terminals report is stored as it came. */
const CODE = /^\P{Cc}{1,256}$/u;

/** Returns a plausible serial number; null for anything else. */
export const serialNumber = (value: unknown): string | null => {
  const read = serialNumberOrNull.read(exact(value));
  return read !== null && CODE.test(read) ? read : null;
};

/** As in the rows of answers, where nothing but blanks is a code, too: a punch has one key. */
const employeeCodeOrNull = nullable(codec(personCode.read));

/**
 * Returns an employee code as it was sent, without control characters around it: text, or an integer.
 *
 * @throws {DecodeError}
 */
export const employeeCode = (value: unknown): string => {
  const code = employeeCodeOrNull.read(exact(value));
  if (code !== null && CODE.test(code)) return code;
  throw new DecodeError("an employee code", "EmployeeCode");
};

/** Returns what `shortText` returns; null for text that identifies nothing. */
export const identifier = (value: unknown, maxLength: number): string | null => {
  const read = shortText(value, maxLength);
  return read !== null && identifiesNothing(read) ? null : read;
};

/** Returns text of at most `maxLength` characters without its padding, or an integer as text; null for anything else. */
export const shortText = (value: unknown, maxLength: number): string | null => {
  const sent = Number.isSafeInteger(value) ? String(value) : value;
  const read = typeof sent === "string" ? withoutPadding(sent) : "";
  return read !== "" && read.length <= maxLength ? read : null;
};
