import type { Punch } from "../../contract/attendance.ts";
import type { Context } from "../context.ts";
import { parseDoorKey, parseGlobalId, parsePunchKey } from "../ids.ts";
import type { DeviceSource } from "../device/refs.ts";
import { type DoorSource, doorOf } from "../access/refs.ts";
import type { UserSource } from "../user/refs.ts";

/** A source that says which type it is of. */
export type NodeSource = { readonly __typename: "Device" | "User" | "Door" | "Punch" } & (
  | DeviceSource
  | UserSource
  | DoorSource
  | Punch
);

/** The object of a global id; null when it is unknown, or no id of ours. */
export const nodeOf = async (id: string, context: Context): Promise<NodeSource | null> => {
  const { loaders } = context;
  const parsed = parseGlobalId(id);
  if (parsed === null) return null;
  switch (parsed.type) {
    case "Device": {
      const record = await loaders.device.load(parsed.key);
      return record === null ? null : { __typename: "Device", DeviceSN: record.DeviceSN, record };
    }
    case "User": {
      const record = await loaders.user.load(parsed.key);
      return record === null ? null : { __typename: "User", EmployeeCode: record.EmployeeCode, record };
    }
    case "Punch": {
      const key = parsePunchKey(parsed.key);
      const punch = key && (await loaders.punch.load(key));
      return punch ? { __typename: "Punch", ...punch } : null;
    }
    case "Door": {
      const key = parseDoorKey(parsed.key);
      const door = key && (await doorOf(key.DeviceSN, key.DoorNo, context));
      return door ? { __typename: "Door", ...door } : null;
    }
    case "Command":
      return null;
  }
};
