import { DecodeError } from "../../../contract/codec.ts";
import { isRealWallClock, readOffset, toInstant } from "../../../contract/wall-clock.ts";
import { withoutPadding } from "./text.ts";

/** What a device's clock showed, and its offset from UTC if the body contains it. */
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
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*((?:GMT|UTC)?\s?[+\- ]?(?:\d?\d:\d\d|\d{4})|Z|[A-Z]{3,5})?$/;

const offsetFrom = (value: unknown): string | null => {
  if (typeof value !== "string") return null;
  const zone = withoutPadding(value);
  return zone === "Z" || zone === "GMT" || zone === "UTC" ? "+00:00" : readOffset(zone);
};

/**
 * Reads `2026-06-21 09:02:14`, also with `GMT +0530` after it.
 *
 * @throws {DecodeError} for anything else, and for a day or a time that does not exist
 */
export const readWallClock = (value: unknown, separateOffset: unknown): WallClock => {
  const clock = tryWallClock(value);
  if (clock === null) throw new DecodeError("a date and time", "AttendanceLog");
  return { wall: clock.wall, offset: offsetFrom(separateOffset) ?? clock.offset };
};

const WALL_LENGTH = "2026-06-21 09:02:14".length;
const UTC_ENDING = " GMT +0000";

const tryWallClock = (value: unknown): WallClock | null => {
  if (typeof value !== "string") return null;
  // The two forms of nearly all values.
  if (value.length === WALL_LENGTH && isRealWallClock(value)) return { wall: value, offset: null };
  if (value.length === WALL_LENGTH + UTC_ENDING.length && value.endsWith(UTC_ENDING)) {
    const wall = value.slice(0, WALL_LENGTH);
    if (isRealWallClock(wall)) return { wall, offset: "+00:00" };
  }
  const [, day, time, offset] = WALL.exec(withoutPadding(value)) ?? [];
  const wall = `${day} ${time}`;
  return day !== undefined && isRealWallClock(wall) ? { wall, offset: offsetFrom(offset) } : null;
};

/** Converts an instant of the gateway, `2026-06-21 03:32:15 GMT +0000`, to RFC 3339; null for anything else. */
export const readInstant = (value: unknown): string | null => {
  const clock = tryWallClock(value);
  return clock === null || clock.offset === null ? null : toInstant(clock.wall, clock.offset);
};
