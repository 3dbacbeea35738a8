import type { Device } from "../contract/devices.ts";

/** What hardly ever changes about devices, learned from every record that is read and kept across requests. */
export interface DeviceCache {
  readonly put: (device: Pick<Device, "DeviceSN" | "TimeZone" | "DoorCount">) => void;
  /** The zone of its clock; undefined while unknown. */
  readonly zone: (DeviceSN: string) => string | undefined;
  /** Whether it is known to drive no door. */
  readonly isDoorless: (DeviceSN: string) => boolean;
  /** What an event or a read has just told of a device's connection. */
  readonly setStatus: (DeviceSN: string, status: Device["Status"]) => void;
  /** Whether it was offline when it was last heard of, less than a minute ago. */
  readonly isOffline: (DeviceSN: string) => boolean;
}

interface Page {
  readonly zone: string | null;
  readonly doorless: boolean;
  readonly learnedAt: number;
}

const MOST = 100_000;
/** A door may be wired to a device one day. */
const DOORLESS_MS = 600_000;
const FRESH_MS = 60_000;

export const createDeviceCache = (now: () => number = Date.now): DeviceCache => {
  const pages = new Map<string, Page>();
  const statuses = new Map<string, { readonly status: Device["Status"]; readonly at: number }>();
  return {
    setStatus(DeviceSN, status) {
      if (statuses.size < MOST || statuses.has(DeviceSN)) statuses.set(DeviceSN, { status, at: now() });
    },
    isOffline(DeviceSN) {
      const told = statuses.get(DeviceSN);
      return told?.status === "Offline" && now() - told.at < FRESH_MS;
    },
    put({ DeviceSN, TimeZone, DoorCount }) {
      if (pages.size >= MOST && !pages.has(DeviceSN)) return;
      const zone = TimeZone ?? pages.get(DeviceSN)?.zone ?? null;
      pages.set(DeviceSN, { zone, doorless: DoorCount === 0, learnedAt: now() });
    },
    zone: (DeviceSN) => pages.get(DeviceSN)?.zone ?? undefined,
    isDoorless(DeviceSN) {
      const page = pages.get(DeviceSN);
      return page !== undefined && page.doorless && now() - page.learnedAt < DOORLESS_MS;
    },
  };
};
