import type { Punch } from "../../contract/attendance.ts";
import type { Device as DeviceRecord, DeviceCapabilities, DeviceInfo } from "../../contract/devices.ts";
import type { Input } from "../../contract/operations.ts";
import type { Migration } from "../../contract/realtime.ts";
import type { User } from "../../contract/users.ts";
import type { SortOrder } from "../../contract/vocabulary.ts";
import { nullIfNotFound } from "../../loaders/call.ts";
import { withCallerErrors, dateRange, readPage } from "../kernel/arguments.ts";
import { type Connection, type PageArguments, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { requireFound } from "../kernel/facts.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import type { CounterSource, DeviceSource } from "./refs.ts";

/** A fact of a device's record, read only if it did not come along. */
export const deviceFact = <Fact>(
  { DeviceSN, record }: DeviceSource,
  { loaders }: Context,
  pick: (record: DeviceRecord) => Fact,
): Fact | Promise<Fact> =>
  record === undefined
    ? loaders.device.load(DeviceSN).then((found) => pick(requireFound(found, "Device", DeviceSN)))
    : pick(record);

type Capability = keyof DeviceCapabilities;

/** What the device says it can do; what it does not say counts as not. */
export const capabilitiesOf = (capabilities: DeviceCapabilities | null): Capability[] =>
  capabilities === null
    ? []
    : (Object.keys(capabilities) as Capability[]).filter((name) => capabilities[name] === true);

/** Held and most, null where neither is known. */
export const counter = (
  { Counters, Capacity }: DeviceInfo,
  name: "Users" | "Fingerprints" | "Faces" | "Cards" | "Logs",
): CounterSource | null => {
  const used = Counters?.[name] ?? null;
  const capacity = Capacity?.[name] ?? null;
  return used === null && capacity === null ? null : { used, capacity };
};

/** A user as on a device. */
export interface UserOnDevice {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly onDevice: User;
}

export interface UsersArguments extends PageArguments {
  readonly search?: string | null | undefined;
}

export interface PunchesArguments extends PageArguments {
  readonly from: string;
  readonly to: string;
  readonly order: (typeof SortOrder.values)[number];
}

/** Everyone on a device. */
export const deviceUsers = (
  DeviceSN: string,
  args: UsersArguments,
  context: Context,
): Promise<Connection<UserOnDevice>> =>
  readConnection(args, context, async (paging) => {
    const input = { DeviceSN, ...omitNullish({ Search: args.search }), ...paging };
    const { Users, ...page } = await readPage(context, "ListUsers", input, args);
    const rows = Users.map((onDevice) => ({ DeviceSN, EmployeeCode: onDevice.EmployeeCode, onDevice }));
    return { ...page, rows: Object.assign(rows, { rejected: Users.rejected }) };
  });

/** The punches made at a device. */
export const devicePunches = async (
  DeviceSN: string,
  args: PunchesArguments,
  context: Context,
): Promise<Connection<Punch>> => {
  const input = { DeviceSN, ...dateRange(args), Sort: args.order };
  return readConnection(args, context, async (paging) => {
    const { AttendanceLogs, ...page } = await readPage(context, "GetAttendanceByDevice", { ...input, ...paging }, args);
    return { ...page, rows: AttendanceLogs };
  });
};

/** Migrations, newest first; none where the migration or the device is unknown. */
export const migrationsOf = async (
  input: Input<"MigrationStatus">,
  args: object,
  { loaders }: Context,
): Promise<Migration[]> => {
  const answer = await withCallerErrors(args, () => nullIfNotFound(loaders.page("MigrationStatus", input)));
  return [...(answer?.Migrations ?? [])];
};
