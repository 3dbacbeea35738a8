import DataLoader from "dataloader";
import type { Door } from "../contract/access.ts";
import { isDeviceSN } from "../contract/scalars.ts";
import { uniqueBy } from "../contract/unique.ts";
import { GatewayError } from "../gateway/errors.ts";
import { type GatewayCall, nullIfNotFound, readAllowed, settleAll } from "./call.ts";
import type { DeviceCache } from "./device-cache.ts";

/** All doors of a device with their state; empty if it drives no door, null if it is not in the account. */
export const createDoorLoader = (call: GatewayCall, cache: DeviceCache) =>
  new DataLoader<string, readonly Door[] | null>(
    readAllowed(isDeviceSN, null, (serials) => settleAll(serials.map((DeviceSN) => doorsOf(call, cache, DeviceSN)))),
  );

const doorsOf = async (call: GatewayCall, cache: DeviceCache, DeviceSN: string): Promise<readonly Door[] | null> => {
  if (cache.isDoorless(DeviceSN)) return [];
  try {
    const answer = await nullIfNotFound(call("GetDoorStatus", { DeviceSN }));
    return answer && uniqueBy(answer.Doors, ({ DoorNo }) => DoorNo);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.facts.status !== "notSupportedByDevice") throw error;
    cache.putDoorless(DeviceSN);
    return [];
  }
};
