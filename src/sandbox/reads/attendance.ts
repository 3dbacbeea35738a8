import { boundsOf } from "../../contract/rules.ts";
import { type Answer, done, type Gateway, type Handlers, Refusal } from "../handler.ts";
import { renderPunch } from "../render.ts";
import type { SimPunch } from "../state.ts";
import { toDate, toGmt } from "../time.ts";
import { createPhoto, decodedSize } from "../world/photo.ts";
import { isEmployeeVisible } from "./visibility.ts";
import { callerDevice, type Log, type LogOf } from "./log.ts";
import { cutPage, fingerprintOf, type PagedCall, resumeKey } from "./paging.ts";
import { requirePermission } from "./permissions.ts";
import type { RowSelection, TimelineKey } from "./timeline.ts";

type Paged = "GetAttendanceByDate" | "GetAttendanceByEmployee" | "GetAttendanceByDevice" | "GetTodayAttendance";

const punchPage = <Name extends Paged>(
  call: PagedCall<Name>,
  log: Log,
  gateway: Gateway,
  selection: RowSelection<SimPunch>,
  members: Readonly<Record<string, unknown>> = {},
): Answer => {
  const after = resumeKey(call, 4) as TimelineKey | undefined;
  const { page, OffSet } = cutPage(call, log.punches.walk(selection, call.input.Sort, after), log.punches.keyOf);
  return done({
    ReturnRowCount: page.length,
    ActualRowCount: log.cachedCount(`${fingerprintOf(call)} ${selection.first} ${selection.last}`, () =>
      log.punches.count(selection),
    ),
    OffSet,
    ...members,
    AttendanceLogs: page.map((punch) => renderPunch(punch, gateway.world)),
  });
};

type PunchPredicate = (punch: SimPunch) => boolean;

/** Combines the predicates that are present; undefined if none is, which is faster. */
export const allOf = (...tests: readonly (PunchPredicate | false | undefined)[]): PunchPredicate | undefined => {
  const present = tests.filter((test) => test !== false && test !== undefined);
  return present.length === 0 ? undefined : (punch) => present.every((test) => test(punch));
};

/** Matches the punches of a device; undefined to match all. */
export const fromDevice = (DeviceSN: string | undefined): PunchPredicate | undefined =>
  DeviceSN === undefined ? undefined : (punch) => punch.DeviceSN === DeviceSN;

const photoNotAvailable = (): Refusal =>
  new Refusal("photoNotAvailable", "The punch is unknown or has no photo.", { field: "PunchID" });

/** Creates the handlers that read punches. */
export const createAttendanceReads = (logOf: LogOf): Handlers<Paged | "GetAttendancePhoto"> => ({
  GetAttendanceByDate(call, gateway) {
    const { Type, Direction } = call.input;
    const where = allOf(
      fromDevice(callerDevice(call.caller)),
      Type !== undefined && ((punch) => punch.Type === Type),
      Direction !== undefined && ((punch) => punch.Direction === Direction),
    );
    return punchPage(call, logOf(gateway), gateway, { ...boundsOf(call.input), where });
  },

  GetAttendanceByEmployee(call, gateway) {
    const { EmployeeCode } = call.input;
    const log = logOf(gateway);
    if (!isEmployeeVisible(call.caller, EmployeeCode, gateway.world, log)) {
      throw new Refusal("userNotFound", "No such employee.", { field: "EmployeeCode" });
    }
    const where = allOf(fromDevice(callerDevice(call.caller)), (punch) => punch.EmployeeCode === EmployeeCode);
    return punchPage(call, log, gateway, { ...boundsOf(call.input), where }, { EmployeeCode });
  },

  GetAttendanceByDevice(call, gateway) {
    const { DeviceSN } = call.input;
    requirePermission(gateway.world.devices.get(DeviceSN), "loadLogNotAllowed");
    const where = fromDevice(DeviceSN);
    return punchPage(call, logOf(gateway), gateway, { ...boundsOf(call.input), where }, { DeviceSN });
  },

  GetTodayAttendance(call, gateway) {
    const { DeviceSN = callerDevice(call.caller), EmployeeCode } = call.input;
    const now = gateway.clock.now();
    const devices = [...gateway.world.devices.values()].filter(
      (device) => DeviceSN === undefined || device.DeviceSN === DeviceSN,
    );
    const today = new Map(devices.map((device) => [device.DeviceSN, toDate(now, device.TimeZone)]));
    const dates = [...today.values()].toSorted();
    const where = allOf(
      (punch) => punch.AttendanceLog.slice(0, 10) === today.get(punch.DeviceSN),
      EmployeeCode !== undefined && ((punch) => punch.EmployeeCode === EmployeeCode),
    );
    const latest = dates.at(-1) ?? toDate(now, "UTC");
    const selection = { first: `${dates[0] ?? latest} 00:00:00`, last: `${latest} 23:59:59`, where };
    return punchPage(call, logOf(gateway), gateway, selection, { Date: latest, AsOf: toGmt(now) });
  },

  GetAttendancePhoto({ input, caller }, gateway) {
    const log = logOf(gateway);
    const punch =
      input.PunchID === undefined
        ? punchByNaturalKey(log, input as Readonly<Record<"DeviceSN" | "EmployeeCode" | "AttendanceLog", string>>)
        : log.punchById(input.PunchID);
    const scope = callerDevice(caller);
    const isVisible = scope === undefined || punch?.DeviceSN === scope;
    if (punch === undefined || !punch.HasPhoto || !isVisible) throw photoNotAvailable();
    const { FirstName, LastName } = gateway.world.users.get(punch.EmployeeCode) ?? { FirstName: "", LastName: "" };
    const Data = createPhoto(punch.PunchID, punch.EmployeeCode, `${FirstName} ${LastName}`);
    return done({
      PunchID: punch.PunchID,
      Photo: { Type: "Base64", ContentType: "image/jpeg", Size: decodedSize(Data), Data },
    });
  },
});

const punchByNaturalKey = (
  log: Log,
  { DeviceSN, EmployeeCode, AttendanceLog }: Readonly<Record<"DeviceSN" | "EmployeeCode" | "AttendanceLog", string>>,
): SimPunch | undefined => {
  const where: PunchPredicate = (punch) => punch.DeviceSN === DeviceSN && punch.EmployeeCode === EmployeeCode;
  const [punch] = log.punches.walk({ first: AttendanceLog, last: AttendanceLog, where }, "Asc");
  return punch;
};
