import type { User as UserRecord } from "../../contract/users.ts";
import { type Connection, type PageArguments, paginate } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import type { EnrollmentSource, UserSource } from "./refs.ts";

type Fact<Value> = Value | null | Promise<Value | null>;

/** A fact that is the same wherever the person is enrolled; null when the gateway has no record of the code. */
export const profileFact = <Value>(
  { EmployeeCode, seenOn, record }: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): Fact<Value> =>
  record === undefined
    ? loaders.profile
        .load({ EmployeeCode, DeviceSN: seenOn ?? null })
        .then((found) => (found === null ? null : pick(found)))
    : pick(record);

/** A fact that only the gateway's merged record tells for sure; null when it has none of the code. */
export const userFact = <Value>(
  { EmployeeCode, record }: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): Fact<Value> =>
  record === undefined
    ? loaders.user.load(EmployeeCode).then((found) => (found === null ? null : pick(found)))
    : pick(record);

export const fullName = ({ FirstName, LastName }: UserRecord): string | null => {
  const name = [FirstName, LastName].filter((part) => part !== null && part !== "").join(" ");
  return name === "" ? null : name;
};

/** One person; null when the gateway has no record of the code. */
export const userOf = async (EmployeeCode: string, { loaders }: Context): Promise<UserSource | null> => {
  const record = await loaders.user.load(EmployeeCode);
  return record === null ? null : { EmployeeCode: record.EmployeeCode, record };
};

/** The devices a person is on; none when the gateway does not know the person. */
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
