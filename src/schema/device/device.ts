import { setTimeout as delay } from "node:timers/promises";
import type { GraphQLResolveInfo } from "graphql";
import type { Punch } from "../../contract/attendance.ts";
import type { Device as DeviceRecord, DeviceCapabilities, DeviceInfo } from "../../contract/devices.ts";
import type { Input } from "../../contract/operations.ts";
import type { Migration } from "../../contract/realtime.ts";
import { isOpaqueID } from "../../contract/scalars.ts";
import type { User } from "../../contract/people.ts";
import type { SortOrder } from "../../contract/vocabulary.ts";
import { validate } from "../../gateway/request.ts";
import { nullIfNotFound, orElse } from "../../loaders/call.ts";
import { withCallerErrors, dateRange, readPage, searchText } from "../kernel/arguments.ts";
import { type Connection, type PageArguments, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { requireFound } from "../kernel/facts.ts";
import { globalId } from "../kernel/node.ts";
import { omitNullish } from "../kernel/omit.ts";
import { argumentsBelow, selectedBelow } from "../kernel/selection.ts";
import type { CounterSource, DeviceSource } from "./refs.ts";

/** Returns a member of a device's record, which is read only if the source does not contain it. */
export const deviceFact = <Value>(
  { DeviceSN, record }: DeviceSource,
  { loaders }: Context,
  pick: (record: DeviceRecord) => Value,
): Value | Promise<Value> =>
  record === undefined
    ? loaders.device.load(DeviceSN).then((found) => pick(requireFound(found, "Device", DeviceSN)))
    : pick(record);

/** Returns the label of a device; null if it has none. */
export const deviceLabel = (device: DeviceSource, context: Context): string | null | Promise<string | null> => {
  const { DeviceSN, label, formerLabel, record } = device;
  const known =
    label ?? (record === undefined && formerLabel !== undefined ? context.loaders.knownLabel(DeviceSN) : undefined);
  if (known !== undefined) return known || null;
  const read = async () => deviceFact(device, context, ({ DeviceLabel }) => DeviceLabel || null);
  return formerLabel === undefined ? read() : read().catch(() => formerLabel || null);
};

type Capability = keyof DeviceCapabilities;

/** Returns the reported capabilities. A capability that is not reported counts as absent. */
export const capabilitiesOf = (capabilities: DeviceCapabilities | null): Capability[] =>
  capabilities === null
    ? []
    : (Object.keys(capabilities) as Capability[]).filter((name) => capabilities[name] === true);

/** Returns number and capacity of one kind of items, or null if neither is known. */
export const counter = (
  { Counters, Capacity }: DeviceInfo,
  name: "Users" | "Fingerprints" | "Faces" | "Cards" | "Logs",
): CounterSource | null => {
  const used = Counters?.[name] ?? null;
  const capacity = Capacity?.[name] ?? null;
  return used === null && capacity === null ? null : { used, capacity };
};

/** A user as stored on a device. */
export interface UserOnDevice {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly onDevice: User;
}

/** The arguments of a list of users. */
export interface UsersArguments extends PageArguments {
  readonly search?: string | null | undefined;
}

/** The arguments of a list of punches. */
export interface PunchesArguments extends PageArguments {
  readonly from: string;
  readonly to: string;
  readonly order: (typeof SortOrder.values)[number];
}

/** Reads a page of the users on a device. */
export const deviceUsers = (
  DeviceSN: string,
  args: UsersArguments,
  context: Context,
): Promise<Connection<UserOnDevice>> =>
  readConnection(args, async (paging) => {
    const input = { DeviceSN, ...omitNullish({ Search: searchText(args.search) }), ...paging };
    const { Users, ...page } = await readPage(context, "ListUsers", input, args);
    return { ...page, rows: Users.map((onDevice) => ({ DeviceSN, EmployeeCode: onDevice.EmployeeCode, onDevice })) };
  });

/** Reads a page of the punches made at a device. */
export const devicePunches = async (
  DeviceSN: string,
  args: PunchesArguments,
  context: Context,
): Promise<Connection<Punch>> => {
  const input = { DeviceSN, ...dateRange(args), Sort: args.order };
  return readConnection(args, async (paging) => {
    const { AttendanceLogs, ...page } = await readPage(context, "GetAttendanceByDevice", { ...input, ...paging }, args);
    return { ...page, rows: AttendanceLogs };
  });
};

/** A caller does not wait longer for a gateway that does not answer. */
const CHECK_MS = 2_000;

/**
 * Asks the gateway for devices that are not known yet, and resolves to the serial numbers that it does not have; to those of them that
 * it did answer, if it cannot be asked for all. Undefined if all are known.
 */
export const missingDevices = (
  serials: readonly string[],
  { loaders }: Context,
): Promise<readonly string[]> | undefined => {
  const unknown = serials.filter((serial) => !loaders.hasDevice(serial));
  return unknown.length === 0 ? undefined : missingOf(unknown, loaders);
};

const missingOf = async (serials: readonly string[], { device }: Context["loaders"]): Promise<readonly string[]> => {
  const answered = new AbortController();
  const late = delay(CHECK_MS, [], { signal: answered.signal }).catch(() => []);
  const records = await Promise.race([device.loadMany(serials), late]);
  answered.abort();
  return serials.filter((_serial, index) => records[index] === null);
};

/** Returns the global ID of a migration. */
export const migrationId = (MigrationID: string): string => globalId("DeviceMigration", MigrationID);

/** Reads migrations, newest first. Returns an empty list if the migration is unknown. */
export const migrationsOf = async (
  input: Input<"MigrationStatus">,
  args: object,
  { loaders }: Context,
): Promise<Migration[]> => {
  if (input.MigrationID !== undefined && !isOpaqueID(input.MigrationID)) return [];
  const response = await withCallerErrors(args, () => {
    const reading = loaders.callOnce("MigrationStatus", input);
    return input.MigrationID === undefined ? reading : nullIfNotFound(reading);
  });
  return [...(response?.Migrations ?? [])];
};

/** The fields of a device that need no call. */
const KEY_FIELDS: ReadonlySet<string> = new Set(["__typename", "id", "serialNumber"]);

/** Reads of the fields that need no more than the serial number, and no right beyond that to the device. */
const READS_BY_KEY: Readonly<Record<string, (loaders: Context["loaders"], DeviceSN: string) => Promise<unknown>>> = {
  health: ({ health }, DeviceSN) => health.load(DeviceSN),
  migrations: ({ migrations }, DeviceSN) => migrations.load(DeviceSN),
};

/**
 * Begins to read selected fields together with the record. A device that was never read may not exist: its fields wait for the
 * record, so that a wrong serial number costs one call.
 */
const readAhead = (DeviceSN: string, selected: ReadonlySet<string>, { loaders }: Context): void => {
  if (!loaders.hasDevice(DeviceSN)) return;
  // The field that reports a failure gets it from the loader.
  for (const name of selected) READS_BY_KEY[name]?.(loaders, DeviceSN).catch(() => {});
};

/** Returns a device by its serial number, or null if the account has no such device. */
export const findDevice = async (
  DeviceSN: string,
  args: object,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<DeviceSource | null> => {
  const { loaders } = context;
  const selected = selectedBelow(info).difference(KEY_FIELDS);
  const [first = ""] = selected;
  return withCallerErrors(args, async () => {
    validate("GetDeviceInfo", { DeviceSN });
    if (selected.size === 1 && (await provesDevice(DeviceSN, first, context, info))) return { DeviceSN };
    readAhead(DeviceSN, selected, context);
    const record = await (selected.has("info")
      ? orElse<DeviceRecord | null, DeviceRecord>(loaders.info.load(DeviceSN), () => loaders.device.load(DeviceSN))
      : loaders.device.load(DeviceSN));
    return record === null ? null : { DeviceSN: record.DeviceSN, record };
  });
};

/**
 * Reads the only selected field and returns whether it proves that the device exists: a list of the device's users or punches
 * and its health do, so that no other call is needed.
 */
const provesDevice = async (
  DeviceSN: string,
  field: string,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<boolean> => {
  const args = argumentsBelow(info, "Device", field);
  try {
    if (field === "users") await deviceUsers(DeviceSN, args ?? {}, context);
    else if (field === "punches") await devicePunches(DeviceSN, args as unknown as PunchesArguments, context);
    else return field === "health" && (await context.loaders.health.load(DeviceSN))?.DeviceSN === DeviceSN;
    return true;
  } catch {
    return false;
  }
};
