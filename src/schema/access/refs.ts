import type { AccessEvent as AccessEventRecord, Door as DoorRecord } from "../../contract/access.ts";
import { builder } from "../kernel/builder.ts";
import type { Connection } from "../kernel/connection.ts";

/** A door by its key. A label or a record that was read with it saves a call. */
export interface DoorSource {
  readonly DeviceSN: string;
  readonly DoorNo: number;
  readonly label?: string | null | undefined;
  readonly record?: DoorRecord | undefined;
}

export type AccessEventSource = AccessEventRecord;

export const Door = builder.objectRef<DoorSource>("Door");
export const AccessEvent = builder.objectRef<AccessEventRecord>("AccessEvent");
export const AccessEventConnection = builder.objectRef<Connection<AccessEventRecord>>("AccessEventConnection");

/** A door that was read with its state. */
export const doorFromRecord = (record: DoorRecord): DoorSource => ({
  DeviceSN: record.DeviceSN,
  DoorNo: record.DoorNo,
  label: record.DoorLabel,
  record,
});
