import type { Punch } from "../../../contract/attendance.ts";
import { EVENTS } from "../../../contract/events.ts";
import type { NewEvent } from "../../event.ts";
import type { DeliveryContext } from "./delivery.ts";
import { rolesOf } from "./direction.ts";
import { employeeCode, type MemberLookup, type Members, shortText } from "./members.ts";
import { eventOf, naturalKey } from "./record.ts";
import { instantOf, readWallClock } from "./time.ts";

const AHEAD_MS = 2 * 3_600_000;
const BEHIND_MS = 90 * 86_400_000;
const MAX_ID = 128;

const { record, naturalKey: keyMembers } = EVENTS["attendance.new"];

/** The key of a punch, the same for every delivery and every read, of any generation. */
export const punchKey = (punch: Punch): string => naturalKey(record, keyMembers, punch);

/** When a punch was made, in milliseconds since 1970 UTC; null if only the device's zone would determine it. */
export const punchTime = ({ AttendanceLog, UtcOffset }: Punch): number | null =>
  instantOf({ wall: AttendanceLog, offset: UtcOffset });

/** Makes an event from a punch that was read from the gateway after a gap. */
export const recoveredPunch = (punch: Punch, receivedAt: string): NewEvent =>
  eventOf("attendance.new", punch, { EventID: null, sentAt: null, receivedAt, recovered: true });

/**
 * Maps a punch of any generation to the members of the record.
 *
 * @throws {DecodeError}
 */
export const punchMembersOf = (member: MemberLookup, { sentAt, receivedAt }: DeliveryContext): Members => {
  const clock = readWallClock(member("AttendanceLog", "LogTime"), member("UtcOffset"));
  return {
    PunchID: shortText(member("PunchID"), MAX_ID),
    EmployeeCode: employeeCode(member("EmployeeCode", "UserID")),
    AttendanceLog: clock.wall,
    UtcOffset: clock.offset,
    ...rolesOf(member),
    Temperature: finiteOrNull(member("Temperature")),
    FaceMask: member("FaceMask"),
    HasPhoto: member("HasPhoto"),
    ClockSuspect: member("ClockSuspect") ?? isSuspect(instantOf(clock), Date.parse(sentAt ?? receivedAt)),
  };
};

/** The gateway's rule: a clock is suspect if it is more than 2 h ahead of the receipt, or more than 90 days behind it. */
const isSuspect = (at: number | null, received: number): boolean | null =>
  at === null ? null : at - received > AHEAD_MS || received - at > BEHIND_MS;

const finiteOrNull = (value: unknown): unknown => (Number.isFinite(Number(value)) ? value : null);
