import type { Call } from "./call.ts";
import { createCommandLoader, createOperationLoader } from "./command.ts";
import { createUserDaysLoader } from "./day.ts";
import { createDeviceLoader, createHealthLoader, createInfoLoader, createMigrationLoader } from "./device.ts";
import { createDoorLoader } from "./door.ts";
import { createPages } from "./pages.ts";
import { createPunchLoader } from "./punch.ts";
import { createEnrolledLoader, createProfileLoader, createUserDevicesLoader, createUserLoader } from "./user.ts";

export type Loaders = ReturnType<typeof createLoaders>;

/** Everything one request reads, batched and read once. To be made anew for each request, each event and after each write. */
export const createLoaders = (call: Call) => {
  const info = createInfoLoader(call);
  const user = createUserLoader(call);
  const page = createPages(call);
  return {
    page,
    info,
    device: createDeviceLoader(call, info),
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
