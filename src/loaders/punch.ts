import DataLoader from "dataloader";
import type { Punch } from "../contract/attendance.ts";
import { type GatewayCall, nullIfNotFound, MAX_PAGE_SIZE, settleAll } from "./call.ts";
import { everyPage, pageFrom } from "./pages.ts";

/** What makes a punch one and the same in reads and callbacks. */
export interface PunchKey {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** The device's wall clock, `YYYY-MM-DD HH:mm:ss`. */
  readonly AttendanceLog: string;
}

const encode = ({ DeviceSN, EmployeeCode, AttendanceLog }: PunchKey): string =>
  `${DeviceSN} ${EmployeeCode} ${AttendanceLog}`;

/** Punches by their key; null for one the gateway does not have. One GetAttendanceByEmployee per person and day. */
export const createPunchLoader = (call: GatewayCall) =>
  new DataLoader<PunchKey, Punch | null, string>(
    async (keys) => {
      const groups = Map.groupBy(keys, (key) => `${key.EmployeeCode} ${key.AttendanceLog.slice(0, 10)}`);
      const reads = new Map([...groups].map(([group, members]) => [group, readGroup(call, members)]));
      return settleAll(
        keys.map(async (key) => {
          const found = await reads.get(`${key.EmployeeCode} ${key.AttendanceLog.slice(0, 10)}`);
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
      call("GetAttendanceByEmployee", {
        EmployeeCode,
        ...range,
        Limit: MAX_PAGE_SIZE,
        ...pageFrom(OffSet),
      }),
    )) {
      for (const punch of page.AttendanceLogs) found.set(encode(punch), punch);
      if (keys.every((key) => found.has(encode(key)))) break;
    }
  };
  await nullIfNotFound(read());
  return found;
};
