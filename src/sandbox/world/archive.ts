import { mix } from "../random.ts";
import type { SimArchive, SimPunch, World } from "../state.ts";
import { DAY, formatWall, MINUTE, offsetMinutesAt, parseWall, SECOND, utcOffsetAt, wallToInstant } from "../time.ts";

const ID_PREFIX = "pun_A";

/** Reads the punches of an archive. */
export interface ArchiveReader {
  readonly size: number;
  /** Returns a punch by its position; it is generated on each call. */
  readonly at: (index: number) => SimPunch;
  readonly find: (PunchID: string) => SimPunch | undefined;
}

const DIRECTIONS = ["CheckIn", "CheckOut", "BreakOut", "BreakIn"] as const;
const MODALITIES = ["fingerprint", "card", "password"] as const;

/**
 * Reads the archive. Punch number n lies in the n-th of equal slices of time, so that any number of punches needs no memory
 * and can be searched.
 */
export const createArchiveReader = (
  { seed, count, first, end, devices, employees }: SimArchive,
  zoneOf: (DeviceSN: string) => string,
): ArchiveReader => {
  const start = parseWall(first);
  const slice = (parseWall(end) - start) / SECOND / count;

  const at = (index: number): SimPunch => {
    const noise = mix(seed ^ index);
    const seconds = Math.floor(index * slice) + (noise % Math.max(1, Math.floor(slice)));
    const wall = formatWall(start + seconds * SECOND);
    const DeviceSN = devices[noise % devices.length] ?? "";
    const zone = zoneOf(DeviceSN);
    const instant = wallToInstant(wall, zone);
    return {
      PunchID: `${ID_PREFIX}${index}`,
      DeviceSN,
      EmployeeCode: employees[mix(noise) % employees.length] ?? "",
      AttendanceLog: wall,
      UtcOffset: utcOffsetAt(instant, zone),
      Type: MODALITIES[(noise >>> 8) % MODALITIES.length] ?? "card",
      Direction: DIRECTIONS[(noise >>> 16) % DIRECTIONS.length] ?? "None",
      Temperature: null,
      FaceMask: null,
      HasPhoto: false,
      received: instant + SECOND,
      ClockSuspect: false,
    };
  };

  return {
    size: count,
    at,
    find(PunchID) {
      const digits = PunchID.startsWith(ID_PREFIX) ? PunchID.slice(ID_PREFIX.length) : "";
      const index = /^\d+$/.test(digits) ? Number(digits) : -1;
      return index >= 0 && index < count ? at(index) : undefined;
    },
  };
};

const OLDEST_DAYS = 364;
const NEWEST_DAYS = 40;
const MAX_PUNCHES = Math.floor(((OLDEST_DAYS - NEWEST_DAYS) * DAY) / SECOND);

/**
 * Returns an archive with as many older punches as are missing to reach `total`, at most one per second; undefined if
 * none are missing.
 */
export const createArchive = (total: number, world: World, seed: number, now: number): SimArchive | undefined => {
  const count = Math.min(MAX_PUNCHES, total - world.punches.length);
  if (count <= 0) return undefined;
  const usable = [...world.devices.values()].filter(
    ({ TimeZone, capabilities, denied, license }) =>
      capabilities["Fingerprint"] === true && denied.size === 0 && license.Valid && hasFixedOffset(TimeZone, now),
  );
  const codes = new Set(usable.flatMap(({ users }) => [...users.keys()]));
  return {
    seed,
    count,
    first: `${formatWall(now - OLDEST_DAYS * DAY).slice(0, 10)} 00:00:00`,
    end: `${formatWall(now - NEWEST_DAYS * DAY).slice(0, 10)} 00:00:00`,
    devices: usable.map(({ DeviceSN }) => DeviceSN),
    employees: [...codes],
  };
};

/** Whether every second of the zone's wall clock exists. */
const hasFixedOffset = (zone: string, now: number): boolean => {
  const offsets = [0, 90, 180, 270].map((days) => offsetMinutesAt(now - days * DAY, zone) * MINUTE);
  return new Set(offsets).size === 1;
};
