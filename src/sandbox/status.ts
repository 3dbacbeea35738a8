import type { CallbackHealth } from "./handler.ts";
import type { SimDevice, SimEvent } from "./state.ts";
import { toGmt } from "./time.ts";

/** A device whose clock is further off is degraded. */
const CLOCK_DRIFT_LIMIT_SECONDS = 120;

export type Status = "Online" | "Offline" | "Degraded" | "Unknown";

/** The device's status, as every answer and event tells it. */
export const statusOf = (device: SimDevice, queueStatus: CallbackHealth["QueueStatus"]): Status => {
  if (!device.online) return device.lastSeen === null ? "Unknown" : "Offline";
  const healthy =
    queueStatus !== "Stuck" && device.license.Valid && Math.abs(device.clockDriftSeconds) <= CLOCK_DRIFT_LIMIT_SECONDS;
  return healthy ? "Online" : "Degraded";
};

export interface StatusChange {
  readonly PreviousStatus: Status;
  readonly Reason: string | null;
  readonly QueueStatus: CallbackHealth["QueueStatus"];
}

/** The event that tells a device's status as it is now. */
export const statusEvent = (device: SimDevice, EventID: string, now: number, change: StatusChange): SimEvent => ({
  Event: "device.status",
  EventID,
  DeviceSN: device.DeviceSN,
  DeviceLabel: device.DeviceLabel,
  Status: statusOf(device, change.QueueStatus),
  PreviousStatus: change.PreviousStatus,
  Reason: change.Reason,
  LastSeen: device.online ? toGmt(now) : device.lastSeen === null ? null : toGmt(device.lastSeen),
  QueueDepth: device.queue.length,
  QueueStatus: change.QueueStatus,
});
