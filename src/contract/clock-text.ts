import { withoutPadding } from "./padding.ts";
import { isRealDay, isRealWallClock, millisecondsAt, readOffset, toInstant, writeInstant } from "./wall-clock.ts";

/** What a device's clock showed, and its offset from UTC if the text contains it. */
export interface WallClock {
  /** `2026-06-21 09:02:14`. */
  readonly wall: string;
  /** `+05:30`. */
  readonly offset: string | null;
}

/** The year comes first: which of two numbers is the month cannot be known otherwise. */
const DAY = String.raw`(\d{4})([-/])(\d?\d)\2(\d?\d)`;
const TIME = String.raw`(\d?\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:\s?([AaPp])\.?[Mm]\.?)?`;
/** A form that was not escaped turns the plus of an offset into a blank. */
const OFFSET = String.raw`(?:GMT|UTC)?\s?[+\-\u2212 ]?(?<!\d)(?:\d?\d:\d\d(?::00)?|\d{4}|(?<=[+\-\u2212])\d?\d)|[Zz]|GMT|UTC`;
/**
 * The name of another zone is no offset: the contract gives it no meaning. It costs the offset only, because what the clock showed stands
 * before it.
 */
const NAME = String.raw`[A-Z]{3,5}|[A-Za-z_]+(?:\/[\w+-]+)+|\[[^\]]+\]|\([^)]+\)`;
/** A day, a time, or both. */
const TEXT = new RegExp(String.raw`^(?:${DAY}(?:[Tt]|\s+|$))?(?:${TIME}\s*(${OFFSET})?\s*(?:${NAME})?)?$`, "u");
/** The form of ISO 8601 without separators. */
const COMPACT = /^(\d{4})(\d\d)(\d\d)[Tt ](\d\d)(\d\d)(\d\d)?(?!\d)/;
/** No such text is longer. */
const MAX_LENGTH = 100;

/** Reads an offset, also `+0530`, `GMT +0530`, and UTC by its names, as `+05:30`; null for anything else. */
export const readZone = (value: unknown): string | null => {
  if (typeof value !== "string") return null;
  const offset = readOffset(value);
  if (offset !== null) return offset;
  const zone = withoutPadding(value).toUpperCase();
  return zone === "Z" || zone === "GMT" || zone === "UTC" ? "+00:00" : readOffset(zone);
};

const WALL_LENGTH = "2026-06-21 09:02:14".length;
const UTC_ENDING = " GMT +0000";

const isUtcInstant = (value: string): boolean =>
  value.length === WALL_LENGTH + UTC_ENDING.length &&
  value.endsWith(UTC_ENDING) &&
  isRealWallClock(value.slice(0, WALL_LENGTH));

interface Parts {
  readonly day: string | undefined;
  readonly hours: string | undefined;
  readonly minutes: string | undefined;
  readonly seconds: string | undefined;
  readonly zone: string | undefined;
}

const NO_PARTS: Parts = { day: undefined, hours: undefined, minutes: undefined, seconds: undefined, zone: undefined };

/** The hours of a clock with 24 of them; 99, which no clock shows, for hours that a clock with 12 of them does not have. */
const hoursOf24 = (hours: string, half: string | undefined): string => {
  if (half === undefined) return hours.padStart(2, "0");
  const hour = Number(hours);
  if (hour < 1 || hour > 12) return "99";
  return String((hour % 12) + (half.toLowerCase() === "p" ? 12 : 0)).padStart(2, "0");
};

/** The parts of a text with a day, a time, or both; nothing of anything else. */
const partsOf = (value: unknown): Parts => {
  const text = typeof value === "string" ? withoutPadding(value) : "";
  if (text.length > MAX_LENGTH) return NO_PARTS;
  const spaced = text.replace(
    COMPACT,
    (_, ...[year, month, day, hours, minutes, seconds = "00"]: readonly string[]) =>
      `${year}-${month}-${day} ${hours}:${minutes}:${seconds}`,
  );
  const [, year, , month = "", day = "", hours, minutes, seconds, half, zone] = TEXT.exec(spaced) ?? [];
  return {
    day: year === undefined ? undefined : `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`,
    hours: hours === undefined ? undefined : hoursOf24(hours, half),
    minutes,
    seconds,
    zone,
  };
};

/** The day of a text with a day, `YYYY-MM-DD`, or with more after it; null for anything else. */
export const readDay = (value: unknown): string | null => partsOf(value).day ?? null;

const realWall = (wall: string): string | null => (isRealWallClock(wall) ? wall : null);

/**
 * Reads `2026-06-21 09:02:14`, also with `GMT +0530` after it, with hours of one digit, and as other programs write it; null for anything
 * else, and for a time that does not exist.
 * @param missing The seconds of a time without any.
 */
