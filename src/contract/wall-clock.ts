import { Temporal } from "temporal-polyfill";

/** Matches the days that every month has. */
const PLAIN_DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;
/** Matches the days from 29 on that their month has in every year. */
const LONG_MONTH_DAY = /^\d{4}-(?:(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)$/;
/** Matches the days that every month has and the times that every day has. */
const PLAIN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
/** Of at most 14 hours: no clock on Earth is further from UTC. A form that was not escaped turns a plus into a blank. */
const OFFSET = /^(?:(?:GMT|UTC)\s?)?([+\-\u2212 ]?)(\d(?=:|$)|0\d|1[0-3]|14(?=$|:?00))(?::?([0-5]\d)(?::00)?)?$/;
/** The minus sign of typography, which some sources write. */
const MINUS = "\u2212";
const DAY_MINUTES = 24 * 60;
/** Days that every month has. */
const SHORTEST_MONTH = 28;

/** Whether the calendar has the day `YYYY-MM-DD`: a month has 28 to 31 days, whatever a device sends. */
export const isRealDay = (day: string): boolean => {
  if (PLAIN_DAY.test(day) || LONG_MONTH_DAY.test(day)) return true;
  const parsed = Date.parse(`${day}T00:00:00Z`);
  // A Date turns 30 February into 2 March.
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day);
};

/** Whether a clock can show `YYYY-MM-DD HH:mm:ss`. It shows neither 24:00:00 nor a leap second. */
export const isRealWallClock = (wall: string): boolean =>
  PLAIN.test(wall) || (TIME.test(wall.slice(11)) && wall[10] === " " && isRealDay(wall.slice(0, 10)));

/** Matches offsets in their canonical form. */
const CANONICAL_OFFSET = /^[+-](?:0\d|1[0-3]):[0-5]\d$/;

/** Reads an offset, also from `+0530`, `+5:30`, `+05` and `GMT +0530`, as `+05:30`; null for anything else, and for more than 14 hours. */
export const readOffset = (value: string): string | null => {
  if (CANONICAL_OFFSET.test(value)) return value;
  const [, sign, hours, minutes] = OFFSET.exec(value) ?? [];
  // Hours alone need a sign: anything may be two digits.
  return hours === undefined || (minutes === undefined && (sign === "" || sign === " "))
    ? null
    : `${sign === "-" || sign === MINUS ? "-" : "+"}${hours.padStart(2, "0")}:${minutes ?? "00"}`;
};

const ZERO = 48;

/** The number that two digits write. */
const numberAt = (text: string, index: number): number =>
  (text.charCodeAt(index) - ZERO) * 10 + text.charCodeAt(index + 1) - ZERO;

const minutesAt = (text: string, index: number): number => numberAt(text, index) * 60 + numberAt(text, index + 3);

const twoDigits = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** The number of milliseconds since 1970 UTC of a real wall-clock time at an offset. */
export const millisecondsAt = (wall: string, offset: string): number =>
  Date.parse(`${wall.replace(" ", "T")}${offset}`);

/** Writes an instant as RFC 3339, to the second; null for a year that RFC 3339 cannot write. */
export const writeInstant = (milliseconds: number): string | null => {
  const text = new Date(milliseconds).toISOString();
  return text.length === 24 ? `${text.slice(0, 19)}Z` : null;
};

/** Writes an instant as a clock that shows UTC does, `YYYY-MM-DD HH:mm:ss`. */
export const writeWallClock = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");

/**
 * Converts a real wall-clock time and its offset, `2026-06-21 09:02:14` and `+05:30`, to an instant in RFC 3339; null if the
 * year of the instant is not 0 to 9999. Most conversions stay within the month and need arithmetic only: a Date for each of 500
 * punches was a tenth of the work of the whole request.
 */
export const toInstant = (wall: string, offset: string): string | null => {
  const offsetMinutes = minutesAt(offset, 1);
  const minutes = minutesAt(wall, 11) - (offset.startsWith("-") ? -offsetMinutes : offsetMinutes);
  const carry = minutes < 0 ? -1 : minutes >= DAY_MINUTES ? 1 : 0;
  const day = numberAt(wall, 8) + carry;
  if (carry !== 0 && (day < 1 || day > SHORTEST_MONTH)) return writeInstant(millisecondsAt(wall, offset));
  const ofDay = minutes - carry * DAY_MINUTES;
  const date = carry === 0 ? wall.slice(0, 10) : `${wall.slice(0, 8)}${twoDigits(day)}`;
  return `${date}T${twoDigits(Math.floor(ofDay / 60))}:${twoDigits(ofDay % 60)}${wall.slice(16)}Z`;
};

