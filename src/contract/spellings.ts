import { isEmpty, type Members } from "./lookup.ts";
import { OLDER_NAMES } from "./older-names.ts";

/** Older names of members in lower case. A live integration knew only one spelling and imported nothing. */
const ALIASES = Object.entries(OLDER_NAMES).map(([name, older]) => [older.toLowerCase(), name] as const);

/** Returns a function that gives the members of an object their names in the contract; it copies an object of another spelling. */
export const canonicalNames = (names: readonly string[]) => {
  const known = new Set(names);
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const byAlias = new Map(ALIASES.filter(([, name]) => known.has(name)));

  /** Nearly all answers have the names of the contract, in its order. */
  const isCanonical = (value: Members): boolean => {
    let index = 0;
    for (const key in value) {
      if (key !== names[index] && !known.has(key)) return false;
      index += 1;
    }
    return true;
  };

  return (value: Members): Members => {
    if (isCanonical(value)) return value;
    let renamed: Record<string, unknown> | undefined;
    for (const names of [byLowerCase, byAlias]) {
      for (const key of Object.keys(value)) {
        const name = names.get(key.toLowerCase());
        // What says nothing hides no other spelling.
        if (name === undefined || known.has(key) || !isEmpty((renamed ?? value)[name])) continue;
        renamed ??= { ...value };
        renamed[name] = value[key];
      }
    }
    return renamed ?? value;
  };
};
