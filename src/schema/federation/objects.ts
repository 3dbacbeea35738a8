import type { Command } from "../../commands/command.ts";
import type { Punch } from "../../contract/attendance.ts";
import { doorOf } from "../access/access.ts";
import type { DoorSource } from "../access/refs.ts";
import { commandByGlobalId } from "../command/command.ts";
import type { Context } from "../kernel/context.ts";
import type { DeviceSource } from "../device/refs.ts";
import { globalId, parsePunchKey } from "../kernel/node.ts";
import { hasScope } from "../kernel/viewer.ts";
import type { UserSource } from "../user/refs.ts";

/** A source that says which type it is of. */
export type ObjectSource =
  | ({ readonly __typename: "Device" } & DeviceSource)
  | ({ readonly __typename: "User" } & UserSource)
  | ({ readonly __typename: "Door" } & DoorSource)
  | ({ readonly __typename: "Punch" } & Punch)
  | ({ readonly __typename: "Command" } & Command);

export const deviceBy = async (serialNumber: string, { loaders }: Context): Promise<ObjectSource | null> => {
  const record = await loaders.device.load(serialNumber);
  return record && { __typename: "Device", DeviceSN: record.DeviceSN, record };
};

/** What names a user. */
const KEY_FIELDS: ReadonlySet<string> = new Set(["__typename", "id", "employeeCode"]);
/** Fields that are read elsewhere than in the person's record: they do not need it to be there. */
const WITHOUT_RECORD: ReadonlySet<string> = new Set([...KEY_FIELDS, "punches", "attendanceDays", "devices"]);

/**
 * A person, null when the gateway has no record of the code. There is no batch read of people: where the selection is
 * answered without the record, or the viewer may not read it, it is not asked for, and any code counts as there.
 */
export const userBy = async (
  EmployeeCode: string,
  selected: ReadonlySet<string>,
  { loaders, viewer }: Context,
): Promise<ObjectSource | null> => {
  const isOnlyKey = [...selected].every((name) => KEY_FIELDS.has(name));
  const needsRecord = isOnlyKey || [...selected].some((name) => !WITHOUT_RECORD.has(name));
  if (!needsRecord || !hasScope(viewer, "users:read")) return { __typename: "User", EmployeeCode };
  const record = await loaders.user.load(EmployeeCode);
  return record && { __typename: "User", EmployeeCode: record.EmployeeCode, record };
};

export const doorBy = async (DeviceSN: string, DoorNo: number, context: Context): Promise<ObjectSource | null> => {
  const door = await doorOf(DeviceSN, DoorNo, context);
  return door && { __typename: "Door", ...door };
};

/** By the part of a global id behind its type. */
export const punchBy = async (encoded: string, { loaders }: Context): Promise<ObjectSource | null> => {
  const key = parsePunchKey(encoded);
  const punch = key && (await loaders.punch.load(key));
  return punch && { __typename: "Punch", ...punch };
};

/** By the part of a global id behind its type. */
export const commandBy = async (encoded: string, context: Context): Promise<ObjectSource | null> => {
  const command = await commandByGlobalId(globalId("Command", encoded), context);
  return command && { __typename: "Command", ...command };
};
