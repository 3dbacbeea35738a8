import DataLoader from "dataloader";
import type { Device, DeviceHealth, DeviceInfo } from "../contract/devices.ts";
import type { Migration } from "../contract/realtime.ts";
import { type Call, orNull, PAGE, settle } from "./call.ts";
import { everyPage, from } from "./pages.ts";
import type { DeviceBook } from "./device-cache.ts";

/** Devices in full, by serial number; null for one that is not in the account. One GetDeviceInfo each. */
export const createInfoLoader = (call: Call, book: DeviceBook) =>
  new DataLoader<string, DeviceInfo | null>((serials) =>
    settle(
      serials.map(async (DeviceSN) => {
        const device = (await orNull(call("GetDeviceInfo", { DeviceSN })))?.Device ?? null;
        if (device !== null) learn(book, device);
        return device;
      }),
    ),
  );

const learn = (book: DeviceBook, device: Device): void => {
  book.learn(device);
  book.tellStatus(device.DeviceSN, device.Status);
};

/** Inventory records by serial number. One device: GetDeviceInfo. Several: ListDevices pages, as long as they are fewer. */
export const createDeviceLoader = (call: Call, info: DataLoader<string, DeviceInfo | null>, book: DeviceBook) =>
  new DataLoader<string, Device | null>(async (serials) => {
    if (serials.length === 1) return settle(serials.map((serial) => info.load(serial)));
    const { found, complete } = await listDevices(call, serials);
    for (const device of found.values()) learn(book, device);
    return settle(serials.map(async (serial) => found.get(serial) ?? (complete ? null : info.load(serial))));
  });

/** Stops as soon as reading the missing ones singly takes fewer calls. `complete` tells whether the list came to its end. */
const listDevices = async (call: Call, serials: readonly string[]) => {
  const found = new Map<string, Device>();
  for await (const page of everyPage((OffSet) => call("ListDevices", { Limit: PAGE, ...from(OffSet) }))) {
    for (const device of page.Devices) found.set(device.DeviceSN, device);
    if ((page.OffSet ?? "") === "") return { found, complete: true };
    const missing = serials.filter((serial) => !found.has(serial)).length;
    const pagesLeft = Math.ceil(((page.ActualRowCount ?? Number.POSITIVE_INFINITY) - found.size) / PAGE);
    if (missing <= pagesLeft) break;
  }
  return { found, complete: false };
};

/** Health by serial number. One device: its own. Several: CheckDeviceHealth of all, in one call. */
export const createHealthLoader = (call: Call, book: DeviceBook) =>
  new DataLoader<string, DeviceHealth | null>(async (serials) => {
    const [first = ""] = serials;
    const answer = await orNull(call("CheckDeviceHealth", { DeviceSN: serials.length === 1 ? first : "ALL" }));
    for (const { DeviceSN, Status } of answer?.Health ?? []) book.tellStatus(DeviceSN, Status);
    const bySerial = new Map(answer?.Health.map((health) => [health.DeviceSN, health]));
    return serials.map((serial) => bySerial.get(serial) ?? null);
  });

/** Migrations from or to a device. Several devices: MigrationStatus of all, in one call. */
export const createMigrationLoader = (call: Call) =>
  new DataLoader<string, readonly Migration[] | null>(async (serials) => {
    const [first = ""] = serials;
    const answer = await orNull(call("MigrationStatus", { DeviceSN: serials.length === 1 ? first : "ALL" }));
    if (answer === null) return serials.map(() => null);
    return serials.map((serial) => answer.Migrations.filter((migration) => concerns(migration, serial)));
  });

const concerns = ({ SourceDeviceSN, TargetDeviceSN }: Migration, serial: string): boolean =>
  SourceDeviceSN === serial || (TargetDeviceSN?.includes(serial) ?? false);
