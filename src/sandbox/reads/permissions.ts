import { Refusal } from "../handler.ts";
import type { SimDevice } from "../state.ts";

const MESSAGES = {
  loadUserNotAllowed: "Reading users is not enabled for this device.",
  operationNotAllowed: "The plan of this device does not include the operation.",
  loadLogNotAllowed: "Reading punches is not enabled for this device.",
} as const;

/** Refuses what the plan of the device leaves out. */
export const permit = (device: SimDevice | undefined, status: keyof typeof MESSAGES): void => {
  if (device?.denied.has(status) === true) throw new Refusal(status, MESSAGES[status], { field: "DeviceSN" });
};
