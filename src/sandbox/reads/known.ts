import type { Caller } from "../handler.ts";
import type { World } from "../state.ts";
import { deviceOf, type Log } from "./log.ts";

/** Whether the caller may know of the employee: a record or a punch, on its device where it has only one. */
export const isKnownTo = (caller: Caller, EmployeeCode: string, world: World, log: Log): boolean => {
  const DeviceSN = deviceOf(caller);
  if (log.hasPunched(EmployeeCode, DeviceSN)) return true;
  if (DeviceSN === undefined) return world.users.has(EmployeeCode);
  return world.devices.get(DeviceSN)?.users.has(EmployeeCode) ?? false;
};

/** The employees on record that the caller may see. */
export const recordsFor = (caller: Caller, world: World): Iterable<string> => {
  const DeviceSN = deviceOf(caller);
  return DeviceSN === undefined ? world.users.keys() : (world.devices.get(DeviceSN)?.users.keys() ?? []);
};
