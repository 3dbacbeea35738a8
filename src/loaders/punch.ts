import DataLoader from "dataloader";
import type { Punch } from "../contract/attendance.ts";
import { isEmployeeCode, isLocalDateTime, nameKey } from "../contract/scalars.ts";
import {
  everyPage,
  type GatewayCall,
  type GatewayCalls,
  MAX_PAGE_SIZE,
  nullIfNotFound,
  orElse,
  pageFrom,
  readAllowed,
  settleAll,
} from "./call.ts";
import type { LoaderSource } from "./loader-source.ts";
import { encodePunchKey as encode, type PunchKey } from "./punch-key.ts";
import { readEveryone } from "./punches.ts";

const dayOf = ({ AttendanceLog }: PunchKey): string => AttendanceLog.slice(0, 10);

/** The period from the first to the last of these punches, of which there is at least one. */
const rangeOf = (keys: readonly PunchKey[]) => {
  const times = keys.map((key) => key.AttendanceLog);
  return {
    FromDate: times.reduce((one, other) => (one < other ? one : other)),
    ToDate: times.reduce((one, other) => (one > other ? one : other)),
  };
};

/** Reads that one read of everyone's punches replaces: one for each person, or one for each second of people who cannot be asked for. */
const readsOf = (keys: readonly PunchKey[]): number =>
  new Set(keys.map(({ EmployeeCode, AttendanceLog }) => (isEmployeeCode(EmployeeCode) ? EmployeeCode : AttendanceLog)))
    .size;

/** A punch of a person, or at a device, that the gateway cannot be asked for is found all the same: by its time. */
const isAllowed = ({ AttendanceLog }: PunchKey): boolean => isLocalDateTime(AttendanceLog);

/**
 * Punches by their natural key; null if the gateway does not have the punch. One GetAttendanceByEmployee per person and day.
 * Several people of a day: everyone's punches, if these are fewer pages than people. If a person's punches cannot be read, or if
 * the gateway accepts no such code, everyone's punches of that second: a plan may leave out the list of a device.
 */
export const createPunchLoader = ({ call, probe }: GatewayCalls) =>
  new DataLoader<PunchKey, Punch | null, string>(
    readAllowed(isAllowed, null, async (keys) => {
      const found = new Map<string, Promise<Punch | null>>();
      for (const ofDay of Map.groupBy(keys, dayOf).values()) {
        const people = Map.groupBy(ofDay, ({ EmployeeCode }) => EmployeeCode);
        const everyones = readEveryone(probe, rangeOf(ofDay), readsOf(ofDay));
        for (const [EmployeeCode, ofPerson] of people) {
          const own = everyones.then((all) =>
            all === undefined ? readPerson(call, EmployeeCode, ofPerson) : byKey(all.get(nameKey(EmployeeCode)) ?? []),
          );
          for (const key of ofPerson) {
            const punch = own.then((punches) => punches.get(encode(key)) ?? null);
            found.set(
              encode(key),
              orElse(punch, async () => (await readSeconds(probe, [key])).get(encode(key))),
            );
          }
        }
      }
      return settleAll(keys.map(async (key) => found.get(encode(key)) ?? null));
    }),
    { cacheKeyFn: encode },
  );

/**
 * The gateway's row of the punch of an event; null if it does not have the punch. One punch: a page of all punches from its time on,
 * which answers the events that follow, too. Several: as punches are read.
 */
export const createDeliveredLoader = (
  { probe, reads: { receipts }, scope }: GatewayCalls & Pick<LoaderSource, "reads" | "scope">,
  punch: DataLoader<PunchKey, Punch | null, string>,
) => {
  const single = async (key: PunchKey): Promise<Punch | null> => {
    const row = await receipts.find(scope, key, probe);
    return row === undefined ? punch.load(key) : row;
  };
  return new DataLoader<PunchKey, Punch | null, string>(
    readAllowed(isAllowed, null, async (keys) =>
      settleAll(keys.map((key) => (keys.length === 1 ? single(key) : punch.load(key)))),
    ),
    { cacheKeyFn: encode },
  );
};

/** Reads everyone's punches of the seconds of these. */
const readSeconds = async (read: GatewayCall, keys: readonly PunchKey[]): Promise<ReadonlyMap<string, Punch>> => {
  const seconds = [...new Set(keys.map((key) => key.AttendanceLog))];
  const answers = await Promise.all(
    seconds.map((time) => read("GetAttendanceByDate", { FromDate: time, ToDate: time, Limit: MAX_PAGE_SIZE })),
  );
  return byKey(answers.flatMap(({ AttendanceLogs }) => AttendanceLogs));
};

const byKey = (punches: readonly Punch[]): ReadonlyMap<string, Punch> =>
  new Map(punches.map((punch) => [encode(punch), punch]));

const readPerson = async (
  call: GatewayCall,
  EmployeeCode: string,
  keys: readonly PunchKey[],
): Promise<ReadonlyMap<string, Punch>> => {
  if (!isEmployeeCode(EmployeeCode)) return readSeconds(call, keys);
  const range = rangeOf(keys);
  const found = new Map<string, Punch>();
  const read = async () => {
    const pages = everyPage(
      "GetAttendanceByEmployee",
      (OffSet) =>
        call("GetAttendanceByEmployee", { EmployeeCode, ...range, Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
      ({ AttendanceLogs }) => AttendanceLogs,
    );
    for await (const page of pages) {
      for (const punch of page.AttendanceLogs) found.set(encode(punch), punch);
      if (keys.every((key) => found.has(encode(key)))) break;
    }
  };
  await nullIfNotFound(read());
  return found;
};
