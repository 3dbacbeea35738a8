import { type Caller, Refusal } from "../handler.ts";
import type { SimDevice, World } from "../state.ts";

/** Every device that the caller's token works for. */
export const everyDevice = ({ devices }: World, caller: Caller): SimDevice[] =>
  [...devices.values()].filter(({ DeviceSN }) => caller.scope === "account" || caller.DeviceSN === DeviceSN);

/** Refuses a token that is another device's. */
export const checkPairing = (caller: Caller, DeviceSN: string): void => {
  if (caller.scope === "account" || caller.DeviceSN === DeviceSN) return;
  throw new Refusal("invalidAuthToken", "AuthToken is missing, unknown or not paired with this device.", {
    field: "AuthToken",
  });
};

/** The devices of these serial numbers: all of the account, and all paired with the token. */
export const namedDevices = (
  world: World,
  caller: Caller,
  named: string | readonly string[],
  field = "DeviceSN",
): SimDevice[] => {
  const serials = typeof named === "string" ? [named] : named;
  const found = serials.map((DeviceSN) => {
    const device = world.devices.get(DeviceSN);
    if (device === undefined) throw new Refusal("deviceNotFound", "No such device in this account.", { field });
    return device;
  });
  for (const { DeviceSN } of found) checkPairing(caller, DeviceSN);
  return found;
};

/** Refuses what the plan of a device leaves out. */
export const checkPlan = (devices: readonly SimDevice[], field = "DeviceSN"): void => {
  const denied = devices.find(({ denied: names }) => names.has("operationNotAllowed"));
  if (denied === undefined) return;
  const message = `The plan of device ${denied.DeviceSN} does not include the operation.`;
  throw new Refusal("operationNotAllowed", message, { field });
};

/** Refuses commands to a device without license, or whose plan leaves them out. */
export const checkCommands = (devices: readonly SimDevice[], field = "DeviceSN"): void => {
  const expired = devices.find(({ license }) => !license.Valid);
  if (expired !== undefined) {
    throw new Refusal("licenseExpired", `The license of device ${expired.DeviceSN} has expired.`, { field });
  }
  checkPlan(devices, field);
};

/** Whether the device may be sent commands. */
export const takesCommands = ({ license, denied }: SimDevice): boolean =>
  license.Valid && !denied.has("operationNotAllowed");
