import { Temporal } from "temporal-polyfill";
import type { Context } from "./context.ts";
import { told, when } from "./facts.ts";

/** A wall clock and its offset, `2026-06-21 09:02:14` and `+05:30`, as an instant. */
const instantOf = (wall: string, offset: string): string =>
  `${new Date(`${wall.replace(" ", "T")}${offset}`).toISOString().slice(0, 19)}Z`;

const offsetIn = (zone: string, wall: string): string =>
  Temporal.PlainDateTime.from(wall.replace(" ", "T")).toZonedDateTime(zone, { disambiguation: "compatible" }).offset;

/**
 * The offset of a device's clock at a wall-clock time: as the gateway tells it, else by the device's zone. A time that a
 * spring change skips counts as the one after it, a time that comes twice as the first.
 */
export const offsetAt = (
  wall: string,
  offset: string | null,
  DeviceSN: string | null,
  { loaders }: Context,
): string | Promise<string> => {
  if (offset !== null) return offset;
  if (DeviceSN === null) return told<string>(null, "UtcOffset");
  return when(loaders.zoneOf(DeviceSN), (zone) => offsetIn(told(zone, "TimeZone"), wall));
};

/** The instant of a wall-clock time on a device. */
export const momentAt = (
  wall: string,
  offset: string | null,
  DeviceSN: string | null,
  context: Context,
): string | Promise<string> => when(offsetAt(wall, offset, DeviceSN, context), (known) => instantOf(wall, known));
