import { Punch } from "../../../contract/attendance.ts";
import { DecodeError } from "../../../contract/codec.ts";
import type { NewEvent } from "../../event.ts";
import { rolesOf } from "./direction.ts";
import type { DeliveryContext } from "./envelope.ts";
import { employeeCode, type MemberLookup, shortText } from "./members.ts";
import { instantOf, readWallClock, toInstant } from "./time.ts";

const AHEAD_MS = 2 * 3_600_000;
const BEHIND_MS = 90 * 86_400_000;
const LONGEST_ID = 128;

/** The same for every delivery and every read of one punch, of whichever generation. */
export const punchKey = ({ DeviceSN, EmployeeCode, AttendanceLog }: Punch): string =>
  `punch ${DeviceSN} ${EmployeeCode} ${AttendanceLog}`;

/** When it was made, in milliseconds since 1970 UTC; null where only the device's zone could tell. */
export const punchTime = ({ AttendanceLog, UtcOffset }: Punch): number | null =>
  instantOf({ wall: AttendanceLog, offset: UtcOffset });

/** A punch as an event to be logged. */
export const punchEvent = (punch: Punch, receivedAt: string, recovered: boolean): NewEvent => {
  const at = punchTime(punch);
  return {
    key: punchKey(punch),
    DeviceSN: punch.DeviceSN,
    occurredAt: at === null ? null : toInstant(at),
    receivedAt,
    recovered,
    body: { kind: "attendance.new", punch },
  };
};

export const isPunch = (member: MemberLookup): boolean => member("AttendanceLog", "LogTime") !== undefined;

/** Reads a punch of any generation. Throws Unreadable. */
export const readPunch = (
  member: MemberLookup,
  { DeviceSN, DeviceLabel, sentAt, receivedAt }: DeliveryContext,
): NewEvent => {
  if (DeviceSN === null) throw new DecodeError("a serial number", "DeviceSN");
  const clock = readWallClock(member("AttendanceLog", "LogTime"), member("UtcOffset"));
  const punch = Punch.read({
    PunchID: shortText(member("PunchID"), LONGEST_ID),
    DeviceSN,
    DeviceLabel,
    EmployeeCode: employeeCode(member("EmployeeCode", "UserID")),
    AttendanceLog: clock.wall,
    UtcOffset: clock.offset,
    ...rolesOf(member),
    Temperature: finite(member("Temperature")),
    FaceMask: member("FaceMask"),
    HasPhoto: member("HasPhoto"),
    ClockSuspect: member("ClockSuspect") ?? isSuspect(instantOf(clock), Date.parse(sentAt ?? receivedAt)),
  });
  return punchEvent(punch, receivedAt, false);
};

/** The gateway's rule: more than 2 h ahead of the receipt, or 90 days behind it. */
const isSuspect = (at: number | null, received: number): boolean | null =>
  at === null ? null : at - received > AHEAD_MS || received - at > BEHIND_MS;

const finite = (value: unknown): unknown => (Number.isFinite(Number(value)) ? value : null);
