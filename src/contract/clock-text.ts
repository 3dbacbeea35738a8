import { withoutPadding } from "./padding.ts";
import { isRealWallClock, readOffset, toInstant } from "./wall-clock.ts";

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

/** Converts an instant of the gateway, `2026-06-21 03:32:15 GMT +0000`, to RFC 3339; null for anything else. */
export const readInstant = (value: unknown): string | null => {
  if (typeof value === "string" && isUtcInstant(value)) return `${value.slice(0, 10)}T${value.slice(11, WALL_LENGTH)}Z`;
  const clock = readWallClock(value);
  return clock === null || clock.offset === null ? null : toInstant(clock.wall, clock.offset);
};
