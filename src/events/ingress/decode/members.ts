import { DecodeError } from "../../../contract/codec.ts";

export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The member of the first of these names, in any case, that says something; undefined where none does. */
export type MemberLookup = (...names: readonly string[]) => unknown;

const isSilent = (value: unknown): boolean => value === undefined || value === null || value === "";

export const lookupIn = (members: Members): MemberLookup => {
  const byName = new Map<string, unknown>();
  for (const [name, value] of Object.entries(members)) {
    const known = name.toLowerCase();
    if (isSilent(byName.get(known))) byName.set(known, value);
  }
  return (...names) => names.map((name) => byName.get(name.toLowerCase())).find((value) => !isSilent(value));
};

/** A list as it is, a single thing as a list of one; form bodies and older devices send either. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];

/** A serial number as a device might have; null for anything else. */
export const serialNumber = (value: unknown): string | null => {
  const read = shortText(value, 64);
  return read !== null && /^[\x21-\x7E]+$/.test(read) ? read : null;
};

const CODE = /^\P{Cc}{1,64}$/u;

/** An employee code as it came: text, or a whole number. Throws Unreadable. */
export const employeeCode = (value: unknown): string => {
  const code = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof code === "string" && CODE.test(code)) return code;
  throw new DecodeError("an employee code", "EmployeeCode");
};

/** Text up to so many characters; null for anything else. */
export const shortText = (value: unknown, longest: number): string | null => {
  const read = Number.isSafeInteger(value) ? String(value) : value;
  return typeof read === "string" && read !== "" && read.length <= longest ? read : null;
};
