import DataLoader from "dataloader";
import type { Device, DeviceHealth, DeviceInfo } from "../contract/devices.ts";
import type { Migration } from "../contract/realtime.ts";
import { isDeviceSN, isSameName, isSearch, nameKey } from "../contract/scalars.ts";
import { invalidResponse } from "../gateway/answer.ts";
import {
  everyPage,
  type GatewayCall,
  type GatewayCalls,
  MAX_PAGE_SIZE,
  nullIfNotFound,
  orElse,
  pageFrom,
  pagesLeft,
  readAllowed,
  settleAll,
} from "./call.ts";
import type { LoaderSource } from "./loader-source.ts";
import type { DeviceCache } from "./device-cache.ts";

/** Full device records by serial number; null if the device is not in the account, or cannot be asked for. One GetDeviceInfo per device. */
export const createInfoLoader = (call: GatewayCall, cache: DeviceCache) =>
  new DataLoader<string, DeviceInfo | null>(
    readAllowed(isDeviceSN, null, (serials) =>
      settleAll(
        serials.map(async (DeviceSN) => {
          const device = (await nullIfNotFound(call("GetDeviceInfo", { DeviceSN })))?.Device ?? null;
          // A gateway may find devices whatever the case; their events have its own spelling.
          if (device?.DeviceSN !== DeviceSN) return null;
          cache.put(device);
          return device;
        }),
      ),
    ),
  );

/** Beyond this number of devices, a list that cannot be read is not replaced by single reads. */
const MAX_SINGLE_READS = 20;

/**
 * Inventory records by serial number. One device: GetDeviceInfo. Several: ListDevices pages, as long as they are fewer. Where one of
 * the two cannot be read, the other is. A device whose serial number no request may have is found in the list alone.
 */
export const createDeviceLoader = (
  probe: GatewayCall,
  info: DataLoader<string, DeviceInfo | null>,
  cache: DeviceCache,
) =>
  new DataLoader<string, Device | null>(async (serials) => {
    const search = async (serial: string) => (await searchDevice(probe, serial)) ?? null;
    const single = (serial: string) => (isDeviceSN(serial) ? info.load(serial) : search(serial));
    if (serials.length === 1) {
      return settleAll(
        serials.map((serial) => orElse<Device | null, Device>(single(serial), () => searchDevice(probe, serial))),
      );
    }
    const nothing = async () => (serials.length > MAX_SINGLE_READS ? null : { found: new Map(), complete: false });
    const { found, complete } = await orElse<DeviceList, DeviceList>(listDevices(probe, serials), nothing);
    for (const device of found.values()) cache.put(device);
    return settleAll(serials.map(async (serial) => found.get(serial) ?? (complete ? null : single(serial))));
  });

/** Returns the record of a device in the list of those whose name or serial number contains its serial number. */
const searchDevice = async (probe: GatewayCall, serial: string): Promise<Device | undefined> =>
  isSearch(serial)
    ? (await probe("ListDevices", { Search: serial, Limit: MAX_PAGE_SIZE })).Devices.find(
        ({ DeviceSN }) => DeviceSN === serial,
      )
    : undefined;

interface DeviceList {
  readonly found: ReadonlyMap<string, Device>;
  readonly complete: boolean;
}

/**
 * Reads the device list until single reads of the missing devices take fewer calls.
 * `complete` says whether the last page of the list was read: a device that is not in it is not in the account.
 */
const listDevices = async (probe: GatewayCall, serials: readonly string[]): Promise<DeviceList> => {
  const found = new Map<string, Device>();
  let isReadable = true;
  const pages = everyPage(
    "ListDevices",
    (OffSet) => probe("ListDevices", { Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
    ({ Devices }) => Devices,
  );
  for await (const page of pages) {
    for (const device of page.Devices) found.set(device.DeviceSN, device);
    isReadable &&= page.rejected === 0;
    if ((page.OffSet ?? "") === "") return { found, complete: isReadable };
    const missing = serials.filter((serial) => !found.has(serial)).length;
    if (missing <= pagesLeft(page, found.size)) break;
  }
  return { found, complete: false };
};

/** Health that is not in the answer says nothing of whether there is such a device. */
const missing = (): never => {
  throw invalidResponse("CheckDeviceHealth", "Health");
};

/**
 * Health by serial number; null if the gateway does not know the device. One device: its own CheckDeviceHealth. Several, or one that
 * cannot be asked for: one CheckDeviceHealth of all devices, and a single one for each device that is not in it, if these are few.
 */
export const createHealthLoader = ({
  call,
  probe,
  reads,
  scope,
}: GatewayCalls & Pick<LoaderSource, "reads" | "scope">) => {
  const healthOf = async (read: GatewayCall, DeviceSN: string) => {
    const answer = await nullIfNotFound(read("CheckDeviceHealth", { DeviceSN }));
    return answer && new Map(answer.Health.map((health) => [nameKey(health.DeviceSN), health]));
  };
  const single = async (serial: string): Promise<DeviceHealth | null> => {
    const bySerial = await healthOf(call, serial);
    return bySerial && (bySerial.get(nameKey(serial)) ?? missing());
  };
  return new DataLoader<string, DeviceHealth | null>(async (serials) => {
    if (serials.length === 1 && serials.every(isDeviceSN)) return settleAll(serials.map(single));
    const keep = reads.health.begin(scope);
    const bySerial = (await healthOf(probe, "ALL")) ?? new Map<string, DeviceHealth>();
    keep(bySerial);
    const others = serials.filter((serial) => isDeviceSN(serial) && !bySerial.has(nameKey(serial)));
    const other = others.length > MAX_SINGLE_READS ? missing : single;
    return settleAll(
      serials.map(async (serial) => bySerial.get(nameKey(serial)) ?? (isDeviceSN(serial) ? other(serial) : null)),
    );
  });
};

/**
 * Migrations from or to a device. One device: its own MigrationStatus. Several, or one that cannot be asked for: one MigrationStatus of
 * all devices.
 */
export const createMigrationLoader = (call: GatewayCall) => {
  const migrationsAt = async (DeviceSN: string): Promise<readonly Migration[] | null> =>
    (await nullIfNotFound(call("MigrationStatus", { DeviceSN })))?.Migrations ?? null;
  return new DataLoader<string, readonly Migration[] | null>(async (serials) => {
    if (serials.length === 1 && serials.every(isDeviceSN)) return settleAll(serials.map(migrationsAt));
    const all = await migrationsAt("ALL");
    const among = async (serial: string) => all?.filter((migration) => concerns(migration, serial)) ?? null;
    const isEach = all?.some(({ TargetDeviceSN }) => TargetDeviceSN === null) === true;
    return settleAll(serials.map((serial) => (isEach && isDeviceSN(serial) ? migrationsAt(serial) : among(serial))));
  });
};

const concerns = ({ SourceDeviceSN, TargetDeviceSN }: Migration, serial: string): boolean =>
  [SourceDeviceSN, TargetDeviceSN].flat().some((each) => each !== null && isSameName(each, serial));
