import { objectIn } from "./json.ts";
import { isMembers, type Members } from "./lookup.ts";

/** A value as it is, or what is written as JSON in its text, as forms and some writers of JSON do. */
export const unwritten = (value: unknown): unknown => (typeof value === "string" ? (objectIn(value) ?? value) : value);

const NINE = "9".charCodeAt(0);

/** Whether the names of an object are those of a list, as PHP writes one that it does not know to be a list. */
const isNumbered = (value: Members): boolean => {
  let count = 0;
  // Nearly every object ends it with its first name.
  for (const name in value) {
    if (name.charCodeAt(0) > NINE || !/^\d{1,6}$/.test(name)) return false;
    count += 1;
  }
  return count > 0;
};

/** The items of a list, which may be the text of JSON, or an object whose names are numbers; undefined for anything else. */
export const itemsIn = (value: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(value)) return value;
  const list = unwritten(value);
  if (Array.isArray(list)) return list;
  return isMembers(list) && isNumbered(list) ? Object.values(list) : undefined;
};

/** An object, which may be the text of JSON, or stand alone in a list; undefined for anything else. */
export const membersIn = (value: unknown): Members | undefined => {
  if (isMembers(value)) return value;
  const written = unwritten(value);
  const only: unknown = Array.isArray(written) && written.length === 1 ? unwritten(written[0]) : written;
  return isMembers(only) ? only : undefined;
};
