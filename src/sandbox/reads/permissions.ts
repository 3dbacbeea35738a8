import { Refusal } from "../handler.ts";
import type { SimDevice } from "../state.ts";

const MESSAGES = {
  loadUserNotAllowed: "Reading users is not enabled for this device.",
  operationNotAllowed: "The plan of this device does not include the operation.",
  loadLogNotAllowed: "Reading punches is not enabled for this device.",
} as const;

/**
 * Checks a permission in the device's plan.
 * @throws Refusal if the plan does not include it.
 */
export const requirePermission = (device: SimDevice | undefined, status: keyof typeof MESSAGES): void => {
  if (device?.denied.has(status) === true) throw new Refusal(status, MESSAGES[status], { field: "DeviceSN" });
};
