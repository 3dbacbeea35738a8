import type DataLoader from "dataloader";
import type { Device } from "../contract/devices.ts";

/** Time zones of devices, learned from every record that is read. A zone is set up once, so it is kept across requests. */
export interface ZoneBook {
  readonly learn: (device: Pick<Device, "DeviceSN" | "TimeZone">) => void;
  readonly get: (DeviceSN: string) => string | undefined;
}

const MOST = 100_000;

export const createZoneBook = (): ZoneBook => {
  const zones = new Map<string, string>();
  return {
    learn({ DeviceSN, TimeZone }) {
      if (TimeZone === null || (zones.size >= MOST && !zones.has(DeviceSN))) return;
      zones.set(DeviceSN, TimeZone);
    },
    get: (DeviceSN) => zones.get(DeviceSN),
  };
};

/** The zone of a device's clock; null where the gateway does not tell it. */
export const createZoneOf = (zones: ZoneBook, device: DataLoader<string, Device | null>) => (DeviceSN: string) =>
  zones.get(DeviceSN) ?? device.load(DeviceSN).then((record) => record?.TimeZone ?? null);
