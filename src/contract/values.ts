import { type Codec, codec, DecodeError, list } from "./codec.ts";
import {
  isNoTime,
  readClockAt,
  readInstant,
  readLimit,
  readTimeOfDay,
  readWallClock,
  readZone,
  type WallClock,
  readDay,
} from "./clock-text.ts";
import { itemsIn } from "./lists.ts";
import { isBlank, lookupIn } from "./lookup.ts";
import { identifiesNothing, withoutControls, withoutPadding, wordOf } from "./padding.ts";
import { isRealDay, isRealWallClock, isTimeZone } from "./wall-clock.ts";

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

/** Text that `rewrite` turns, without its padding, into its canonical form; null if it is not what the contract says. */
const textual = (
  description: string,
  rewrite: (value: string) => string | null,
  facts: Pick<Codec<string>, "isNone"> = {},
): Codec<string> =>
  codec((value) => {
    const decoded = typeof value === "string" ? rewrite(withoutPadding(value)) : null;
    if (decoded === null) throw new DecodeError(description);
    return decoded;
  }, facts);

const ON_CALENDAR = { isNone: isNoTime };

/** Wall-clock time `YYYY-MM-DD HH:mm:ss` that a clock can show. A `T` becomes a space; a zone is for a reader of the row. */
export const localDateTime = textual("a date and time", (value) =>
  value.length === 19 && isRealWallClock(value) ? value : (readWallClock(value)?.wall ?? null),
);

/** The same on the clock of the device of a row, from a time in any zone, where `UtcOffset` says how that clock stands. */
export const clockOfRow: Codec<string> = codec((value, _tally, row) => {
  if (row === undefined || (typeof value === "string" && value.length === 19)) return localDateTime.read(value);
  const clock = readClockAt(value, lookupIn(row)("UtcOffset"));
  if (clock === null) throw new DecodeError("a date and time");
  return clock.wall;
});

/** The first second of a period; of a day or minute alone, its first second. */
export const firstSecond = textual("a date and time", (value) => readLimit(value, "first"), ON_CALENDAR);

/** The last second of a period; of a day or minute alone, its last second. */
export const lastSecond = textual("a date and time", (value) => readLimit(value, "last"), ON_CALENDAR);

/** A time on a working day with the zone that the text has; `wall` is a time alone if the text has no date. */
export const timeOnDay: Codec<WallClock> = codec((value) => {
  const decoded = readTimeOfDay(value);
  if (decoded === null) throw new DecodeError("a date and time");
  return decoded;
}, ON_CALENDAR);

/** `2026-06-21 03:32:15 GMT +0000` -> `2026-06-21T03:32:15Z`, from any offset; also accepts RFC 3339. */
export const instant = textual("an instant", readInstant, ON_CALENDAR);

/** `+05:30`, of at most 14 hours; also accepts `+0530`, `GMT +0530`, `Z`, and the minus sign of typography. */
export const utcOffset = textual("an offset from UTC", readZone);

/** The offset of the member `time` of the same row, or else the one that the time itself has; null if there is neither. */
export const offsetOf = (time: string): Codec<string | null> =>
  codec((value, _tally, row) => readZone(value) ?? readWallClock(row?.[time])?.offset ?? null, { total: true });

/** The name of a time zone in the IANA database. */
export const timeZone = textual("a time zone", (value) => (isTimeZone(value) ? value : null));

const DAY = /^\d{4}-\d\d-\d\d$/;

/** A day of the calendar, `YYYY-MM-DD`. A time after it is dropped. */
export const date = textual(
  "a date",
  (value) => {
    const start = value.slice(0, 10);
    const day = DAY.test(start) ? start : readDay(value);
    return day !== null && isRealDay(day) ? day : null;
  },
  ON_CALENDAR,
);

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
