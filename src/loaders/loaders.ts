import type { Device } from "../contract/devices.ts";
import type { User } from "../contract/people.ts";
import { nameKey } from "../contract/scalars.ts";
import { deduplicateCalls, type GatewayCall, type GatewayCalls } from "./call.ts";
import { createCommandLoader, createOperationLoader } from "./command.ts";
import { createUserDaysLoader } from "./day.ts";
import { createDeviceLoader, createHealthLoader, createInfoLoader, createMigrationLoader } from "./device.ts";
import type { DeviceCache } from "./device-cache.ts";
import { createDoorLoader } from "./door.ts";
import type { LoaderSource } from "./loader-source.ts";
import { lazyMembers } from "./lazy.ts";
import { createFirstKnown, type FirstKnown } from "./first-known.ts";
import { createPunchLoader, createDeliveredLoader } from "./punch.ts";
import { createPunchesLoader } from "./punches.ts";
import { createEnrolledLoader, createProfileLoader, createUserDevicesLoader, createUserLoader } from "./user.ts";

/** Everything that one request reads, batched and read once; the functions that create the loaders say what each reads. */
export interface Loaders {
  /** A call that is made at most once for the same operation and input. */
  readonly callOnce: GatewayCall;
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
  readonly delivered: ReturnType<typeof createDeliveredLoader>;
  readonly punches: ReturnType<typeof createPunchesLoader>;
  /** The name of each person in the response. */
  readonly names: FirstKnown<string>;
  /** The record from which the response takes the parts of the name. */
  readonly profiles: FirstKnown<User | null>;
  /** The gateway's merged record of each person in the response. */
  readonly records: FirstKnown<User | null>;
  /** The record from which the response takes the credentials. */
  readonly holders: FirstKnown<User | null>;
  readonly userDays: ReturnType<typeof createUserDaysLoader>;
  readonly command: ReturnType<typeof createCommandLoader>;
  readonly operation: ReturnType<typeof createOperationLoader>;
  /** The UTC offset of a device's clock at a wall-clock time; null if it is not known without a call. */
  readonly knownOffset: DeviceCache["offsetAt"];
  /** The label of a device in a record of the last ten minutes, without a call; empty if it has none, undefined if none was read. */
  readonly knownLabel: DeviceCache["labelOf"];
  /** Whether the gateway is known to have the device, without a call. */
  readonly hasDevice: (DeviceSN: string) => boolean;
  /** Stores what a device's record says for later requests. */
  readonly cacheDevice: (device: Device) => void;
  /** Uses the health that an earlier page has just read for the devices of a page that follows it. */
  readonly continueHealth: (serials: readonly string[]) => void;
}

type Source = GatewayCalls & LoaderSource;

const create = lazyMembers<Source, Loaders>({
  callOnce: ({ call }) => deduplicateCalls(call),
  info: ({ call, cache }) => createInfoLoader(call, cache),
  device: ({ probe, cache }, { info }) => createDeviceLoader(probe, info, cache),
  health: (source) => {
    source.onLive();
    return createHealthLoader(source);
  },
  migrations: ({ call }) => createMigrationLoader(call),
  doors: ({ call, cache }) => createDoorLoader(call, cache),
  user: ({ call }) => createUserLoader(call),
  profile: (source, { user, records }) => createProfileLoader(source, user, records),
  enrolled: (source) => createEnrolledLoader(source),
  userDevices: ({ call }) => createUserDevicesLoader(call),
  punch: (source) => createPunchLoader(source),
  delivered: (source, { punch }) => createDeliveredLoader(source, punch),
  punches: ({ probe }, { callOnce }) => createPunchesLoader(callOnce, probe),
  names: () => createFirstKnown(),
  profiles: () => createFirstKnown(),
  records: () => createFirstKnown(),
  holders: () => createFirstKnown(),
  userDays: (_source, { callOnce }) => createUserDaysLoader(callOnce),
  command: ({ call }) => createCommandLoader(call),
  operation: ({ call }) => createOperationLoader(call),
  knownOffset: ({ cache }) => cache.offsetAt,
  knownLabel: ({ cache }) => cache.labelOf,
  hasDevice: ({ cache }) => cache.has,
  cacheDevice: ({ cache }) => cache.put,
  continueHealth:
    ({ reads, scope, isCached }, { health }) =>
    (serials) => {
      const known = isCached ? reads.health.get(scope) : undefined;
      for (const serial of known === undefined ? [] : serials) {
        const found = known?.get(nameKey(serial));
        if (found !== undefined) health.prime(serial, found);
      }
    },
});

/**
 * Creates the loaders of one request, each of them when it is first used: most requests, and nearly all events, need one
 * or two. Create new ones for each request, for each event, and after each write.
 */
export const createLoaders = (calls: GatewayCalls, source: LoaderSource): Loaders => create({ ...calls, ...source });