export const readWallClock = (value: unknown, missing = "00"): WallClock | null => {
  if (typeof value !== "string") return null;
  // The two forms of nearly all values.
  if (value.length === WALL_LENGTH && isRealWallClock(value)) return { wall: value, offset: null };
  if (isUtcInstant(value)) return { wall: value.slice(0, WALL_LENGTH), offset: "+00:00" };
  const { day, hours, minutes, seconds = missing, zone } = partsOf(value);
  const wall = day === undefined || hours === undefined ? null : realWall(`${day} ${hours}:${minutes}:${seconds}`);
  return wall === null ? null : { wall, offset: readZone(zone) };
};

const EPOCH = "1970-01-01 00:00:00";

/** What a clock at this offset showed at the time, which is on that clock if it has no zone; null for a year that no text has. */
export const atOffset = ({ wall, offset }: WallClock, own: string): WallClock | null => {
  if (offset === null || offset === own) return { wall, offset: own };
  const shown = writeInstant(millisecondsAt(wall, offset) - millisecondsAt(EPOCH, own));
  return shown === null ? null : { wall: shown.slice(0, WALL_LENGTH).replace("T", " "), offset: own };
};

/** Reads a time of a device: if it is written in another zone than `zone`, which is the device's, what that clock showed then. */
export const readClockAt = (value: unknown, zone: unknown): WallClock | null => {
  const [clock, own] = [readWallClock(value), readZone(zone)];
  return clock === null || own === null ? clock : atOffset(clock, own);
};

const DAY_MS = 86_400_000;

/** The day after a real day, `YYYY-MM-DD`. */
export const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** Reads `2026-12-31 24:00:00` as the beginning of the next day; null for anything else. */
const readEndOfDay = (value: unknown): string | null => {
  const { day, hours, minutes, seconds = "00" } = partsOf(value);
  if (day === undefined || `${hours}:${minutes}:${seconds}` !== "24:00:00" || !isRealDay(day)) return null;
  return realWall(`${dayAfter(day)} 00:00:00`);
};

/** The year of a text that begins with a day: it comes first, or last and then after the month and the day in either order. */
const YEAR = /^(?:(\d{4})(?:[-/]|\d{4}(?!\d))|\d?\d[-/.]\d?\d[-/.](\d{4}))/;

/**
 * Whether a value is what programs write for a missing time: the first one that they know, in the year 0, 1, 1899, 1900 or 1970. There was
 * no gateway before 1971.
 */
export const isNoTime = (value: unknown): boolean => {
  if (typeof value !== "string") return value === undefined || value === null || value === 0;
  // Nearly all times are of this millennium.
  if (value.startsWith("20")) return false;
  const text = withoutPadding(value);
  if (text === "" || text === "0") return true;
  const [, first, last] = YEAR.exec(text) ?? [];
  const year = first ?? last;
  return year !== undefined && year < "1971";
};

/**
 * Reads the first or the last second of a period, also without seconds, without a time, or at 24:00:00: a limit covers the whole minute or
 * day that it names. Null for anything else.
 */
export const readLimit = (value: unknown, edge: "first" | "last"): string | null => {
  const [time, second] = edge === "first" ? ["00:00:00", "00"] : ["23:59:59", "59"];
  const clock = readWallClock(value, second)?.wall ?? readEndOfDay(value);
  if (clock !== null) return clock;
  const { day, hours } = partsOf(value);
  return day !== undefined && hours === undefined ? realWall(`${day} ${time}`) : null;
};

/** What is read of a day that is not known here, so that a time alone is real on it. */
const ANY_DAY = "2026-01-01";

/** Reads a time on a working day, at 24:00:00, too; of a time alone, `wall` is `HH:mm:ss`. Null for anything else. */
export const readTimeOfDay = (value: unknown): WallClock | null => {
  const clock = readWallClock(value);
  if (clock !== null) return clock;
  const { day, hours, minutes, seconds = "00", zone } = partsOf(value);
  const time = `${hours}:${minutes}:${seconds}`;
  const wall = day === undefined ? time : readEndOfDay(value);
  return wall !== null && isRealWallClock(day === undefined ? `${ANY_DAY} ${time}` : wall)
    ? { wall, offset: readZone(zone) }
    : null;
};

/** Converts an instant of the gateway, `2026-06-21 03:32:15 GMT +0000`, to RFC 3339; null for anything else, and for a missing time. */
export const readInstant = (value: unknown): string | null => {
  if (isNoTime(value)) return null;
  if (typeof value === "string" && isUtcInstant(value)) return `${value.slice(0, 10)}T${value.slice(11, WALL_LENGTH)}Z`;
  const clock = readWallClock(value);
  return clock === null || clock.offset === null ? null : toInstant(clock.wall, clock.offset);
};
