import type { Device } from "../contract/devices.ts";
import { offsetIn } from "../contract/wall-clock.ts";

/** Facts about devices that hardly ever change, collected from every record that is read and kept across requests. */
export interface DeviceCache {
  /** Stores the time zone, the offset, the label and the number of doors; a record without one of the first two keeps the known one. */
  readonly put: (device: Pick<Device, "DeviceSN" | "TimeZone" | "UtcOffset" | "DeviceLabel" | "DoorCount">) => void;
  /** Records that the device is found to drive no door. */
  readonly putDoorless: (DeviceSN: string) => void;
  /** The label in a record of the last ten minutes; empty if it has none, undefined if no record was read. */
  readonly labelOf: (DeviceSN: string) => string | undefined;
  /** Stores the time zone and the offset alone. */
  readonly putZone: (device: Pick<Device, "DeviceSN" | "TimeZone" | "UtcOffset">) => void;
  /**
   * The UTC offset of the device's clock at a wall-clock time in its zone, which holds for a day; without one the offset that was reported
   * in the last hour; null if there is neither.
   */
  readonly offsetAt: (DeviceSN: string, wall: string) => string | null;
  /** The same in its zone alone: what may be stored, because it also holds after a change of the clocks. */
  readonly zoneOffsetAt: (DeviceSN: string, wall: string) => string | null;
  /** Whether zone and offset were read in the last hour. */
  readonly isZoneCurrent: (DeviceSN: string) => boolean;
  /** Records that an event of the device has arrived, which proves that there is such a device. */
  readonly see: (DeviceSN: string) => void;
  /** Whether a record of the device was read, or an event of it has arrived. */
  readonly has: (DeviceSN: string) => boolean;
  /** Whether the device is known to drive no door. */
  readonly isDoorless: (DeviceSN: string) => boolean;
  /** Stores a reported connection status. A read reports what was true when it began, `at`; a newer report is kept. @default now */
  readonly setStatus: (DeviceSN: string, status: Device["Status"], at?: number) => void;
  /** Whether the last status, reported less than a minute ago, is offline. */
  readonly isOffline: (DeviceSN: string) => boolean;
}

interface Dated {
  readonly text: string;
  readonly at: number;
}

interface Zone {
  readonly zone: Dated | null;
  readonly offset: Dated | null;
  readonly readAt: number;
}

interface Entry {
  /** Undefined if no record was read. */
  readonly label: string | undefined;
  readonly doorless: boolean;
  readonly storedAt: number;
}

const MAX_DEVICES = 100_000;
/** How long a device counts as doorless, and as one of its label: a door may be wired to it one day, and it may be renamed. */
const RECENT_MS = 600_000;
/** How long a zone and an offset hold: a device may be moved, and the clocks change. */
const MAX_AGE_MS = { zone: 86_400_000, offset: 3_600_000 } as const;
const FRESH_MS = 60_000;

/**
 * Creates an empty cache of at most 100,000 devices.
 * @param now The current time in milliseconds. @default Date.now
 */
export const createDeviceCache = (now: () => number = Date.now): DeviceCache => {
  const zones = new Map<string, Zone>();
  const entries = new Map<string, Entry>();
  const seen = new Set<string>();
  const statuses = new Map<string, { readonly status: Device["Status"]; readonly at: number }>();
  const store = (DeviceSN: string, facts: Omit<Entry, "storedAt">) => {
    if (entries.size < MAX_DEVICES || entries.has(DeviceSN)) entries.set(DeviceSN, { ...facts, storedAt: now() });
  };
  const putZone: DeviceCache["putZone"] = ({ DeviceSN, TimeZone, UtcOffset }) => {
    const known = zones.get(DeviceSN);
    if (zones.size >= MAX_DEVICES && known === undefined) return;
    const readAt = now();
    const dated = (text: string | null, before: Dated | null | undefined) =>
      text === null ? (before ?? null) : { text, at: readAt };
    zones.set(DeviceSN, { zone: dated(TimeZone, known?.zone), offset: dated(UtcOffset, known?.offset), readAt });
  };
  const textWithin = (dated: Dated | null | undefined, maxAge: number): string | null =>
    dated != null && now() - dated.at < maxAge ? dated.text : null;
  const zoneOffsetAt = (DeviceSN: string, wall: string): string | null => {
    const zone = textWithin(zones.get(DeviceSN)?.zone, MAX_AGE_MS.zone);
    return zone === null ? null : offsetIn(zone, wall);
  };
  const recent = (DeviceSN: string): Entry | undefined => {
    const entry = entries.get(DeviceSN);
    return entry !== undefined && now() - entry.storedAt < RECENT_MS ? entry : undefined;
  };
  return {
    putZone,
    offsetAt: (DeviceSN, wall) =>
      zoneOffsetAt(DeviceSN, wall) ?? textWithin(zones.get(DeviceSN)?.offset, MAX_AGE_MS.offset),
    zoneOffsetAt,
    isZoneCurrent: (DeviceSN) => now() - (zones.get(DeviceSN)?.readAt ?? Number.NEGATIVE_INFINITY) < MAX_AGE_MS.offset,
    setStatus(DeviceSN, status, at = now()) {
      const last = statuses.get(DeviceSN);
      if (last === undefined ? statuses.size < MAX_DEVICES : last.at <= at) statuses.set(DeviceSN, { status, at });
    },
    isOffline(DeviceSN) {
      const last = statuses.get(DeviceSN);
      return last?.status === "Offline" && now() - last.at < FRESH_MS;
    },
    put(device) {
      putZone(device);
      store(device.DeviceSN, { label: device.DeviceLabel ?? "", doorless: device.DoorCount === 0 });
    },
    putDoorless(DeviceSN) {
      store(DeviceSN, { label: recent(DeviceSN)?.label, doorless: true });
    },
    labelOf: (DeviceSN) => recent(DeviceSN)?.label,
    see(DeviceSN) {
      if (seen.size < MAX_DEVICES) seen.add(DeviceSN);
    },
    has: (DeviceSN) => entries.has(DeviceSN) || seen.has(DeviceSN),
    isDoorless: (DeviceSN) => recent(DeviceSN)?.doorless === true,
  };
};
