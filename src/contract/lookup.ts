import { withoutPadding } from "./padding.ts";
import { shapeOf } from "./shapes.ts";

export type Members = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the first member with one of these names, in any case, that has a value; undefined if no member has one. */
export type MemberLookup = (name: string, second?: string, third?: string) => unknown;

/** Whether a member says nothing. */
export const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

/** Whether a member says nothing, or has nothing but padding. */
export const isBlank = (value: unknown): boolean =>
  isEmpty(value) || (typeof value === "string" && withoutPadding(value) === "");

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
