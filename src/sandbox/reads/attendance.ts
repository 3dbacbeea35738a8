import { boundsOf } from "../../contract/rules.ts";
import { type Answer, done, type Gateway, type Handlers, Refusal } from "../handler.ts";
import { renderPunch } from "../render.ts";
import type { SimPunch } from "../state.ts";
import { toDate, toGmt } from "../time.ts";
import { createPhoto, decodedSize } from "../world/photo.ts";
import { isKnownTo } from "./known.ts";
import { deviceOf, type Log, type LogOf } from "./log.ts";
import { cutPage, fingerprintOf, type PagedCall, resumeKey } from "./paging.ts";
import { permit } from "./permissions.ts";
import type { Choice, Key } from "./timeline.ts";

type Paged = "GetAttendanceByDate" | "GetAttendanceByEmployee" | "GetAttendanceByDevice" | "GetTodayAttendance";

const pageOf = <Name extends Paged>(
  call: PagedCall<Name>,
  log: Log,
  gateway: Gateway,
  choice: Choice<SimPunch>,
  more: Readonly<Record<string, unknown>> = {},
): Answer => {
  const after = resumeKey(call, 4) as Key | undefined;
  const { page, OffSet } = cutPage(call, log.punches.walk(choice, call.input.Sort, after), log.punches.keyOf);
  return done({
    ReturnRowCount: page.length,
    ActualRowCount: log.remembered(`${fingerprintOf(call)} ${choice.first} ${choice.last}`, () =>
      log.punches.count(choice),
    ),
    OffSet,
    ...more,
    AttendanceLogs: page.map((punch) => renderPunch(punch, gateway.world)),
  });
};

type Test = (punch: SimPunch) => boolean;

/** All of these tests that are wanted; undefined when none is, which is faster. */
export const every = (...tests: readonly (Test | false | undefined)[]): Test | undefined => {
  const wanted = tests.filter((test) => test !== false && test !== undefined);
  return wanted.length === 0 ? undefined : (punch) => wanted.every((test) => test(punch));
};

export const fromDevice = (DeviceSN: string | undefined): Test | undefined =>
  DeviceSN === undefined ? undefined : (punch) => punch.DeviceSN === DeviceSN;

const photoNotAvailable = (): Refusal =>
  new Refusal("photoNotAvailable", "The punch is unknown or has no photo.", { field: "PunchID" });

/** The reads of punches. */
export const createAttendanceReads = (logOf: LogOf): Handlers<Paged | "GetAttendancePhoto"> => ({
  GetAttendanceByDate(call, gateway) {
    const { Type, Direction } = call.input;
    const where = every(
      fromDevice(deviceOf(call.caller)),
      Type !== undefined && ((punch) => punch.Type === Type),
      Direction !== undefined && ((punch) => punch.Direction === Direction),
    );
    return pageOf(call, logOf(gateway), gateway, { ...boundsOf(call.input), where });
  },

  GetAttendanceByEmployee(call, gateway) {
    const { EmployeeCode } = call.input;
    const log = logOf(gateway);
    if (!isKnownTo(call.caller, EmployeeCode, gateway.world, log)) {
      throw new Refusal("userNotFound", "No such employee.", { field: "EmployeeCode" });
    }
    const where = every(fromDevice(deviceOf(call.caller)), (punch) => punch.EmployeeCode === EmployeeCode);
    return pageOf(call, log, gateway, { ...boundsOf(call.input), where }, { EmployeeCode });
  },

  GetAttendanceByDevice(call, gateway) {
    const { DeviceSN } = call.input;
    permit(gateway.world.devices.get(DeviceSN), "loadLogNotAllowed");
    const where = fromDevice(DeviceSN);
    return pageOf(call, logOf(gateway), gateway, { ...boundsOf(call.input), where }, { DeviceSN });
  },

  GetTodayAttendance(call, gateway) {
    const { DeviceSN = deviceOf(call.caller), EmployeeCode } = call.input;
    const now = gateway.clock.now();
    const shown = [...gateway.world.devices.values()].filter(
      (device) => DeviceSN === undefined || device.DeviceSN === DeviceSN,
    );
    const today = new Map(shown.map((device) => [device.DeviceSN, toDate(now, device.TimeZone)]));
    const dates = [...today.values()].toSorted();
    const where = every(
      (punch) => punch.AttendanceLog.slice(0, 10) === today.get(punch.DeviceSN),
      EmployeeCode !== undefined && ((punch) => punch.EmployeeCode === EmployeeCode),
    );
    const latest = dates.at(-1) ?? toDate(now, "UTC");
    const choice = { first: `${dates[0] ?? latest} 00:00:00`, last: `${latest} 23:59:59`, where };
    return pageOf(call, logOf(gateway), gateway, choice, { Date: latest, AsOf: toGmt(now) });
  },

  GetAttendancePhoto({ input, caller }, gateway) {
    const log = logOf(gateway);
    const punch =
      input.PunchID === undefined
        ? firstOf(log, input as Readonly<Record<"DeviceSN" | "EmployeeCode" | "AttendanceLog", string>>)
        : log.punchById(input.PunchID);
    const scope = deviceOf(caller);
    const isVisible = scope === undefined || punch?.DeviceSN === scope;
    if (punch === undefined || !punch.HasPhoto || !isVisible) throw photoNotAvailable();
    const Data = createPhoto(punch.PunchID);
    return done({
      PunchID: punch.PunchID,
      Photo: { Type: "Base64", ContentType: "image/jpeg", Size: decodedSize(Data), Data },
    });
  },
});

const firstOf = (
  log: Log,
  { DeviceSN, EmployeeCode, AttendanceLog }: Readonly<Record<"DeviceSN" | "EmployeeCode" | "AttendanceLog", string>>,
): SimPunch | undefined => {
  const where: Test = (punch) => punch.DeviceSN === DeviceSN && punch.EmployeeCode === EmployeeCode;
  const [punch] = log.punches.walk({ first: AttendanceLog, last: AttendanceLog, where }, "Asc");
  return punch;
};
