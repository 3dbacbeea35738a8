import { isRealDay, isRealWallClock, isTimeZone, readOffset, toInstant } from "./wall-clock.ts";

/**
 * Reads a value of the gateway tolerantly. Tolerance lives in this file only: member names in any case, numbers and booleans as
 * text, unknown members and unknown enumeration values. A difference found against a real gateway is fixed here.
 */
export interface Codec<Value> {
  /**
   * Reads a parsed JSON value, and counts the unreadable rows in it that are left out.
   * @throws {DecodeError} if the value is not what the contract says.
   */
  readonly read: (value: unknown, tally?: Tally) => Value;
  /** Whether the contract requires the member. A lenient codec accepts an answer without it nevertheless. */
  readonly required: boolean;
  /** The members of an object. */
  readonly members?: Members;
  /** The items of a list. */
  readonly item?: Codec<unknown>;
  /** The values of an enumeration. */
  readonly values?: readonly string[];
  readonly format?: "int32";
}

/** Counts unreadable rows, at any depth. */
export interface Tally {
  rejected: number;
}

/** The value that a codec reads. */
export type Decoded<Of> = Of extends Codec<infer Value> ? Value : never;

type Members = Readonly<Record<string, Codec<unknown>>>;

/** A value is not what the contract says. The error names the path, never the value. */
export class DecodeError extends Error {
  readonly path: string;
  readonly expected: string;

  constructor(expected: string, path = "") {
    super(`${path === "" ? "value" : path}: expected ${expected}`);
    this.path = path;
    this.expected = expected;
  }

  /** Returns the same error for the object that holds the value as member `name`. */
  within(name: string): DecodeError {
    return new DecodeError(this.expected, this.path === "" ? name : `${name}.${this.path}`);
  }
}

const codec = <Value>(read: Codec<Value>["read"], facts: Partial<Omit<Codec<unknown>, "read">> = {}): Codec<Value> => ({
  required: true,
  ...facts,
  read,
});

/** Spellings of members in lower case. A live integration knew only one spelling and imported nothing. */
const ALIASES: Readonly<Record<string, string>> = { userid: "EmployeeCode" };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const canonicalNames = (names: readonly string[]) => {
  const known = new Set(names);
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  for (const [alias, name] of Object.entries(ALIASES)) if (known.has(name)) byLowerCase.set(alias, name);

  /** Nearly all answers have the names of the contract, in its order. */
  const isCanonical = (value: Record<string, unknown>): boolean => {
    let index = 0;
    for (const key in value) {
      if (key !== names[index] && !known.has(key)) return false;
      index += 1;
    }
    return true;
  };

  return (value: Record<string, unknown>): Record<string, unknown> => {
    if (isCanonical(value)) return value;
    const keys = Object.keys(value);
    let renamed: Record<string, unknown> | undefined;
    for (const key of keys) {
      if (known.has(key)) continue;
      const name = byLowerCase.get(key.toLowerCase());
      if (name === undefined || Object.hasOwn(value, name)) continue;
      renamed ??= { ...value };
      renamed[name] = value[key];
    }
    return renamed ?? value;
  };
};

/** An object: member names in any case, unknown members dropped. */
export const record = <Shape extends Members>(
  members: Shape,
): Codec<{ readonly [Name in keyof Shape]: Decoded<Shape[Name]> }> => {
  const names = Object.keys(members);
  const reads = Object.values(members).map(({ read }) => read);
  const canonical = canonicalNames(names);
  /** Copied for each object, so that all objects of the record have one hidden class. */
  const template = Object.fromEntries(names.map((name): [string, unknown] => [name, null]));
  return codec(
    (value, tally) => {
      if (!isObject(value)) throw new DecodeError("an object");
      const source = canonical(value);
      const decoded = { ...template };
      let index = 0;
      try {
        for (const read of reads) {
          const name = names[index] as string;
          decoded[name] = read(source[name], tally);
          index += 1;
        }
      } catch (error) {
        throw error instanceof DecodeError ? error.within(names[index] as string) : error;
      }
      return decoded as { readonly [Name in keyof Shape]: Decoded<Shape[Name]> };
    },
    { members },
  );
};

