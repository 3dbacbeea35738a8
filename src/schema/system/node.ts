import type { Punch } from "../../contract/attendance.ts";
import type { Context } from "../context.ts";
import { type IdType, parseDoorKey, parseGlobalId, parsePunchKey } from "../ids.ts";
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

type Lookup = (key: string, context: Context) => Promise<NodeSource | null>;

const LOOKUPS: Readonly<Record<IdType, Lookup>> = {
  Device: async (serial, { loaders }) => {
    const record = await loaders.device.load(serial);
    return record && { __typename: "Device", DeviceSN: record.DeviceSN, record };
  },
  User: async (code, { loaders }) => {
    const record = await loaders.user.load(code);
    return record && { __typename: "User", EmployeeCode: record.EmployeeCode, record };
  },
  Punch: async (encoded, { loaders }) => {
    const key = parsePunchKey(encoded);
    const punch = key && (await loaders.punch.load(key));
    return punch && { __typename: "Punch", ...punch };
  },
  Door: async (encoded, context) => {
    const key = parseDoorKey(encoded);
    const door = key && (await doorOf(key.DeviceSN, key.DoorNo, context));
    return door && { __typename: "Door", ...door };
  },
  Command: async () => null,
};

/** The object of a global id; null when it is unknown, or no id of ours. */
export const nodeOf = async (id: string, context: Context): Promise<NodeSource | null> => {
  const parsed = parseGlobalId(id);
  return parsed === null ? null : LOOKUPS[parsed.type](parsed.key, context);
};
