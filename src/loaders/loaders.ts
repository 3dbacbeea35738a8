import type { Device } from "../contract/devices.ts";
import type { DeviceCache } from "./device-cache.ts";
import type { GatewayCall } from "./call.ts";
import { createCommandLoader, createOperationLoader } from "./command.ts";
import { createUserDaysLoader } from "./day.ts";
import { createDeviceLoader, createHealthLoader, createInfoLoader, createMigrationLoader } from "./device.ts";
import { createDoorLoader } from "./door.ts";
import { createPageLoader } from "./pages.ts";
import { createPunchLoader } from "./punch.ts";
import { createPunchesLoader } from "./punches.ts";
import { createEnrolledLoader, createProfileLoader, createUserDevicesLoader, createUserLoader } from "./user.ts";

export type Loaders = ReturnType<typeof createLoaders>;

/** Everything one request reads, batched and read once. To be made anew for each request, each event and after each write. */
export const createLoaders = (call: GatewayCall, book: DeviceCache) => {
  const info = createInfoLoader(call, book);
  const device = createDeviceLoader(call, info, book);
  const user = createUserLoader(call);
  const page = createPageLoader(call);
  return {
    page,
    info,
    device,
    /** The zone of a device's clock; null where the gateway does not tell it. */
    zoneOf: (DeviceSN: string) =>
      book.zone(DeviceSN) ?? device.load(DeviceSN).then((record) => record?.TimeZone ?? null),
    cacheDevice: (device: Device) => {
      book.put(device);
      book.setStatus(device.DeviceSN, device.Status);
    },
    health: createHealthLoader(call, book),
    migrations: createMigrationLoader(call),
    doors: createDoorLoader(call, book),
    user,
    profile: createProfileLoader(call, user),
    enrolled: createEnrolledLoader(call),
    userDevices: createUserDevicesLoader(call),
    punch: createPunchLoader(call),
    punches: createPunchesLoader(page),
    userDays: createUserDaysLoader(page),
    command: createCommandLoader(call),
    operation: createOperationLoader(call),
  };
};
