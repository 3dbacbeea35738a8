import { DecodeError } from "../../../contract/codec.ts";

/** What a device's clock showed, and its offset from UTC if the body contains it. */
export interface WallClock {
  /** `2026-06-21 09:02:14`. */
  readonly wall: string;
  /** `+05:30`. */
  readonly offset: string | null;
}

/** A form that was not escaped turns the plus of an offset into a blank. */
const WALL = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*((?:GMT|UTC)?\s?[+\- ]?\d\d:?\d\d|GMT|UTC|Z)?$/;
const OFFSET = /^(?:(?:GMT|UTC)\s?)?([+\- ]?)(0\d|1[0-4]):?([0-5]\d)$/;

const readOffset = (value: unknown): string | null => {
  if (value === "Z" || value === "GMT" || value === "UTC") return "+00:00";
  const [, sign, hours, minutes] = (typeof value === "string" && OFFSET.exec(value)) || [];
  return hours === undefined ? null : `${sign === "-" ? "-" : "+"}${hours}:${minutes}`;
};

/**
 * Reads `2026-06-21 09:02:14`, also with `GMT +0530` after it.
 *
 * @throws {DecodeError} for anything else, and for a day that does not exist
 */
export const readWallClock = (value: unknown, separateOffset: unknown): WallClock => {
  const [, day, time, offset] = (typeof value === "string" && WALL.exec(value)) || [];
  if (day === undefined || time === undefined || !isReal(day, time)) {
    throw new DecodeError("a date and time", "AttendanceLog");
  }
  return { wall: `${day} ${time}`, offset: readOffset(separateOffset) ?? readOffset(offset) };
};

const isReal = (day: string, time: string): boolean => {
  const parsed = Date.parse(`${day}T${time}Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(`${day}T${time}`);
};

/** Milliseconds since 1970 UTC; null if only the device's zone would determine it. */
export const instantOf = ({ wall, offset }: WallClock): number | null =>
  offset === null ? null : Date.parse(`${wall.replace(" ", "T")}${offset}`);

/** Writes an instant as RFC 3339, to the second. */
export const toInstant = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

/** Converts an instant of the gateway, `2026-06-21 03:32:15 GMT +0000`, to RFC 3339; null for anything else. */
export const readInstant = (value: unknown): string | null => {
  try {
    const milliseconds = instantOf(readWallClock(value, null));
    return milliseconds === null ? null : toInstant(milliseconds);
  } catch {
    return null;
  }
};
