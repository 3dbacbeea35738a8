import type { Caller, Gateway } from "../handler.ts";
import type { SimAccessEvent, SimPunch, World } from "../state.ts";
import { createArchiveReader } from "../world/archive.ts";
import { createTimeline, type Key, type Timeline } from "./timeline.ts";

/** Everything recorded, in the order of the answers, with what the reads look up in it. */
export interface Log {
  readonly punches: Timeline<SimPunch>;
  readonly events: Timeline<SimAccessEvent>;
  readonly punchById: (PunchID: string) => SimPunch | undefined;
  /** Whether the employee ever punched, at this device or anywhere. */
  readonly hasPunched: (EmployeeCode: string, DeviceSN?: string) => boolean;
  /** How many punches came from a device. */
  readonly countOf: (DeviceSN: string) => number;
  /** Remembers what a question was answered with, until something new arrives. */
  readonly remembered: (question: string, answer: () => number) => number;
}

const punchKey = ({ AttendanceLog, DeviceSN, EmployeeCode, PunchID }: SimPunch): Key => [
  AttendanceLog,
  DeviceSN,
  EmployeeCode,
  PunchID,
];

const eventKey = ({ EventTime, DeviceSN, EmployeeCode, EventID }: SimAccessEvent): Key => [
  EventTime,
  DeviceSN,
  EmployeeCode ?? "",
  EventID,
];

const MOST_REMEMBERED = 200;

const createLog = (world: World): Log => {
  const byId = new Map<string, SimPunch>();
  const punched = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  const zoneOf = (DeviceSN: string) => world.devices.get(DeviceSN)?.TimeZone ?? "UTC";
  const archive = world.archive && createArchiveReader(world.archive, zoneOf);
  const punches = createTimeline({
    source: world.punches,
    keyOf: punchKey,
    archive,
    onRow(punch) {
      byId.set(punch.PunchID, punch);
      const places = punched.get(punch.EmployeeCode) ?? new Set();
      punched.set(punch.EmployeeCode, places.add(punch.DeviceSN));
      counts.set(punch.DeviceSN, (counts.get(punch.DeviceSN) ?? 0) + 1);
    },
  });
  const answers = new Map<string, number>();

  return {
    punches,
    events: createTimeline({ source: world.accessEvents, keyOf: eventKey }),
    punchById(PunchID) {
      punches.version();
      return byId.get(PunchID) ?? archive?.find(PunchID);
    },
    hasPunched(EmployeeCode, DeviceSN) {
      punches.version();
      const places = punched.get(EmployeeCode);
      return places !== undefined && (DeviceSN === undefined || places.has(DeviceSN));
    },
    countOf(DeviceSN) {
      punches.version();
      return counts.get(DeviceSN) ?? 0;
    },
    remembered(question, answer) {
      const key = `${question} ${punches.version()}`;
      const known = answers.get(key);
      if (known !== undefined) return known;
      if (answers.size >= MOST_REMEMBERED) answers.clear();
      const value = answer();
      answers.set(key, value);
      return value;
    },
  };
};

/** The log of whichever world a gateway has. */
export const createLogs = (): ((gateway: Gateway) => Log) => {
  const logs = new WeakMap<World, Log>();
  return ({ world }) => {
    const log = logs.get(world) ?? createLog(world);
    logs.set(world, log);
    return log;
  };
};

export type LogOf = ReturnType<typeof createLogs>;

/** The only device that a caller may see; undefined: all. */
export const deviceOf = (caller: Caller): string | undefined =>
  caller.scope === "device" ? caller.DeviceSN : undefined;
