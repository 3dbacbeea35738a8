/**
 * The one place where the gateway's answers are read tolerantly: member names in any case, numbers and booleans as text,
 * unknown members and unknown enumeration values. A difference found against a real gateway is mended here.
 */
export interface Codec<Value> {
  /** Reads a decoded JSON value; throws Unreadable. */
  readonly read: (value: unknown) => Value;
  /** Whether the contract demands the member; a lenient codec may survive without it all the same. */
  readonly required: boolean;
  readonly members?: Members;
  readonly item?: Codec<unknown>;
  readonly values?: readonly string[];
  readonly format?: "int32";
}

export type Decoded<Of> = Of extends Codec<infer Value> ? Value : never;

type Members = Readonly<Record<string, Codec<unknown>>>;

/** A value that is not what the contract says. It names the place, never the value. */
export class DecodeError extends Error {
  readonly path: string;

  constructor(lenient: string, path = "") {
    super(`${path === "" ? "value" : path}: expected ${lenient}`);
    this.path = path;
    this.expected = lenient;
  }

  readonly expected: string;

  within(name: string): DecodeError {
    return new DecodeError(this.expected, this.path === "" ? name : `${name}.${this.path}`);
  }
}

const codec = <Value>(read: (value: unknown) => Value, facts: Partial<Codec<Value>> = {}): Codec<Value> => ({
  required: true,
  ...facts,
  read,
});

