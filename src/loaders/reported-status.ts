import type { Device } from "../contract/devices.ts";
import type { Input, OperationName, Output } from "../contract/operations.ts";
import { isSameName } from "../contract/scalars.ts";
import type { GatewayCall } from "./call.ts";
import type { DeviceCache } from "./device-cache.ts";

type Report = Pick<Device, "DeviceSN" | "Status">;

/** What the answers of an operation say about the connection of devices. */
const REPORTS: { readonly [Name in OperationName]?: (answer: Output<Name>, input: Input<Name>) => readonly Report[] } =
  {
    ListDevices: ({ Devices }) => Devices,
    GetDeviceInfo: ({ Device: device }) => [device],
    CheckDeviceHealth: ({ Health }) => Health,
    GetDoorStatus: ({ Doors }, { DeviceSN }) =>
      Doors.filter((door) => isSameName(door.DeviceSN, DeviceSN)).map(({ DeviceStatus: Status }) => ({
        DeviceSN,
        Status,
      })),
  };

/**
 * Wraps a call so that the statuses in its answers are stored in the device cache. Use it below every cache: a cached answer reports
 * nothing new.
 */
export const reportingStatus =
  (cache: DeviceCache, call: GatewayCall): GatewayCall =>
  async (name, input) => {
    const begunAt = performance.now();
    const answer = await call(name, input);
    for (const { DeviceSN, Status } of REPORTS[name]?.(answer, input) ?? []) cache.setStatus(DeviceSN, Status, begunAt);
    return answer;
  };
