import { type GatewayCaller, Refusal } from "../handler.ts";
import type { SimDevice, World } from "../state.ts";

/** Every device that the caller's token is valid for. */
export const visibleDevices = ({ devices }: World, caller: GatewayCaller): SimDevice[] =>
  [...devices.values()].filter(({ DeviceSN }) => caller.scope === "account" || caller.DeviceSN === DeviceSN);

/**
 * Refuses the token of another device.
 * @throws Refusal
 */
export const checkPairing = (caller: GatewayCaller, DeviceSN: string): void => {
  if (caller.scope === "account" || caller.DeviceSN === DeviceSN) return;
  throw new Refusal("invalidAuthToken", "AuthToken is missing, unknown or not paired with this device.", {
    field: "AuthToken",
  });
};

/**
 * Returns the devices with these serial numbers.
 * @throws Refusal if the account does not have one of them, or the token is not paired with it.
 */
export const namedDevices = (
  world: World,
  caller: GatewayCaller,
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

/**
 * Refuses an operation that the plan of a device does not include.
 * @throws Refusal
 */
export const checkPlan = (devices: readonly SimDevice[], field = "DeviceSN"): void => {
  const denied = devices.find(({ denied: names }) => names.has("operationNotAllowed"));
  if (denied === undefined) return;
  const message = `The plan of device ${denied.DeviceSN} does not include the operation.`;
  throw new Refusal("operationNotAllowed", message, { field });
};

/**
 * Refuses commands for a device without a valid license, or whose plan does not include them.
 * @throws Refusal
 */
export const checkCommands = (devices: readonly SimDevice[], field = "DeviceSN"): void => {
  const expired = devices.find(({ license }) => !license.Valid);
  if (expired !== undefined) {
    throw new Refusal("licenseExpired", `The license of device ${expired.DeviceSN} has expired.`, { field });
  }
  checkPlan(devices, field);
};

/** Whether the device accepts commands. */
export const takesCommands = ({ license, denied }: SimDevice): boolean =>
  license.Valid && !denied.has("operationNotAllowed");
