import { withoutPadding } from "./padding.ts";
import { isRealDay, isRealWallClock, readOffset, toInstant } from "./wall-clock.ts";

/** What a device's clock showed, and its offset from UTC if the text contains it. */
export interface WallClock {
  /** `2026-06-21 09:02:14`. */
  readonly wall: string;
  /** `+05:30`. */
  readonly offset: string | null;
}

/**
 * A form that was not escaped turns the plus of an offset into a blank. The name of another zone is no offset: the contract gives it no
 * meaning. It costs the offset only, because what the clock showed stands before it.
 */
const WALL =
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*((?:GMT|UTC)?\s?[+\-\u2212 ]?(?:\d?\d:\d\d|\d{4})|Z|[A-Z]{3,5})?$/;

/** Reads an offset, also `+0530`, `GMT +0530`, and UTC by its names, as `+05:30`; null for anything else. */
export const readZone = (value: unknown): string | null => {
  if (typeof value !== "string") return null;
  const offset = readOffset(value);
  if (offset !== null) return offset;
  const zone = withoutPadding(value);
  return zone === "Z" || zone === "GMT" || zone === "UTC" ? "+00:00" : readOffset(zone);
};

const WALL_LENGTH = "2026-06-21 09:02:14".length;
const UTC_ENDING = " GMT +0000";

const isUtcInstant = (value: string): boolean =>
  value.length === WALL_LENGTH + UTC_ENDING.length &&
  value.endsWith(UTC_ENDING) &&
  isRealWallClock(value.slice(0, WALL_LENGTH));

/** Reads `2026-06-21 09:02:14`, also with `GMT +0530` after it; null for anything else, and for a time that does not exist. */
export const readWallClock = (value: unknown): WallClock | null => {
  if (typeof value !== "string") return null;
  // The two forms of nearly all values.
  if (value.length === WALL_LENGTH && isRealWallClock(value)) return { wall: value, offset: null };
  if (isUtcInstant(value)) return { wall: value.slice(0, WALL_LENGTH), offset: "+00:00" };
  const [, day, time, zone] = WALL.exec(withoutPadding(value)) ?? [];
  const wall = `${day} ${time}`;
  return day !== undefined && isRealWallClock(wall) ? { wall, offset: readZone(zone) } : null;
};

/** A time without its seconds, without its day, or at the end of a day; a day without a time. */
const PARTS = /^(?:(\d{4}-\d\d-\d\d)(?:[ T]|$))?(?:(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?)?$/;

const DAY_MS = 86_400_000;

/** The day after a real day, `YYYY-MM-DD`. */
export const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

const partsOf = (value: unknown): readonly (string | undefined)[] =>
  typeof value === "string" ? (PARTS.exec(withoutPadding(value)) ?? []) : [];

/** Reads `2026-12-31 24:00:00` as the beginning of the next day; null for anything else. */
const readEndOfDay = (value: unknown): string | null => {
  const [, day, hours, minutes, seconds = "00"] = partsOf(value);
  if (day === undefined || `${hours}:${minutes}:${seconds}` !== "24:00:00" || !isRealDay(day)) return null;
  const wall = `${dayAfter(day)} 00:00:00`;
  return isRealWallClock(wall) ? wall : null;
};

/** Whether a text is what a database writes for a missing time, such as `0000-00-00 00:00:00`. */
export const isZeroDate = (value: unknown): boolean =>
  typeof value === "string" && withoutPadding(value).startsWith("0000-00-00");

/**
 * Reads the first or the last second of a period, also without seconds, without a time, or at 24:00:00: a limit covers the whole minute or
 * day that it names. Null for anything else.
 */
export const readLimit = (value: unknown, edge: "first" | "last"): string | null => {
  const clock = readWallClock(value)?.wall ?? readEndOfDay(value);
  if (clock !== null) return clock;
  const [, day, hours, minutes, seconds] = partsOf(value);
  const [hour, other] = edge === "first" ? ["00", "00"] : ["23", "59"];
  const wall = `${day} ${hours ?? hour}:${minutes ?? other}:${seconds ?? other}`;
  return day !== undefined && isRealWallClock(wall) ? wall : null;
};

/** What is read of a day that is not known here, so that a time alone is real on it. */
const ANY_DAY = "2026-01-01";

/** Reads a time on a working day, at 24:00:00, too; of a time alone, `wall` is `HH:mm:ss`. Null for anything else. */
export const readTimeOfDay = (value: unknown): WallClock | null => {
  const clock = readWallClock(value);
  if (clock !== null) return clock;
  const [, day, hours, minutes, seconds = "00"] = partsOf(value);
  const time = `${hours}:${minutes}:${seconds}`;
  const wall = day === undefined ? time : readEndOfDay(value);
  return wall !== null && isRealWallClock(day === undefined ? `${ANY_DAY} ${time}` : wall)
    ? { wall, offset: null }
    : null;
};

/** Converts an instant of the gateway, `2026-06-21 03:32:15 GMT +0000`, to RFC 3339; null for anything else. */
export const readInstant = (value: unknown): string | null => {
  if (typeof value === "string" && isUtcInstant(value)) return `${value.slice(0, 10)}T${value.slice(11, WALL_LENGTH)}Z`;
  const clock = readWallClock(value);
  return clock === null || clock.offset === null ? null : toInstant(clock.wall, clock.offset);
};
