import { GraphQLError } from "graphql";
import { offsetIn, toInstant } from "../../contract/wall-clock.ts";
import type { Context } from "./context.ts";
import { mapMaybePromise, requireFound, requireReported } from "./facts.ts";

/**
 * Returns the UTC offset of a device's clock at a wall-clock time: the offset that the gateway reports, otherwise the offset
 * of the device's time zone, otherwise the offset that the device has now. A time that daylight saving time skips counts as the
 * time after the gap; a time that occurs twice counts as the first.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway reports neither an offset nor a zone, and with
 * the code NOT_FOUND if the account has no such device; a GatewayError if the device cannot be read.
 */
export const offsetAt = (
  wall: string,
  offset: string | null,
  DeviceSN: string | null,
  context: Context,
): string | Promise<string> => {
  if (offset !== null) return offset;
  if (DeviceSN === null) return requireReported<string>(null, "utcOffset");
  // Loaders are created only here: each run of events gets new loaders, and an event that reports its offset needs none.
  const { knownOffset, device } = context.loaders;
  const known = knownOffset(DeviceSN, wall);
  if (known !== null) return known;
  return device.load(DeviceSN).then((record) => {
    const { TimeZone, UtcOffset } = requireFound(record, "Device", DeviceSN);
    return TimeZone === null ? requireReported(UtcOffset, "timeZone") : offsetIn(TimeZone, wall);
  });
};

const requireInstant = (wall: string, offset: string): string => {
  const instant = toInstant(wall, offset);
  if (instant !== null) return instant;
  throw new GraphQLError("The instant must be in the years 0 to 9999; the gateway's response has another year.", {
    extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
  });
};

/**
 * Returns the instant of a wall-clock time on a device, in UTC. A field that returns it is nullable: its failure costs this
 * field alone, never the row, the page or the event.
 * @throws what `offsetAt` throws, and a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if no `DateTime` can express it.
 */
export const instantAt = (
  wall: string,
  offset: string | null,
  DeviceSN: string | null,
  context: Context,
): string | Promise<string> =>
  mapMaybePromise(offsetAt(wall, offset, DeviceSN, context), (resolved) => requireInstant(wall, resolved));
