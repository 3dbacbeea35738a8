/**
 * Reads a value of the gateway tolerantly. Tolerance lives in this file only: member names in any case, numbers and booleans as
 * text, unknown members and unknown enumeration values. A difference found against a real gateway is fixed here.
 */
export interface Codec<Value> {
  /**
   * Reads a parsed JSON value.
   * @throws {DecodeError} if the value is not what the contract says.
   */
  readonly read: (value: unknown) => Value;
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

const codec = <Value>(read: (value: unknown) => Value, facts: Partial<Codec<Value>> = {}): Codec<Value> => ({
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

  return (value: Record<string, unknown>): Record<string, unknown> => {
    const keys = Object.keys(value);
    // Nearly all answers have the names of the contract, in its order.
    if (keys.every((key, index) => key === names[index] || known.has(key))) return value;
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

const readMember = (member: Codec<unknown>, name: string, source: Record<string, unknown>): unknown => {
  try {
    return member.read(source[name]);
  } catch (error) {
    throw error instanceof DecodeError ? error.within(name) : error;
  }
};

/** An object: member names in any case, unknown members dropped. */
export const record = <Shape extends Members>(
  members: Shape,
): Codec<{ readonly [Name in keyof Shape]: Decoded<Shape[Name]> }> => {
  const entries = Object.entries(members);
  const canonical = canonicalNames(Object.keys(members));
  return codec(
    (value) => {
      if (!isObject(value)) throw new DecodeError("an object");
      const source = canonical(value);
      const decoded: Record<string, unknown> = {};
      for (const [name, member] of entries) decoded[name] = readMember(member, name, source);
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
    (value) => {
      if (!Array.isArray(value)) throw new DecodeError("a list");
      const decoded: Row[] = [];
      for (const row of value) {
        try {
          decoded.push(item.read(row));
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }
      return Object.assign(decoded, { rejected: value.length - decoded.length });
    },
    { item },
  );

/** A list that is unreadable if one of its items is. */
export const list = <Item>(item: Codec<Item>): Codec<readonly Item[]> =>
  codec(
    (value) => {
      if (!Array.isArray(value)) throw new DecodeError("a list");
      return value.map((each) => item.read(each));
    },
    { item },
  );

const orElse =
  <Value, Fallback>(inner: Codec<Value>, fallback: Fallback) =>
  (value: unknown): Value | Fallback => {
    if (value === undefined || value === null) return fallback;
    try {
      return inner.read(value);
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
  codec((value) => (value === undefined ? undefined : inner.read(value)), { ...inner, required: false });

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

/** Text that matches `pattern`, rewritten to its canonical form. Text that matches `canonical` is returned as it is. */
const matching = (
  description: string,
  pattern: RegExp,
  rewrite: (match: RegExpExecArray) => string,
  canonical?: RegExp,
): Codec<string> =>
  codec((value) => {
    if (typeof value === "string" && canonical?.test(value) === true) return value;
    const match = typeof value === "string" ? pattern.exec(value) : null;
    if (match === null) throw new DecodeError(description);
    return rewrite(match);
  });

/** Wall-clock time `YYYY-MM-DD HH:mm:ss`. A `T` becomes a space, and a zone is dropped. */
export const localDateTime = matching(
  "a date and time",
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/,
  ([, day, time]) => `${day} ${time}`,
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
);

/** `2026-06-21 03:32:15 GMT +0000` -> `2026-06-21T03:32:15Z`, from any offset; also accepts RFC 3339. */
export const instant = matching(
  "an instant",
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(?:(?:GMT|UTC)? ?([+-]\d\d):?(\d\d)|Z|GMT|UTC)$/,
  ([, day, time, hours, minutes]) => {
    const isUtc = hours === undefined || (hours.endsWith("00") && minutes === "00");
    const parsed = new Date(`${day}T${time}${isUtc ? "Z" : `${hours}:${minutes}`}`);
    if (Number.isNaN(parsed.getTime())) throw new DecodeError("an instant");
    return `${parsed.toISOString().slice(0, 19)}Z`;
  },
);

/** `+05:30`; also accepts `+0530`. */
export const utcOffset = matching(
  "an offset from UTC",
  /^([+-](?:0\d|1[0-4])):?([0-5]\d)$/,
  ([, hours, minutes]) => `${hours}:${minutes}`,
  /^[+-](?:0\d|1[0-4]):[0-5]\d$/,
);

/** `YYYY-MM-DD`. */
export const date = matching("a date", /^\d{4}-\d\d-\d\d/, ([day]) => day);

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
