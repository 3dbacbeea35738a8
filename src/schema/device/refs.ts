import type {
  Device as DeviceRecord,
  DeviceHealth as HealthRecord,
  DeviceInfo as InfoRecord,
} from "../../contract/devices.ts";
import type { Output } from "../../contract/operations.ts";
import type { Migration } from "../../contract/realtime.ts";
import { builder } from "../kernel/builder.ts";
import type { Connection } from "../kernel/connection.ts";

export { DeviceStatus, DeviceStatusReason, QueueStatus } from "./device.enums.ts";

/** A device by its key. A label or record that was read with it saves a call. */
export interface DeviceSource {
  readonly DeviceSN: string;
  readonly label?: string | undefined;
  /** The label that the device had when an event was logged, which counts only if the present one cannot be read. */
  readonly formerLabel?: string | undefined;
  readonly record?: DeviceRecord | undefined;
  /** The state that an event has just reported. */
  readonly live?: Pick<DeviceRecord, "Status" | "LastSeen"> | undefined;
}

/** A device with the label of a row or an event; that of a replayed event is one of the past. */
export const labeled = (DeviceSN: string, label: string | null, replayed: boolean): DeviceSource =>
  replayed ? { DeviceSN, formerLabel: label ?? undefined } : { DeviceSN, label: label ?? undefined };

/** Number and capacity of one kind of items on a device. */
export interface CounterSource {
  readonly used: number | null;
  readonly capacity: number | null;
}

export type MigrationSource = Migration;

export const Device = builder.objectRef<DeviceSource>("Device");
export const DeviceConnection = builder.objectRef<Connection<DeviceRecord>>("DeviceConnection");
export const DeviceInfo = builder.objectRef<InfoRecord>("DeviceInfo");
export const DeviceCounter = builder.objectRef<CounterSource>("DeviceCounter");
export const DeviceHealth = builder.objectRef<HealthRecord>("DeviceHealth");
export const DevicePing = builder.objectRef<Output<"PingConnection">>("DevicePing");
export const DeviceMigration = builder.objectRef<Migration>("DeviceMigration");