/** Spellings that mean a member of this contract. A live integration read only one of them and imported nothing. */
const ALIASES: Readonly<Record<string, string>> = { userid: "EmployeeCode" };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const canonicalNames = (names: readonly string[]) => {
  const known = new Set(names);
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  for (const [alias, name] of Object.entries(ALIASES)) if (known.has(name)) byLowerCase.set(alias, name);

  return (value: Record<string, unknown>): Record<string, unknown> => {
    const keys = Object.keys(value);
    // Nearly always they come as the contract has them, and in its order.
    if (keys.every((key, at) => key === names[at] || known.has(key))) return value;
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

const member = (of: Codec<unknown>, name: string, source: Record<string, unknown>): unknown => {
  try {
    return of.read(source[name]);
  } catch (error) {
    throw error instanceof DecodeError ? error.within(name) : error;
  }
};

/** An object of the gateway: members in any case, unknown members dropped. */
export const record = <Shape extends Members>(
  members: Shape,
): Codec<{ readonly [Name in keyof Shape]: Decoded<Shape[Name]> }> => {
  const entries = Object.entries(members);
  const canonical = canonicalNames(Object.keys(members));
  return codec(
    (value) => {
      if (!isObject(value)) throw new DecodeError("an object");
      const source = canonical(value);
      const read: Record<string, unknown> = {};
      for (const [name, of] of entries) read[name] = member(of, name, source);
      return read as { readonly [Name in keyof Shape]: Decoded<Shape[Name]> };
    },
    { members },
  );
};

/** Rows, each on its own: an unreadable row costs that row and nothing else. `rejected` counts the rows that were lost. */
export type Rows<Row> = readonly Row[] & { readonly rejected: number };

export const rows = <Row>(item: Codec<Row>): Codec<Rows<Row>> =>
  codec(
    (value) => {
      if (!Array.isArray(value)) throw new DecodeError("a list");
      const read: Row[] = [];
      for (const each of value) {
        try {
          read.push(item.read(each));
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }
      return Object.assign(read, { rejected: value.length - read.length });
    },
    { item },
  );

/** A list that is read whole or not at all. */
export const list = <Item>(item: Codec<Item>): Codec<readonly Item[]> =>
  codec(
    (value) => {
      if (!Array.isArray(value)) throw new DecodeError("a list");
      return value.map((each) => item.read(each));
    },
    { item },
  );

const orElse =
  <Value, Other>(of: Codec<Value>, other: Other) =>
  (value: unknown): Value | Other => {
    if (value === undefined || value === null) return other;
    try {
      return of.read(value);
    } catch (error) {
      if (error instanceof DecodeError) return other;
      throw error;
    }
  };

/** A member that may be left out, null or unreadable; all three are null. */
export const nullable = <Value>(of: Codec<Value>): Codec<Value | null> =>
  codec(orElse(of, null), { ...of, required: false });

/** A member the contract requires, but whose absence need not cost the row around it; null then. */
export const expected = <Value>(of: Codec<Value>): Codec<Value | null> => codec(orElse(of, null), of);

/** A member the contract requires, with what to take where it is absent or unreadable. */
export const withDefault = <Value>(of: Codec<Value>, other: Value): Codec<Value> => codec(orElse(of, other), of);

/** A member that is undefined when left out, so that absent and null can be told apart. */
export const optional = <Value>(of: Codec<Value>): Codec<Value | undefined> =>
  codec((value) => (value === undefined ? undefined : of.read(value)), { ...of, required: false });

/** Text that may be empty; a number is taken as text. */
export const anyText: Codec<string> = codec((value) => {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw new DecodeError("text");
});

/** Text, never empty. */
export const text: Codec<string> = codec((value) => {
  const read = anyText.read(value);
  if (read === "") throw new DecodeError("text that is not empty");
  return read;
});

/** Exactly this text. */
export const literal = <const Value extends string>(only: Value): Codec<Value> =>
  codec(
    (value) => {
      if (value !== only) throw new DecodeError(only);
      return only;
    },
    { values: [only] },
  );

const NUMBER = /^\s*-?\d+(\.\d+)?\s*$/;

/** A number, also as text. */
export const number: Codec<number> = codec((value) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "string" && NUMBER.test(value)) return Number(value);
  throw new DecodeError("a number");
});

const INT32 = { min: -2_147_483_648, max: 2_147_483_647 } as const;

/** Whether GraphQL can serve a number as `Int`. */
export const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= INT32.min && value <= INT32.max;

/**
 * An integer of 32 bits, also as text. GraphQL cannot serve any other number as `Int`: a gateway that reported a clock drift
 * beyond 32 bits turned the field into an internal error.
 */
export const int32: Codec<number> = codec(
  (value) => {
    const read = number.read(value);
    if (!isInt32(read)) throw new DecodeError("an integer of 32 bits");
    return read;
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

/** True or false, also as text or 0 and 1. */
export const boolean: Codec<boolean> = codec((value) => {
  const read = BOOLEANS.get(typeof value === "string" ? value.toLowerCase() : value);
  if (read === undefined) throw new DecodeError("true or false");
  return read;
});

/** Text of this form, in its usual one; what comes in that already is taken as it is. */
const matching = (
  what: string,
  pattern: RegExp,
  rewrite: (match: RegExpExecArray) => string,
  usual?: RegExp,
): Codec<string> =>
  codec((value) => {
    if (typeof value === "string" && usual?.test(value) === true) return value;
    const match = typeof value === "string" ? pattern.exec(value) : null;
    if (match === null) throw new DecodeError(what);
    return rewrite(match);
  });

/** Wall clock `YYYY-MM-DD HH:mm:ss` as it came; a `T` or a zone behind it is taken off. */
export const localDateTime = matching(
  "a date and time",
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/,
  ([, day, time]) => `${day} ${time}`,
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
);

/** `2026-06-21 03:32:15 GMT +0000` -> `2026-06-21T03:32:15Z`, from any offset; RFC 3339 is taken too. */
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

/** `+05:30`; `+0530` is taken too. */
export const utcOffset = matching(
  "an offset from UTC",
  /^([+-](?:0\d|1[0-4])):?([0-5]\d)$/,
  ([, hours, minutes]) => `${hours}:${minutes}`,
  /^[+-](?:0\d|1[0-4]):[0-5]\d$/,
);

/** `YYYY-MM-DD`. */
export const date = matching("a date", /^\d{4}-\d\d-\d\d/, ([day]) => day);

/** One of these words in any case, or an alias; a word newer than this contract is the fallback. */
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
      if (typeof value !== "string") throw new DecodeError("a word");
      return known.get(value) ?? known.get(value.toLowerCase()) ?? fallback;
    },
    { values },
  );
};
