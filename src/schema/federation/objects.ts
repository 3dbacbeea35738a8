import { type GraphQLResolveInfo, isObjectType } from "graphql";
import type { DeviceCommand } from "../../commands/command.ts";
import type { Punch } from "../../contract/attendance.ts";
import { wholeOf } from "../../contract/view.ts";
import { accessEventOf, doorOf } from "../access/access.ts";
import type { AccessEventSource, DoorSource } from "../access/refs.ts";
import { commandByGlobalId } from "../command/command.ts";
import type { Context } from "../kernel/context.ts";
import { migrationsOf } from "../device/device.ts";
import type { DeviceSource, MigrationSource } from "../device/refs.ts";
import { globalId, type IdType, parseDoorKey, parsePunchKey, parseTimedKey } from "../kernel/node.ts";
import { servedName } from "../kernel/type-prefix.ts";
import { hasScope, requireScopes, scopesOf } from "../kernel/viewer.ts";
import type { UserSource } from "../user/refs.ts";
import { userOf } from "../user/user.ts";

/** The source of an entity that a router references by its key, with the name of its type. */
export type EntitySource =
  | ({ readonly __typename: "Device" } & DeviceSource)
  | ({ readonly __typename: "User" } & UserSource)
  | ({ readonly __typename: "Door" } & DoorSource)
  | ({ readonly __typename: "Punch" } & Punch)
  | ({ readonly __typename: "Command" } & DeviceCommand);

/** The source of an object that is found by its global ID, with the name of its type. */
export type ObjectSource =
  | EntitySource
  | ({ readonly __typename: "AccessEvent" } & AccessEventSource)
  | ({ readonly __typename: "DeviceMigration" } & MigrationSource);

/**
 * Checks that the viewer may see objects of this type. A field that returns an interface or a union does not check it.
 * @throws a GraphQLError with the code FORBIDDEN if a scope is missing.
 */
export const requireTypeScopes = (name: string, { viewer }: Context, info: GraphQLResolveInfo): void => {
  const type = info.schema.getType(servedName(name, info));
  if (isObjectType(type)) requireScopes(viewer, scopesOf(type));
};

/** Returns a device by its serial number, or null if the account has no such device. */
export const deviceBy = async (serialNumber: string, { loaders }: Context): Promise<EntitySource | null> => {
  const record = await loaders.device.load(serialNumber);
  return record && { __typename: "Device", DeviceSN: record.DeviceSN, record };
};

/** The fields that identify a user. */
const KEY_FIELDS: ReadonlySet<string> = new Set(["__typename", "id", "employeeCode"]);
/** The fields that are not read from the person's record, and do not need the record to exist. */
const RECORDLESS_FIELDS: ReadonlySet<string> = new Set([...KEY_FIELDS, "punches", "attendanceDays", "devices"]);

/**
 * Returns a person by employee code, or null if the gateway has no record of the code. The gateway has no batch read of
 * people: if the selection needs no record, or the viewer may not read it, the record is not read and any code counts as
 * existing.
 */
export const userBy = async (
  EmployeeCode: string,
  selected: ReadonlySet<string>,
  context: Context,
): Promise<EntitySource | null> => {
  const needsRecord = selected.isSubsetOf(KEY_FIELDS) || !selected.isSubsetOf(RECORDLESS_FIELDS);
  if (!needsRecord || !hasScope(context.viewer, "users:read")) return { __typename: "User", EmployeeCode };
  const user = await userOf(EmployeeCode, context);
  return user && { __typename: "User", ...user };
};

/** Returns a door by its device and number, or null if there is no such door. */
export const doorBy = async (DeviceSN: string, DoorNo: number, context: Context): Promise<EntitySource | null> => {
  const door = await doorOf(DeviceSN, DoorNo, context);
  return door && { __typename: "Door", ...door };
};

/** Returns a punch by the key in its global ID, or null if there is no such punch. */
const punchBy = async (encoded: string, { loaders }: Context): Promise<EntitySource | null> => {
  const key = parsePunchKey(encoded);
  const punch = key && (await loaders.punch.load(key));
  return punch && { __typename: "Punch", ...wholeOf(punch) };
};

/** Returns a command by the key in its global ID, or null if there is no such command. */
const commandBy = async (encoded: string, context: Context): Promise<EntitySource | null> => {
  const command = await commandByGlobalId(globalId("Command", encoded), context);
  return command && { __typename: "Command", ...command };
};

/** Returns an access event by the key in its global ID, or null if there is no such event. */
const accessEventBy = async (encoded: string, context: Context): Promise<ObjectSource | null> => {
  const key = parseTimedKey(encoded);
  const event = key && (await accessEventOf(key, context));
  return event && { __typename: "AccessEvent", ...wholeOf(event) };
};

/** Returns a migration by the gateway's ID, or null if there is no such migration. */
const migrationBy = async (MigrationID: string, context: Context): Promise<ObjectSource | null> => {
  const [migration] = await migrationsOf({ MigrationID }, {}, context);
  return migration === undefined ? null : { __typename: "DeviceMigration", ...migration };
};

/** No selection: a node is always looked up, whatever is selected. */
const NO_FIELDS: ReadonlySet<string> = new Set();

/** How the objects of each type are found by the key in their global ID; null if there is no such object. */
export const FINDERS = {
  Device: deviceBy,
  User: (key, context) => userBy(key, NO_FIELDS, context),
  Punch: punchBy,
  Door: async (key, context) => {
    const door = parseDoorKey(key);
    return door && doorBy(door.DeviceSN, door.DoorNo, context);
  },
  Command: commandBy,
  AccessEvent: accessEventBy,
  DeviceMigration: migrationBy,
} satisfies Record<IdType, (key: string, context: Context) => Promise<ObjectSource | null>>;
