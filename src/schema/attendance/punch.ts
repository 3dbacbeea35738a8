import type { Punch as PunchRecord } from "../../contract/attendance.ts";
import { isDeviceSN, isEmployeeCode, isOpaqueID } from "../../contract/scalars.ts";
import { readableOrNull } from "../../contract/unreadable.ts";
import { isClockAhead, isSuspectClock } from "../../contract/wall-clock.ts";
import type { Context, Links, SignedLink } from "../kernel/context.ts";
import { mapMaybePromise, requireReadable } from "../kernel/facts.ts";
import type { PunchSource } from "./refs.ts";

/**
 * Years in which no clock is right: a clock without a battery begins at 1970, 1980 or 2000, before there was a gateway, and at the edges of
 * the calendar no `DateTime` can express the instant in every zone.
 */
const isImpossible = (wall: string): boolean => wall < "2010" || wall.startsWith("9999-12-31");

/**
 * The gateway's verdict on the device's clock; without one, its rule. Where no receipt is known, a punch was received before
 * this request began, so that only a clock that is ahead can be recognized.
 */
export const clockSuspect = (punch: PunchSource, { loaders, startedAt }: Context): boolean => {
  const { ClockSuspect, ReceivedTime, deliveredAt, AttendanceLog, UtcOffset, DeviceSN } = punch;
  if (isImpossible(AttendanceLog)) return true;
  if (ClockSuspect !== null) return ClockSuspect;
  const offset = UtcOffset ?? loaders.knownOffset(DeviceSN, AttendanceLog);
  const receivedAt = readableOrNull(ReceivedTime) ?? deliveredAt;
  return receivedAt === undefined
    ? isClockAhead(AttendanceLog, offset, Date.parse(startedAt))
    : isSuspectClock(AttendanceLog, offset, Date.parse(receivedAt));
};

/**
 * The instant at which the gateway received a punch; null if it does not report it. A callback does not say it, so that of a
 * delivered punch is read: the same punch has the same value in an event and in a list.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if the gateway reports one that cannot be read.
 */
export const receivedAt = (
  { ReceivedTime, deliveredAt, DeviceSN, EmployeeCode, AttendanceLog }: PunchSource,
  { loaders }: Context,
): string | null | Promise<string | null> => {
  const isKnown = ReceivedTime !== null || deliveredAt === undefined;
  const read = () =>
    loaders.delivered.load({ DeviceSN, EmployeeCode, AttendanceLog }).then((row) => row?.ReceivedTime ?? null);
  return mapMaybePromise(isKnown ? ReceivedTime : read(), (receipt) => requireReadable(receipt, "receivedAt"));
};

/**
 * The punch with photo, temperature and mask. A body that does not say whether there is a photo says nothing of the other two, unless
 * they have a value: then the gateway's row is read, and a list and an event have the same values.
 */
const whole = (punch: PunchSource, { loaders }: Context): PunchRecord | Promise<PunchRecord> => {
  const { deliveredAt, HasPhoto, DeviceSN, EmployeeCode, AttendanceLog } = punch;
  if (deliveredAt === undefined || HasPhoto !== null) return punch;
  return loaders.delivered.load({ DeviceSN, EmployeeCode, AttendanceLog }).then((row) => row ?? punch);
};

/** What the device measured of a face; null if it did not, or if the person used something else. */
export const faceFact = <Name extends "Temperature" | "FaceMask">(
  punch: PunchSource,
  name: Name,
  context: Context,
): PunchRecord[Name] | Promise<PunchRecord[Name]> => {
  if (punch.Type !== "face") return null;
  return punch[name] ?? mapMaybePromise(whole(punch, context), (row) => row[name]);
};

/** Signs a link to the photo of a punch; null if the device took none, or if no request to the gateway can name the punch. */
export const photoOf = (punch: PunchSource, context: Context): SignedLink | null | Promise<SignedLink | null> =>
  mapMaybePromise(whole(punch, context), (row) => photoLink(row, context.links));

const photoLink = (
  { HasPhoto, PunchID, DeviceSN, EmployeeCode, AttendanceLog }: PunchRecord,
  links: Links,
): SignedLink | null => {
  if (HasPhoto !== true) return null;
  if (PunchID !== null && isOpaqueID(PunchID)) return links.photo({ PunchID });
  if (!isDeviceSN(DeviceSN) || !isEmployeeCode(EmployeeCode)) return null;
  return links.photo({ DeviceSN, EmployeeCode, AttendanceLog });
};
