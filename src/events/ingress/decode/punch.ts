import type { Punch } from "../../../contract/attendance.ts";
import { readClockAt, readInstant } from "../../../contract/clock-text.ts";
import { DecodeError } from "../../../contract/codec.ts";
import { EVENTS } from "../../../contract/events.ts";
import { rolesOf } from "../../../contract/roles.ts";
import { readableOrNull } from "../../../contract/unreadable.ts";
import { wholeOf } from "../../../contract/view.ts";
import { isSuspectClock, millisecondsAt } from "../../../contract/wall-clock.ts";
import type { NewEvent } from "../../event.ts";
import type { DeliveryContext } from "./delivery.ts";
import type { MemberLookup, Members } from "../../../contract/lookup.ts";
import { employeeCode, MAX_ID, shortText } from "./members.ts";
import { eventOf, naturalKey } from "./record.ts";

const { record, naturalKey: keyMembers } = EVENTS["attendance.new"];

/** The key of a punch, the same for every delivery and every read, of any generation. */
export const punchKey = (punch: Punch): string => naturalKey(record, keyMembers, punch);

/** When a punch was made, in milliseconds since 1970 UTC; null if only the device's zone would determine it. */
export const punchTime = ({ AttendanceLog, UtcOffset }: Punch): number | null =>
  UtcOffset === null ? null : millisecondsAt(AttendanceLog, UtcOffset);

/** Makes an event from a punch that was read from the gateway after a gap. */
export const recoveredPunch = (punch: Punch, receivedAt: string): NewEvent =>
  eventOf(
    "attendance.new",
    { ...wholeOf(punch), ReceivedTime: readableOrNull(punch.ReceivedTime) },
    { EventID: null, sentAt: null, sent: null, receivedAt, recovered: true },
  );

/**
 * Maps a punch of any generation to the members of the record. Where the body has no offset, that of the device's zone is
 * fixed now, if it is known: later the device may be gone.
 *
 * @throws {DecodeError}
 */
export const punchMembersOf = (
  member: MemberLookup,
  { DeviceSN, sentAt, receivedAt, offsetAt }: DeliveryContext,
): Members => {
  const clock = readClockAt(member("AttendanceLog", "LogTime"), member("UtcOffset"));
  if (clock === null) throw new DecodeError("a date and time", "AttendanceLog");
  const { wall, offset } = clock;
  const UtcOffset = offset ?? (DeviceSN === null ? null : offsetAt(DeviceSN, wall));
  const ReceivedTime = readInstant(member("ReceivedTime"));
  return {
    PunchID: shortText(member("PunchID"), MAX_ID),
    EmployeeCode: employeeCode(member("EmployeeCode", "UserID")),
    AttendanceLog: wall,
    UtcOffset,
    ...rolesOf(member),
    Temperature: member("Temperature"),
    FaceMask: member("FaceMask"),
    HasPhoto: member("HasPhoto"),
    ReceivedTime,
    ClockSuspect:
      member("ClockSuspect") ?? verdictOn(wall, UtcOffset, Date.parse(ReceivedTime ?? sentAt ?? receivedAt)),
  };
};

/** Null if the clock could be right, depending on its zone, which is not known yet. */
const verdictOn = (wall: string, offset: string | null, receivedAt: number): boolean | null =>
  isSuspectClock(wall, offset, receivedAt) || (offset === null ? null : false);