/** Rows that are read one by one. `rejected` counts the unreadable rows that were left out. */
export type Rows<Row> = readonly Row[] & { readonly rejected: number };

/** A list whose unreadable rows are left out: one bad row does not cost the others. */
export const rows = <Row>(item: Codec<Row>): Codec<Rows<Row>> =>
  codec(
    (value, tally) => {
      if (!Array.isArray(value)) throw new DecodeError("a list");
      const decoded: Row[] = [];
      for (const row of value) {
        try {
          decoded.push(item.read(row, tally));
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }
      const rejected = value.length - decoded.length;
      if (tally !== undefined) tally.rejected += rejected;
      return Object.assign(decoded, { rejected });
    },
    { item },
  );

/** An object with the number of the unreadable rows that were left out anywhere in it. */
export const counted = <Value extends object>(inner: Codec<Value>): Codec<Value & { readonly rejected: number }> =>
  codec((value) => {
    const tally: Tally = { rejected: 0 };
    return Object.assign(inner.read(value, tally), tally);
  }, inner);

/** A list that is unreadable if one of its items is. */
export const list = <Item>(item: Codec<Item>): Codec<readonly Item[]> =>
  codec(
    (value, tally) => {
      if (!Array.isArray(value)) throw new DecodeError("a list");
      return value.map((each) => item.read(each, tally));
    },
    { item },
  );

const orElse =
  <Value, Fallback>(inner: Codec<Value>, fallback: Fallback) =>
  (value: unknown, tally?: Tally): Value | Fallback => {
    if (value === undefined || value === null) return fallback;
    try {
      return inner.read(value, tally);
    } catch (error) {
      if (error instanceof DecodeError) return fallback;
      throw error;
    }
  };

/** A member that may be absent, null or unreadable; it is null in all three cases. */
export const nullable = <Value>(inner: Codec<Value>): Codec<Value | null> =>
  codec(orElse(inner, null), { ...inner, required: false });

/** A member that the contract requires and its row can do without; null if it is absent or unreadable. */
export const expected = <Value>(inner: Codec<Value>): Codec<Value | null> => codec(orElse(inner, null), inner);

/** A member that the contract requires, with a fallback if it is absent or unreadable. */
export const withDefault = <Value>(inner: Codec<Value>, fallback: Value): Codec<Value> =>
  codec(orElse(inner, fallback), inner);

/** A member that is undefined if it is absent, so that absent and null differ. */
export const optional = <Value>(inner: Codec<Value>): Codec<Value | undefined> =>
  codec((value, tally) => (value === undefined ? undefined : inner.read(value, tally)), { ...inner, required: false });

/** Text that may be empty; a number is read as text. */
export const anyText: Codec<string> = codec((value) => {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw new DecodeError("text");
});

/** Text that is not empty. */
export const text: Codec<string> = codec((value) => {
  const decoded = anyText.read(value);
  if (decoded === "") throw new DecodeError("text that is not empty");
  return decoded;
});

/** This text and no other. */
export const literal = <const Value extends string>(only: Value): Codec<Value> =>
  codec(
    (value) => {
      if (value !== only) throw new DecodeError(only);
      return only;
    },
    { values: [only] },
  );

const NUMBER = /^\s*-?\d+(\.\d+)?\s*$/;

/** A number; also accepts text. */
export const number: Codec<number> = codec((value) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "string" && NUMBER.test(value)) return Number(value);
  throw new DecodeError("a number");
});

const INT32 = { min: -2_147_483_648, max: 2_147_483_647 } as const;

/** Whether GraphQL can serve a number as `Int`. */
export const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= INT32.min && value <= INT32.max;

