import type { CredentialInfo, User as UserRecord } from "../../contract/people.ts";
import type { FirstKnown } from "../../loaders/first-known.ts";
import { orElse } from "../../loaders/call.ts";
import { type Connection, type PageArguments, paginate } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { mapMaybePromise, requireReadable } from "../kernel/facts.ts";
import type { EnrollmentSource, UserCredentialSource, UserSource } from "./refs.ts";

type MaybePromise<Value> = Value | null | Promise<Value | null>;

/** Returns a member of a record. The record that is known first answers for every object of the person in the response. */
const recordFact = <Value>(
  { EmployeeCode }: UserSource,
  people: FirstKnown<UserRecord | null>,
  record: UserRecord | undefined,
  read: () => Promise<UserRecord | null>,
  pick: (record: UserRecord) => Value | null,
): MaybePromise<Value> => {
  const picked = (found: UserRecord | null) => {
    const first = people.sameFor(EmployeeCode, found);
    return first === null ? null : pick(first);
  };
  const known = people.known(EmployeeCode);
  if (known === undefined) people.expect(EmployeeCode);
  return mapMaybePromise(known === undefined ? (record ?? read()) : known, picked);
};

/** Returns a part of the name, which is read as cheaply as possible; null if the gateway has no record of the code. */
export const nameFact = <Value>(
  user: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): MaybePromise<Value> => {
  const key = { EmployeeCode: user.EmployeeCode, DeviceSN: user.seenOn ?? null, onDevice: user.onDevice };
  return recordFact(user, loaders.profiles, user.record, () => loaders.profile.load(key), pick);
};

/**
 * Returns a member of the gateway's merged record; null if there is no record of the code. What says whom a door lets in comes from
 * here alone: the copy of a device lags behind while the device is offline.
 */
export const userFact = <Value>(
  user: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): MaybePromise<Value> =>
  recordFact(user, loaders.records, user.record, () => loaders.user.load(user.EmployeeCode), pick);

/** Returns a member of the record that lists the credentials of a person: a device's list has them, too. */
export const credentialsFact = <Value>(
  user: UserSource,
  { loaders }: Context,
  pick: (record: UserRecord) => Value | null,
): MaybePromise<Value> => {
  const { EmployeeCode, record, onDevice } = user;
  return recordFact(user, loaders.holders, record ?? onDevice, () => loaders.user.load(EmployeeCode), pick);
};

/** Returns a member of the gateway's record of a credential; null if the gateway has no such credential. */
export const credentialFact = <Value>(
  { EmployeeCode, Type, Index, record }: UserCredentialSource,
  context: Context,
  pick: (record: CredentialInfo) => Value | null,
): MaybePromise<Value> => {
  if (record !== undefined) return pick(record);
  return credentialsFact({ EmployeeCode }, context, ({ Credentials }) => {
    const all = requireReadable(Credentials ?? null, "credentials");
    const found = all && context.served(all).find((each) => each.Type === Type && each.Index === Index);
    return found == null ? null : pick(found);
  });
};

/**
 * Returns the name of a person; null if it is not known. The name that is known first, from a row or a record, answers for every
 * object of the person in the response.
 */
export const personName = (user: UserSource, context: Context): MaybePromise<string> => {
  const { names } = context.loaders;
  const known = names.known(user.EmployeeCode);
  if (known !== undefined) return known;
  const name = user.name === undefined ? nameFact(user, context, fullName) : user.name || nameElsewhere(user, context);
  return mapMaybePromise(name, (found) =>
    found === null ? (names.known(user.EmployeeCode) ?? null) : names.sameFor(user.EmployeeCode, found),
  );
};

/**
 * The name of a person whose row has none: that of another row, or of a record that the response reads anyway. It costs no call of its own,
 * because pages are full of people whom the gateway does not know.
 */
const nameElsewhere = async (user: UserSource, context: Context): Promise<string | null> => {
  const { names, profiles, records } = context.loaders;
  // The other rows of the page, and the other fields of the person, come first.
  await Promise.resolve();
  const known = names.known(user.EmployeeCode);
  if (known !== undefined) return known;
  if (profiles.isExpected(user.EmployeeCode)) return nameFact(user, context, fullName);
  return records.isExpected(user.EmployeeCode) ? userFact(user, context, fullName) : null;
};

/** Returns first and last name, or null if the record has neither. */
export const fullName = ({ FirstName, LastName }: UserRecord): string | null => {
  const name = [FirstName, LastName].filter((part) => part !== null && part !== "").join(" ");
  return name === "" ? null : name;
};

/**
 * Returns a person by employee code, or null if the gateway has no record of the code. If the record cannot be read, a device that
 * has the person proves that there is one.
 */
export const userOf = (EmployeeCode: string, { loaders }: Context): Promise<UserSource | null> => {
  loaders.records.expect(EmployeeCode);
  const read = async () => {
    const record = await loaders.user.load(EmployeeCode);
    return record === null ? null : { EmployeeCode: record.EmployeeCode, record };
  };
  const isEnrolled = async () => ((await loaders.userDevices.load(EmployeeCode)) ?? []).length > 0;
  return orElse<UserSource | null, UserSource>(read(), async () => ((await isEnrolled()) ? { EmployeeCode } : null));
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
