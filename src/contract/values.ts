import { type Codec, codec, DecodeError, list } from "./codec.ts";
import { itemsIn } from "./lists.ts";
import { isBlank } from "./lookup.ts";
import { identifiesNothing, withoutControls, withoutPadding, wordOf } from "./padding.ts";

const written = (value: unknown): string => {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw new DecodeError("text");
};

/** Text that may be empty, without blanks and control characters around it; a number is read as text. */
export const anyText: Codec<string> = codec((value) => withoutPadding(written(value)));

const filled = (expected: string): Codec<string> =>
  codec((value) => {
    const decoded = withoutPadding(written(value));
    if (decoded === "") throw new DecodeError(expected);
    return decoded;
  });

/** Text that is not empty. */
export const text = filled("text that is not empty");

/** The same for a value that may be written in another form: what `rewrite` returns is read. */
export const rewritten = <Value>(
  { read, view: _view, ...facts }: Codec<Value>,
  rewrite: (value: unknown) => unknown,
): Codec<Value> => codec((value, tally) => read(rewrite(value), tally), facts);

const BETWEEN_NAMES = /[,;|]/;

/** A list of words, or of names without commas, which may also stand in one text with commas between them. */
export const names = <Item>(item: Codec<Item>): Codec<readonly Item[]> =>
  rewritten(list(item), (value) =>
    typeof value === "string" && BETWEEN_NAMES.test(value) && itemsIn(value) === undefined
      ? value.split(BETWEEN_NAMES).filter((each) => !isBlank(each))
      : value,
  );

/** Data in Base64. A data URL has its type before it. */
export const base64: Codec<string> = rewritten(text, (value) =>
  typeof value === "string" ? value.replace(/^\s*data:[^,]*,/i, "") : value,
);

/** An employee code. Terminals send NUL or line ends around it, in callbacks and through answers; blanks may belong to it. */
export const personCode: Codec<string> = codec(
  (value) => {
    const decoded = withoutControls(written(value));
    if (decoded === "") throw new DecodeError("an employee code");
    return decoded;
  },
  { isNone: isBlank },
);

/** Words for people, such as a reason; nothing but padding says nothing. */
export const remark = filled("words for people");

/** The serial number of a device, without blanks and control characters around it. */
export const deviceSerial = filled("a serial number");

/** This text and no other. */
export const literal = <const Value extends string>(only: Value): Codec<Value> =>
  codec(
    (value) => {
      if (value !== only) throw new DecodeError(only);
      return only;
    },
    { values: [only] },
  );

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** A number; also accepts text. */
export const number: Codec<number> = codec((value) => {
  const digits = typeof value === "string" ? withoutPadding(value) : "";
  const decoded = NUMBER.test(digits) ? Number(digits) : value;
  if (typeof decoded === "number" && Number.isFinite(decoded)) return decoded;
  throw new DecodeError("a number");
});

const DEGREES = /^(\d+(?:[.,]\d+)?)\s?(?:\u00B0?\s?[Cc]|\u2103)?$/;

/**
 * The temperature of a body in degrees Celsius; text may have a comma and the unit. No body has another one: terminals
 * without a thermometer report 0 or -1.
 */
export const bodyTemperature: Codec<number> = codec((value) => {
  const [, degrees] = typeof value === "string" ? (DEGREES.exec(withoutPadding(value)) ?? []) : [];
  const decoded = number.read(degrees?.replace(",", ".") ?? value);
  if (decoded < 20 || decoded > 50) throw new DecodeError("a temperature from 20 to 50 degrees Celsius");
  return decoded;
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

/** What was measured, as `int32`: without the fraction of a gateway that measures more exactly. */
export const measure: Codec<number> = codec((value) => int32.read(Math.trunc(number.read(value)) + 0), {
  format: "int32",
});

/** A number of items, as `measure`. A gateway that cannot count reports -1, which is no number of items. */
export const count: Codec<number> = codec(
  (value) => {
    const decoded = measure.read(value);
    if (decoded < 0) throw new DecodeError("a number of items");
    return decoded;
  },
  { format: "int32", isNone: (value) => isBlank(value) || Number(value) <= -1 },
);

/** A number of an item that is counted from 1: a door, or a schedule. */
export const ordinal: Codec<number> = codec(
  (value) => {
    const decoded = int32.read(value);
    if (decoded < 1) throw new DecodeError("a number from 1");
    return decoded;
  },
  { format: "int32" },
);

/** A number that is not negative. */
export const amount: Codec<number> = codec((value) => {
  const decoded = number.read(value);
  if (decoded < 0) throw new DecodeError("a number that is not negative");
  return decoded;
});

/** A member that identifies something: 0, zeros or a word for nothing identifies nothing, and is read as null. */
export const identified = <Value>(inner: Codec<Value>): Codec<Value> =>
  rewritten(inner, (value) => {
    const written = typeof value === "number" ? String(value) : value;
    return typeof written === "string" && identifiesNothing(withoutPadding(written)) ? null : value;
  });

/** A share in percent, from 0 to 100. */
export const percent: Codec<number> = codec(
  (value) => {
    const decoded = count.read(value);
    if (decoded > 100) throw new DecodeError("a number from 0 to 100");
    return decoded;
  },
  { format: "int32" },
);

const BOOLEANS = new Map<unknown, boolean>([
  ...([true, 1, "true", "1", "yes", "y", "t", "on"] as const).map((value) => [value, true] as const),
  ...([false, 0, "false", "0", "no", "n", "f", "off"] as const).map((value) => [value, false] as const),
]);

/** True or false; also accepts 0 and 1, and the words of forms and databases. */
export const boolean: Codec<boolean> = codec((value) => {
  const decoded = BOOLEANS.get(typeof value === "string" ? withoutPadding(value).toLowerCase() : value);
  if (decoded === undefined) throw new DecodeError("true or false");
  return decoded;
});

/**
 * One of these values, in any case and however its words are separated, or an alias. A value that is newer than this contract is read as
 * the fallback.
 */
export const enumeration = <Value extends string, Fallback extends string>(
  values: readonly Value[],
  fallback: Fallback,
  aliases: Readonly<Record<string, Value>>,
): Codec<Value | Fallback> => {
  const known = new Map<string, Value>();
  for (const value of values) known.set(value, value).set(wordOf(value), value);
  for (const [alias, value] of Object.entries(aliases)) known.set(wordOf(alias), value);
  return codec(
    (value) => {
      if (typeof value !== "string") throw new DecodeError("text");
      return known.get(value) ?? known.get(wordOf(value)) ?? fallback;
    },
    { values },
  );
};
