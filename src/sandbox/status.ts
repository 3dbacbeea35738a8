import type { CallbackHealth } from "./handler.ts";
import type { SimDevice, SimEvent } from "./state.ts";
import { toGmt } from "./time.ts";

/** A device whose clock drifts further is degraded. */
const CLOCK_DRIFT_LIMIT_SECONDS = 120;

/** The status of a device, as the contract spells it. */
export type SimDeviceStatus = "Online" | "Offline" | "Degraded" | "Unknown";

/** The device's status, as every answer and event reports it. */
export const deviceStatusOf = (device: SimDevice, queueStatus: CallbackHealth["QueueStatus"]): SimDeviceStatus => {
  if (!device.online) return device.lastSeen === null ? "Unknown" : "Offline";
  const isHealthy =
    queueStatus !== "Stuck" && device.license.Valid && Math.abs(device.clockDriftSeconds) <= CLOCK_DRIFT_LIMIT_SECONDS;
  return isHealthy ? "Online" : "Degraded";
};

/** What the status event reports beyond the device itself. */
export interface StatusChange {
  readonly PreviousStatus: SimDeviceStatus;
  readonly Reason: string | null;
  readonly QueueStatus: CallbackHealth["QueueStatus"];
}

/** Creates the event that reports a device's current status. */
export const statusEvent = (device: SimDevice, EventID: string, now: number, change: StatusChange): SimEvent => ({
  Event: "device.status",
  EventID,
  DeviceSN: device.DeviceSN,
  DeviceLabel: device.DeviceLabel,
  Status: deviceStatusOf(device, change.QueueStatus),
  PreviousStatus: change.PreviousStatus,
  Reason: change.Reason,
  LastSeen: device.online ? toGmt(now) : device.lastSeen === null ? null : toGmt(device.lastSeen),
  QueueDepth: device.queue.length,
  QueueStatus: change.QueueStatus,
});
