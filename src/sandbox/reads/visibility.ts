import type { GatewayCaller } from "../handler.ts";
import type { World } from "../state.ts";
import { callerDevice, type Log } from "./log.ts";

/** Whether the caller may see the employee: from a record or a punch, on the caller's device if the token is a device's. */
export const isEmployeeVisible = (caller: GatewayCaller, EmployeeCode: string, world: World, log: Log): boolean => {
  const DeviceSN = callerDevice(caller);
  if (log.hasPunched(EmployeeCode, DeviceSN)) return true;
  if (DeviceSN === undefined) return world.users.has(EmployeeCode);
  return world.devices.get(DeviceSN)?.users.has(EmployeeCode) ?? false;
};

/** The recorded employees that the caller may see. */
export const visibleEmployees = (caller: GatewayCaller, world: World): Iterable<string> => {
  const DeviceSN = callerDevice(caller);
  return DeviceSN === undefined ? world.users.keys() : (world.devices.get(DeviceSN)?.users.keys() ?? []);
};
