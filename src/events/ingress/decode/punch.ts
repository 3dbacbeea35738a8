import type { Punch } from "../../../contract/attendance.ts";
import { readClockAt, readInstant } from "../../../contract/clock-text.ts";
import { DecodeError } from "../../../contract/codec.ts";
import { EVENTS } from "../../../contract/events.ts";
import { OLDER_NAMES } from "../../../contract/older-names.ts";
import { rolesOf } from "../../../contract/roles.ts";
import { readableOrNull } from "../../../contract/unreadable.ts";
import { wholeOf } from "../../../contract/view.ts";
import { isSuspectClock, isSuspectInstant, millisecondsAt } from "../../../contract/wall-clock.ts";
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
  const clock = readClockAt(member("AttendanceLog", OLDER_NAMES.AttendanceLog), member("UtcOffset"));
  if (clock === null) throw new DecodeError("a date and time", "AttendanceLog");
  const { wall, offset } = clock;
  const UtcOffset = offset ?? (DeviceSN === null ? null : offsetAt(DeviceSN, wall));
  const ReceivedTime = readInstant(member("ReceivedTime"));
  return {
    PunchID: shortText(member("PunchID"), MAX_ID),
    EmployeeCode: employeeCode(member("EmployeeCode", OLDER_NAMES.EmployeeCode)),
    AttendanceLog: wall,
    UtcOffset,
    ...rolesOf(member),
    Temperature: member("Temperature"),
    FaceMask: member("FaceMask"),
    HasPhoto: member("HasPhoto"),
    ReceivedTime,
    ClockSuspect: member("ClockSuspect") ?? verdictOn(wall, UtcOffset, arrivalOf(ReceivedTime ?? sentAt, receivedAt)),
  };
};

const HOUR = "2026-06-21T03".length;

/**
 * When the gateway had a punch, in milliseconds since 1970 UTC: when it says so, unless what it says would itself be suspect. Some
 * terminals push by themselves, and their clock does not judge itself.
 */
const arrivalOf = (stated: string | null, receivedAt: string): number => {
  if (stated === null) return Date.parse(receivedAt);
  const instant = Date.parse(stated);
  // Both are in UTC, and nearly all are of one hour.
  if (receivedAt.startsWith(stated.slice(0, HOUR))) return instant;
  const received = Date.parse(receivedAt);
  return isSuspectInstant(instant, received) ? received : instant;
};

/** Null if the clock could be right, depending on its zone, which is not known yet. */
const verdictOn = (wall: string, offset: string | null, receivedAt: number): boolean | null =>
  isSuspectClock(wall, offset, receivedAt) || (offset === null ? null : false);