const MAX_CACHED_DAYS = 10_000;
/** The offset of a zone on a day, by zone and day; null on a day on which the clock changes. */
const offsets = new Map<string, string | null>();

/** The offset by which a wall-clock time is converted: that before the change for a time that is skipped or occurs twice. */
const offsetOf = (wall: Temporal.PlainDateTime, zone: string): string => {
  const { epochMilliseconds } = wall.toZonedDateTime(zone, { disambiguation: "compatible" });
  const minutes = Math.round((wall.toZonedDateTime("UTC").epochMilliseconds - epochMilliseconds) / 60_000);
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${twoDigits(Math.floor(absolute / 60))}:${twoDigits(absolute % 60)}`;
};

const offsetOfDay = (day: string, zone: string): string | null => {
  const start = Temporal.PlainDateTime.from(`${day}T00:00`);
  const offset = offsetOf(start, zone);
  return offset === offsetOf(start.add({ days: 1 }), zone) ? offset : null;
};

/**
 * Returns the UTC offset of a zone at a real wall-clock time. A time that daylight saving time skips counts as the time after
 * the gap; a time that occurs twice counts as the first. A day without a change is computed once.
 * @throws {RangeError} if there is no such zone.
 */
export const offsetIn = (zone: string, wall: string): string => {
  const day = wall.slice(0, 10);
  const key = `${zone} ${day}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = offsetOfDay(day, zone);
    if (offsets.size >= MAX_CACHED_DAYS) offsets.clear();
    offsets.set(key, offset);
  }
  return offset ?? offsetOf(Temporal.PlainDateTime.from(wall.replace(" ", "T")), zone);
};

const zones = new Map<string, boolean>();
const MAX_CACHED_ZONES = 1_000;

/**
 * Whether a text is the name of a time zone that offsets can be computed for, such as `Asia/Kolkata`. The two sources of zones
 * differ: one of them knows `IST`, which the other rejects.
 */
export const isTimeZone = (name: string): boolean => {
  let known = zones.get(name);
  if (known === undefined) {
    try {
      Intl.DateTimeFormat("en", { timeZone: name });
      Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
      known = true;
    } catch {
      known = false;
    }
    if (zones.size >= MAX_CACHED_ZONES) zones.clear();
    zones.set(name, known);
  }
  return known;
};

const AHEAD_MS = 2 * 3_600_000;
const BEHIND_MS = 90 * 86_400_000;
/** The offsets that make a wall-clock time the earliest and the latest instant. */
const EARLIEST = "+14:00";
const LATEST = "-12:00";

/**
 * Whether a clock is more than 2 hours ahead of an instant; without an offset, whether it is in every zone.
 * @param instant Milliseconds since 1970 UTC.
 */
export const isClockAhead = (wall: string, offset: string | null, instant: number): boolean =>
  millisecondsAt(wall, offset ?? EARLIEST) - instant > AHEAD_MS;

/**
 * The gateway's rule: a clock is suspect if it is more than 2 hours ahead of the receipt, or more than 90 days behind it.
 * Without an offset the clock gets the benefit of the doubt: it is suspect if it breaks the rule in every zone.
 * @param offset null if it is not known.
 * @param receivedAt Milliseconds since 1970 UTC.
 */
export const isSuspectClock = (wall: string, offset: string | null, receivedAt: number): boolean => {
  const earliest = millisecondsAt(wall, offset ?? EARLIEST);
  const latest = offset === null ? millisecondsAt(wall, LATEST) : earliest;
  return isSuspectPeriod(earliest, latest, receivedAt);
};

const isSuspectPeriod = (earliest: number, latest: number, receivedAt: number): boolean =>
  earliest - receivedAt > AHEAD_MS || receivedAt - latest > BEHIND_MS;

/** The same rule for an instant that another clock has written, such as that of the sending. All in milliseconds since 1970 UTC. */
export const isSuspectInstant = (instant: number, receivedAt: number): boolean =>
  isSuspectPeriod(instant, instant, receivedAt);
