import type { CallOperation } from "../contract/operations.ts";
import { everyPage, MAX_PAGE_SIZE, pageFrom } from "../loaders/call.ts";
import type { DeviceCache } from "../loaders/device-cache.ts";
import type { Logger } from "../runtime/logger.ts";

/** The zones of devices for punches that report no offset. */
export interface DeviceZones {
  /** Reads the zones of all devices now, and again when a punch needs one that is not known or was read an hour ago. Never rejects. */
  readonly start: () => Promise<void>;
  /** The UTC offset in the zone of the device, without waiting; null if no zone is known. */
  readonly offsetAt: (DeviceSN: string, wall: string) => string | null;
  readonly stop: () => void;
}

interface DeviceZonesOptions {
  readonly call: CallOperation<"ListDevices">;
  readonly cache: DeviceCache;
  readonly logger: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** A device that the gateway does not list, and a list that cannot be read, are not asked for again meanwhile. */
const RETRY_MS = { unlisted: 3_600_000, failed: 60_000 } as const;
const MAX_UNLISTED = 10_000;

/** Keeps the zones of devices current while punches arrive that need them. Where all punches report their offset, the start alone reads. */
export const createDeviceZones = ({ call, cache, logger, now }: DeviceZonesOptions): DeviceZones => {
  const askedAt = new Map<string, number>();
  let reading: Promise<void> | null = null;
  let isActive = false;
  let failedAt = Number.NEGATIVE_INFINITY;

  const readAll = async (): Promise<void> => {
    const pages = everyPage(
      "ListDevices",
      (OffSet) => call("ListDevices", { Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
      ({ Devices }) => Devices,
    );
    try {
      for await (const { Devices } of pages) {
        for (const device of Devices) cache.putZone(device);
        if (!isActive) return;
      }
    } catch (err) {
      failedAt = now();
      askedAt.clear();
      if (isActive) logger.warn({ err }, "the zones of devices could not be read");
    }
  };

  const read = (): Promise<void> => {
    reading ??= readAll().finally(() => {
      reading = null;
    });
    return reading;
  };

  const refresh = (DeviceSN: string): void => {
    if (!isActive || reading !== null || now() - failedAt < RETRY_MS.failed) return;
    if (now() - (askedAt.get(DeviceSN) ?? Number.NEGATIVE_INFINITY) < RETRY_MS.unlisted) return;
    if (askedAt.size >= MAX_UNLISTED) askedAt.clear();
    askedAt.set(DeviceSN, now());
    void read();
  };

  return {
    start() {
      isActive = true;
      return read();
    },
    offsetAt(DeviceSN, wall) {
      if (!cache.isZoneCurrent(DeviceSN)) refresh(DeviceSN);
      return cache.zoneOffsetAt(DeviceSN, wall);
    },
    stop() {
      isActive = false;
    },
  };
};
