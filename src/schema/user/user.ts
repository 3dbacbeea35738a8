import type { User as UserRecord } from "../../contract/users.ts";
import { type Connection, type PageArguments, paginate } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import type { EnrollmentSource, UserSource } from "./refs.ts";

type MaybePromise<Value> = Value | null | Promise<Value | null>;

/** Returns a member that is the same on every device; null if the gateway has no record of the code. */
export const profileFact = <Value>(
  { EmployeeCode, seenOn, record }: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): MaybePromise<Value> =>
  record === undefined
    ? loaders.profile
        .load({ EmployeeCode, DeviceSN: seenOn ?? null })
        .then((found) => (found === null ? null : pick(found)))
    : pick(record);

/** Returns a member that only the gateway's merged record contains reliably; null if there is no record of the code. */
export const userFact = <Value>(
  { EmployeeCode, record }: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): MaybePromise<Value> =>
  record === undefined
    ? loaders.user.load(EmployeeCode).then((found) => (found === null ? null : pick(found)))
    : pick(record);

/** Returns first and last name, or null if the record has neither. */
export const fullName = ({ FirstName, LastName }: UserRecord): string | null => {
  const name = [FirstName, LastName].filter((part) => part !== null && part !== "").join(" ");
  return name === "" ? null : name;
};

/** Returns a person by employee code, or null if the gateway has no record of the code. */
export const userOf = async (EmployeeCode: string, { loaders }: Context): Promise<UserSource | null> => {
  const record = await loaders.user.load(EmployeeCode);
  return record === null ? null : { EmployeeCode: record.EmployeeCode, record };
};

/** Returns a page of the devices that a person is enrolled on; empty if the gateway does not know the person. */
export const userDevices = async (
  { EmployeeCode }: UserSource,
  args: PageArguments,
  { loaders }: Context,
): Promise<Connection<EnrollmentSource>> => {
  const devices = (await loaders.userDevices.load(EmployeeCode)) ?? [];
  const enrollments = devices.map((sync) => ({
    DeviceSN: sync.DeviceSN,
    EmployeeCode,
    label: sync.DeviceLabel ?? undefined,
    sync,
  }));
  return paginate(enrollments, args, ({ DeviceSN }) => DeviceSN);
};
