import DataLoader from "dataloader";
import type { Punch } from "../contract/attendance.ts";
import { everyPage, type GatewayCall, MAX_PAGE_SIZE, nullIfNotFound, pageFrom, settleAll } from "./call.ts";

/** The natural key of a punch, equal in reads and callbacks. */
export interface PunchKey {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** The time on the device's wall clock, `YYYY-MM-DD HH:mm:ss`. */
  readonly AttendanceLog: string;
}

const encode = ({ DeviceSN, EmployeeCode, AttendanceLog }: PunchKey): string =>
  `${DeviceSN} ${EmployeeCode} ${AttendanceLog}`;

const personAndDay = ({ EmployeeCode, AttendanceLog }: PunchKey): string =>
  `${EmployeeCode} ${AttendanceLog.slice(0, 10)}`;

/** Punches by their natural key; null if the gateway does not have the punch. One GetAttendanceByEmployee per person and day. */
export const createPunchLoader = (call: GatewayCall) =>
  new DataLoader<PunchKey, Punch | null, string>(
    async (keys) => {
      const groups = Map.groupBy(keys, personAndDay);
      const reads = new Map([...groups].map(([name, group]) => [name, readGroup(call, group)]));
      return settleAll(
        keys.map(async (key) => {
          const found = await reads.get(personAndDay(key));
          return found?.get(encode(key)) ?? null;
        }),
      );
    },
    { cacheKeyFn: encode },
  );

const readGroup = async (call: GatewayCall, keys: readonly PunchKey[]): Promise<ReadonlyMap<string, Punch>> => {
  const times = keys.map((key) => key.AttendanceLog).toSorted();
  const range = { FromDate: times[0] ?? "", ToDate: times.at(-1) ?? "" };
  const EmployeeCode = keys[0]?.EmployeeCode ?? "";
  const found = new Map<string, Punch>();
  const read = async () => {
    for await (const page of everyPage((OffSet) =>
      call("GetAttendanceByEmployee", { EmployeeCode, ...range, Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
    )) {
      for (const punch of page.AttendanceLogs) found.set(encode(punch), punch);
      if (keys.every((key) => found.has(encode(key)))) break;
    }
  };
  await nullIfNotFound(read());
  return found;
};
