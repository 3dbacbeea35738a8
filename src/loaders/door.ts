import DataLoader from "dataloader";
import type { Door } from "../contract/access.ts";
import { GatewayError } from "../gateway/errors.ts";
import type { DeviceCache } from "./device-cache.ts";
import { type GatewayCall, nullIfNotFound, settleAll } from "./call.ts";

/** All doors of a device with their state; none where it drives none, null where the device is not in the account. */
export const createDoorLoader = (call: GatewayCall, book: DeviceCache) =>
  new DataLoader<string, readonly Door[] | null>((serials) =>
    settleAll(serials.map((DeviceSN) => doorsOf(call, book, DeviceSN))),
  );

const doorsOf = async (call: GatewayCall, book: DeviceCache, DeviceSN: string): Promise<readonly Door[] | null> => {
  if (book.isDoorless(DeviceSN)) return [];
  try {
    const doors = (await nullIfNotFound(call("GetDoorStatus", { DeviceSN })))?.Doors ?? null;
    for (const { DeviceStatus } of doors?.slice(0, 1) ?? []) book.setStatus(DeviceSN, DeviceStatus);
    return doors;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.facts.status !== "notSupportedByDevice") throw error;
    book.put({ DeviceSN, TimeZone: null, DoorCount: 0 });
    return [];
  }
};
