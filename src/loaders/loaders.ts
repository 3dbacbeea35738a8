import type { Device } from "../contract/devices.ts";
import { deduplicateCalls, type GatewayCall } from "./call.ts";
import { createCommandLoader, createOperationLoader } from "./command.ts";
import { createUserDaysLoader } from "./day.ts";
import { createDeviceLoader, createHealthLoader, createInfoLoader, createMigrationLoader } from "./device.ts";
import { cacheDevice, type DeviceCache } from "./device-cache.ts";
import { createDoorLoader } from "./door.ts";
import { lazyMembers } from "./lazy.ts";
import { createPunchLoader } from "./punch.ts";
import { createPunchesLoader } from "./punches.ts";
import { createEnrolledLoader, createProfileLoader, createUserDevicesLoader, createUserLoader } from "./user.ts";

/** Everything that one request reads, batched and read once; the functions that create the loaders say what each reads. */
export interface Loaders {
  /** A call that is made at most once for the same operation and input. */
  readonly page: GatewayCall;
  readonly info: ReturnType<typeof createInfoLoader>;
  readonly device: ReturnType<typeof createDeviceLoader>;
  readonly health: ReturnType<typeof createHealthLoader>;
  readonly migrations: ReturnType<typeof createMigrationLoader>;
  readonly doors: ReturnType<typeof createDoorLoader>;
  readonly user: ReturnType<typeof createUserLoader>;
  readonly profile: ReturnType<typeof createProfileLoader>;
  readonly enrolled: ReturnType<typeof createEnrolledLoader>;
  readonly userDevices: ReturnType<typeof createUserDevicesLoader>;
  readonly punch: ReturnType<typeof createPunchLoader>;
  readonly punches: ReturnType<typeof createPunchesLoader>;
  readonly userDays: ReturnType<typeof createUserDaysLoader>;
  readonly command: ReturnType<typeof createCommandLoader>;
  readonly operation: ReturnType<typeof createOperationLoader>;
  /** The time zone of a device's clock; null if the gateway does not report it. */
  readonly zoneOf: (DeviceSN: string) => string | null | Promise<string | null>;
  /** Stores what a device's record says for later requests. */
  readonly cacheDevice: (device: Device) => void;
}

interface Source {
  readonly call: GatewayCall;
  readonly cache: DeviceCache;
}

const create = lazyMembers<Source, Loaders>({
  page: ({ call }) => deduplicateCalls(call),
  info: ({ call, cache }) => createInfoLoader(call, cache),
  device: ({ call, cache }, { info }) => createDeviceLoader(call, info, cache),
  health: ({ call, cache }) => createHealthLoader(call, cache),
  migrations: ({ call }) => createMigrationLoader(call),
  doors: ({ call, cache }) => createDoorLoader(call, cache),
  user: ({ call }) => createUserLoader(call),
  profile: ({ call }, { user }) => createProfileLoader(call, user),
  enrolled: ({ call }) => createEnrolledLoader(call),
  userDevices: ({ call }) => createUserDevicesLoader(call),
  punch: ({ call }) => createPunchLoader(call),
  punches: (_source, { page }) => createPunchesLoader(page),
  userDays: (_source, { page }) => createUserDaysLoader(page),
  command: ({ call }) => createCommandLoader(call),
  operation: ({ call }) => createOperationLoader(call),
  zoneOf:
    ({ cache }, loaders) =>
    (DeviceSN) =>
      cache.zone(DeviceSN) ?? loaders.device.load(DeviceSN).then((record) => record?.TimeZone ?? null),
  cacheDevice:
    ({ cache }) =>
    (device) =>
      cacheDevice(cache, device),
});

/**
 * Creates the loaders of one request, each of them when it is first used: most requests, and nearly all events, need one
 * or two. Create new ones for each request, for each event, and after each write.
 */
export const createLoaders = (call: GatewayCall, cache: DeviceCache): Loaders => create({ call, cache });
