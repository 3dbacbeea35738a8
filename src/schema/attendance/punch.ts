import type { Punch } from "../../contract/attendance.ts";
import type { Context, Links, SignedLink } from "../kernel/context.ts";
import { mapMaybePromise } from "../kernel/facts.ts";
import { instantAt } from "../kernel/instants.ts";

const AHEAD_MS = 2 * 3_600_000;
const BEHIND_MS = 90 * 86_400_000;

/** The gateway's verdict on the device's clock. Without one, its rule: more than 2 hours ahead of the receipt, or 90 days behind. */
export const clockSuspect = (punch: Punch, context: Context): boolean | Promise<boolean> => {
  const { ClockSuspect, ReceivedTime, AttendanceLog, UtcOffset, DeviceSN } = punch;
  if (ClockSuspect !== null) return ClockSuspect;
  if (ReceivedTime === null) return false;
  const received = Date.parse(ReceivedTime);
  return mapMaybePromise(instantAt(AttendanceLog, UtcOffset, DeviceSN, context), (at) => {
    const ahead = Date.parse(at) - received;
    return ahead > AHEAD_MS || -ahead > BEHIND_MS;
  });
};

/** Signs a link to the photo of a punch; null if the device took none. */
export const photoOf = (
  { HasPhoto, PunchID, DeviceSN, EmployeeCode, AttendanceLog }: Punch,
  links: Links,
): SignedLink | null => {
  if (HasPhoto !== true) return null;
  return links.sign("/links/photo", PunchID === null ? { DeviceSN, EmployeeCode, AttendanceLog } : { PunchID });
};
