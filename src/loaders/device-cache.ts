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
  /** The UTC offset of the device's clock at a wall-clock time; without a time zone the last one reported, null if there is none. */
  readonly offsetAt: (DeviceSN: string, wall: string) => string | null;
  /** Records that an event of the device has arrived, which proves that there is such a device. */
  readonly see: (DeviceSN: string) => void;
  /** Whether a record of the device was read, or an event of it has arrived. */
  readonly has: (DeviceSN: string) => boolean;
  /** Whether the device is known to drive no door. */
  readonly isDoorless: (DeviceSN: string) => boolean;
  /**
   * Stores a reported connection status; one that is not known is no report. A read reports what was true when it began, `at` by
   * `performance.now()`; a newer report is kept. @default now
   */
  readonly setStatus: (DeviceSN: string, status: Device["Status"], at?: number) => void;
  /** Whether the last status, reported less than a minute ago, is offline. */
  readonly isOffline: (DeviceSN: string) => boolean;
}

interface Entry {
  readonly zone: string | null;
  readonly offset: string | null;
  /** Undefined if no record was read. */
  readonly label: string | undefined;
  readonly doorless: boolean;
  readonly storedAt: number;
}

const MAX_DEVICES = 100_000;
/** How long a device counts as doorless, and as one of its label: a door may be wired to it one day, and it may be renamed. */
const RECENT_MS = 600_000;
const FRESH_MS = 60_000;

const now = () => performance.now();

/** Creates an empty cache of at most 100,000 devices. */
export const createDeviceCache = (): DeviceCache => {
  const entries = new Map<string, Entry>();
  const seen = new Set<string>();
  const statuses = new Map<string, { readonly status: Device["Status"]; readonly at: number }>();
  const store = (DeviceSN: string, facts: Omit<Entry, "storedAt">) => {
    if (entries.size < MAX_DEVICES || entries.has(DeviceSN)) entries.set(DeviceSN, { ...facts, storedAt: now() });
  };
  const recent = (DeviceSN: string): Entry | undefined => {
    const entry = entries.get(DeviceSN);
    return entry !== undefined && now() - entry.storedAt < RECENT_MS ? entry : undefined;
  };
  return {
    offsetAt(DeviceSN, wall) {
      const { zone = null, offset = null } = entries.get(DeviceSN) ?? {};
      return zone === null ? offset : offsetIn(zone, wall);
    },
    setStatus(DeviceSN, status, at = now()) {
      if (status === "Unknown") return;
      const last = statuses.get(DeviceSN);
      if (last === undefined ? statuses.size < MAX_DEVICES : last.at <= at) statuses.set(DeviceSN, { status, at });
    },
    isOffline(DeviceSN) {
      const last = statuses.get(DeviceSN);
      return last?.status === "Offline" && now() - last.at < FRESH_MS;
    },
    put({ DeviceSN, TimeZone, UtcOffset, DeviceLabel, DoorCount }) {
      const known = entries.get(DeviceSN);
      const zone = TimeZone ?? known?.zone ?? null;
      const offset = UtcOffset ?? known?.offset ?? null;
      store(DeviceSN, { zone, offset, label: DeviceLabel ?? "", doorless: DoorCount === 0 });
    },
    putDoorless(DeviceSN) {
      const { zone = null, offset = null } = entries.get(DeviceSN) ?? {};
      store(DeviceSN, { zone, offset, label: recent(DeviceSN)?.label, doorless: true });
    },
    labelOf: (DeviceSN) => recent(DeviceSN)?.label,
    see(DeviceSN) {
      if (seen.size < MAX_DEVICES) seen.add(DeviceSN);
    },
    has: (DeviceSN) => entries.has(DeviceSN) || seen.has(DeviceSN),
    isDoorless: (DeviceSN) => recent(DeviceSN)?.doorless === true,
  };
};
