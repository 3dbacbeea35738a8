import { DecodeError } from "../../../contract/codec.ts";
import { shapeOf } from "./shapes.ts";
import { withoutControls, withoutPadding } from "./text.ts";

export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the first member with one of these names, in any case, that has a value; undefined if no member has one. */
export type MemberLookup = (name: string, second?: string, third?: string) => unknown;

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

/** Looks members up by names that stand in the program, not in a body. */
export const lookupIn = (members: Members): MemberLookup => {
  const { spellingsOf } = shapeOf(members);
  const valueOf = (name: string): unknown => {
    for (const spelling of spellingsOf(name)) {
      const value = members[spelling];
      if (!isEmpty(value)) return value;
    }
    return undefined;
  };
  return (name, second, third) =>
    valueOf(name) ??
    (second === undefined ? undefined : (valueOf(second) ?? (third === undefined ? undefined : valueOf(third))));
};

/** Lists the values of all members of this name, in any case. */
export const valuesNamed = (members: Members, name: string): readonly unknown[] =>
  shapeOf(members)
    .spellingsOf(name)
    .map((spelling) => members[spelling]);

/** Returns a list as it is, and a single value as a list of one; form bodies and older devices send either. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];

/** Returns a plausible serial number; null for anything else. */
export const serialNumber = (value: unknown): string | null => {
  const read = shortText(value, 64);
  return read !== null && /^[\x21-\x7E]+$/.test(read) ? read : null;
};

/** Far beyond the 24 characters of the gateway: what a terminal reports is stored as it came. */
const CODE = /^\P{Cc}{1,256}$/u;

/**
 * Returns an employee code as it was sent, without control characters around it: text, or an integer.
 *
 * @throws {DecodeError}
 */
export const employeeCode = (value: unknown): string => {
  const sent = Number.isSafeInteger(value) ? String(value) : value;
  const code = typeof sent === "string" ? withoutControls(sent) : "";
  if (CODE.test(code)) return code;
  throw new DecodeError("an employee code", "EmployeeCode");
};

/** Returns text of at most `maxLength` characters without its padding, or an integer as text; null for anything else. */
export const shortText = (value: unknown, maxLength: number): string | null => {
  const sent = Number.isSafeInteger(value) ? String(value) : value;
  const read = typeof sent === "string" ? withoutPadding(sent) : "";
  return read !== "" && read.length <= maxLength ? read : null;
};