/**
 * An integer of 32 bits; also accepts text. GraphQL cannot serve any other number as `Int`: a gateway that reported a clock drift
 * beyond 32 bits turned the field into an internal error.
 */
export const int32: Codec<number> = codec(
  (value) => {
    const decoded = number.read(value);
    if (!isInt32(decoded)) throw new DecodeError("an integer of 32 bits");
    return decoded;
  },
  { format: "int32" },
);

const BOOLEANS = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ["true", true],
  ["false", false],
  ["1", true],
  ["0", false],
  [1, true],
  [0, false],
]);

/** True or false; also accepts text, 0 and 1. */
export const boolean: Codec<boolean> = codec((value) => {
  const decoded = BOOLEANS.get(typeof value === "string" ? value.toLowerCase() : value);
  if (decoded === undefined) throw new DecodeError("true or false");
  return decoded;
});

/** Text that `rewrite` turns into its canonical form; null if it is not what the contract says. */
const textual = (description: string, rewrite: (value: string) => string | null): Codec<string> =>
  codec((value) => {
    const decoded = typeof value === "string" ? rewrite(value) : null;
    if (decoded === null) throw new DecodeError(description);
    return decoded;
  });

const LOCAL_DATE_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/;

/** Wall-clock time `YYYY-MM-DD HH:mm:ss` that a clock can show. A `T` becomes a space, and a zone is dropped. */
export const localDateTime = textual("a date and time", (value) => {
  if (value.length === 19 && isRealWallClock(value)) return value;
  const [, day, time] = LOCAL_DATE_TIME.exec(value) ?? [];
  const wall = `${day} ${time}`;
  return isRealWallClock(wall) ? wall : null;
});

const INSTANT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(?:(?:GMT|UTC)? ?([+-]\d\d:?\d\d)|Z|GMT|UTC)$/;

/** `2026-06-21 03:32:15 GMT +0000` -> `2026-06-21T03:32:15Z`, from any offset; also accepts RFC 3339. */
export const instant = textual("an instant", (value) => {
  if (value.length === 29 && value.endsWith(" GMT +0000") && isRealWallClock(value.slice(0, 19)))
    return `${value.slice(0, 10)}T${value.slice(11, 19)}Z`;
  const [, day, time, zone] = INSTANT.exec(value) ?? [];
  const wall = `${day} ${time}`;
  if (!isRealWallClock(wall)) return null;
  const offset = zone === undefined ? "+00:00" : readOffset(zone);
  return offset === null ? null : toInstant(wall, offset);
});

/** `+05:30`, of at most 14 hours; also accepts `+0530`. */
export const utcOffset = textual("an offset from UTC", (value) =>
  value.startsWith("+") || value.startsWith("-") ? readOffset(value) : null,
);

/** The name of a time zone in the IANA database. */
export const timeZone = textual("a time zone", (value) => (isTimeZone(value) ? value : null));

const DAY = /^\d{4}-\d\d-\d\d$/;

/** A day of the calendar, `YYYY-MM-DD`. A time after it is dropped. */
export const date = textual("a date", (value) => {
  const day = value.slice(0, 10);
  return DAY.test(day) && isRealDay(day) ? day : null;
});

/** One of these values in any case, or an alias. A value that is newer than this contract is read as the fallback. */
export const enumeration = <Value extends string, Fallback extends string>(
  values: readonly Value[],
  fallback: Fallback,
  aliases: Readonly<Record<string, Value>>,
): Codec<Value | Fallback> => {
  const known = new Map<string, Value>();
  for (const value of values) known.set(value, value).set(value.toLowerCase(), value);
  for (const [alias, value] of Object.entries(aliases)) known.set(alias.toLowerCase(), value);
  return codec(
    (value) => {
      if (typeof value !== "string") throw new DecodeError("text");
      return known.get(value) ?? known.get(value.toLowerCase()) ?? fallback;
    },
    { values },
  );
};
