import type { GatewayCaller, Gateway } from "../handler.ts";
import type { SimAccessEvent, SimPunch, World } from "../state.ts";
import { createArchiveReader } from "../world/archive.ts";
import { createTimeline, type TimelineKey, type Timeline } from "./timeline.ts";

/** Everything recorded, in the order of the cache, with the lookups that the reads need. */
export interface Log {
  readonly punches: Timeline<SimPunch>;
  readonly events: Timeline<SimAccessEvent>;
  readonly punchById: (PunchID: string) => SimPunch | undefined;
  /** Whether the employee ever serialsByEmployee, at this device or at any. */
  readonly hasPunched: (EmployeeCode: string, DeviceSN?: string) => boolean;
  /** The number of punches received from a device. */
  readonly countOf: (DeviceSN: string) => number;
  /** Returns the cached count for a key, or computes it. The cache is valid until a punch arrives. */
  readonly cachedCount: (key: string, compute: () => number) => number;
}

const punchKey = ({ AttendanceLog, DeviceSN, EmployeeCode, PunchID }: SimPunch): TimelineKey => [
  AttendanceLog,
  DeviceSN,
  EmployeeCode,
  PunchID,
];

const eventKey = ({ EventTime, DeviceSN, EmployeeCode, EventID }: SimAccessEvent): TimelineKey => [
  EventTime,
  DeviceSN,
  EmployeeCode ?? "",
  EventID,
];

const MAX_CACHED_COUNTS = 200;

const createLog = (world: World): Log => {
  const byId = new Map<string, SimPunch>();
  const serialsByEmployee = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  const zoneOf = (DeviceSN: string) => world.devices.get(DeviceSN)?.TimeZone ?? "UTC";
  const archive = world.archive && createArchiveReader(world.archive, zoneOf);
  const punches = createTimeline({
    source: world.punches,
    keyOf: punchKey,
    archive,
    onRow(punch) {
      byId.set(punch.PunchID, punch);
      const serials = serialsByEmployee.get(punch.EmployeeCode) ?? new Set();
      serialsByEmployee.set(punch.EmployeeCode, serials.add(punch.DeviceSN));
      counts.set(punch.DeviceSN, (counts.get(punch.DeviceSN) ?? 0) + 1);
    },
  });
  const cache = new Map<string, number>();

  return {
    punches,
    events: createTimeline({ source: world.accessEvents, keyOf: eventKey }),
    punchById(PunchID) {
      punches.version();
      return byId.get(PunchID) ?? archive?.find(PunchID);
    },
    hasPunched(EmployeeCode, DeviceSN) {
      punches.version();
      const serials = serialsByEmployee.get(EmployeeCode);
      return serials !== undefined && (DeviceSN === undefined || serials.has(DeviceSN));
    },
    countOf(DeviceSN) {
      punches.version();
      return counts.get(DeviceSN) ?? 0;
    },
    cachedCount(key, compute) {
      const versionedKey = `${key} ${punches.version()}`;
      const cached = cache.get(versionedKey);
      if (cached !== undefined) return cached;
      if (cache.size >= MAX_CACHED_COUNTS) cache.clear();
      const value = compute();
      cache.set(versionedKey, value);
      return value;
    },
  };
};

/** Creates the function that returns the log of a gateway's current world. */
export const createLogs = (): ((gateway: Gateway) => Log) => {
  const logs = new WeakMap<World, Log>();
  return ({ world }) => {
    const log = logs.get(world) ?? createLog(world);
    logs.set(world, log);
    return log;
  };
};

export type LogOf = ReturnType<typeof createLogs>;

/** The only device that the caller may see; undefined for all. */
export const callerDevice = (caller: GatewayCaller): string | undefined =>
  caller.scope === "device" ? caller.DeviceSN : undefined;
