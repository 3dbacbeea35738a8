import type { Call } from "./call.ts";
import { createCommandLoader, createOperationLoader } from "./command.ts";
import { createUserDaysLoader } from "./day.ts";
import { createDeviceLoader, createHealthLoader, createInfoLoader, createMigrationLoader } from "./device.ts";
import { createDoorLoader } from "./door.ts";
import { createPages } from "./pages.ts";
import { createPunchLoader } from "./punch.ts";
import { createZoneOf, type ZoneBook } from "./zone.ts";
import { createEnrolledLoader, createProfileLoader, createUserDevicesLoader, createUserLoader } from "./user.ts";

export type Loaders = ReturnType<typeof createLoaders>;

/** Everything one request reads, batched and read once. To be made anew for each request, each event and after each write. */
export const createLoaders = (call: Call, zones: ZoneBook) => {
  const info = createInfoLoader(call, zones);
  const device = createDeviceLoader(call, info, zones);
  const user = createUserLoader(call);
  const page = createPages(call);
  return {
    page,
    info,
    device,
    zoneOf: createZoneOf(zones, device),
    learnZone: zones.learn,
    health: createHealthLoader(call),
    migrations: createMigrationLoader(call),
    doors: createDoorLoader(call),
    user,
    profile: createProfileLoader(call, user),
    enrolled: createEnrolledLoader(call),
    userDevices: createUserDevicesLoader(call),
    punch: createPunchLoader(call),
    userDays: createUserDaysLoader(page),
    command: createCommandLoader(call),
    operation: createOperationLoader(call),
  };
};
