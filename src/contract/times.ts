import {
  isNoTime,
  readClockAt,
  readDay,
  readInstant,
  readLimit,
  readTimeOfDay,
  readWallClock,
  readZone,
  type WallClock,
} from "./clock-text.ts";
import { type Codec, codec, DecodeError } from "./codec.ts";
import { lookupIn } from "./lookup.ts";
import { withoutPadding } from "./padding.ts";
import { isRealDay, isRealWallClock, isTimeZone } from "./wall-clock.ts";

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
