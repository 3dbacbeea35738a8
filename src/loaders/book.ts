import type { Device } from "../contract/devices.ts";

/** What hardly ever changes about devices, learned from every record that is read and kept across requests. */
export interface DeviceBook {
  readonly learn: (device: Pick<Device, "DeviceSN" | "TimeZone" | "DoorCount">) => void;
  /** The zone of its clock; undefined while unknown. */
  readonly zone: (DeviceSN: string) => string | undefined;
  /** Whether it is known to drive no door. */
  readonly isDoorless: (DeviceSN: string) => boolean;
}

interface Page {
  readonly zone: string | null;
  readonly doorless: boolean;
  readonly learnedAt: number;
}

const MOST = 100_000;
/** A door may be wired to a device one day. */
const DOORLESS_MS = 600_000;

export const createDeviceBook = (now: () => number = Date.now): DeviceBook => {
  const pages = new Map<string, Page>();
  return {
    learn({ DeviceSN, TimeZone, DoorCount }) {
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
