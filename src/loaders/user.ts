import DataLoader from "dataloader";
import type { Input } from "../contract/operations.ts";
import { isDeviceSN, isEmployeeCode, nameKey } from "../contract/scalars.ts";
import type { User, UserDevice } from "../contract/people.ts";
import { GatewayError } from "../gateway/errors.ts";
import {
  everyPage,
  type GatewayCall,
  type GatewayCalls,
  MAX_PAGE_SIZE,
  nullIfNotFound,
  orElse,
  pageFrom,
  pagesLeft,
  readAllowed,
  settleAll,
} from "./call.ts";

import type { FirstKnown } from "./first-known.ts";
import type { LoaderSource } from "./loader-source.ts";
import type { PeopleReads } from "./people.ts";

/** Reads a person's record; null if the gateway has no such person. */
const findUser = async (call: GatewayCall, input: Input<"FindUser">): Promise<User | null> =>
  (await nullIfNotFound(call("FindUser", input)))?.User ?? null;

/** The gateway's merged record of a person; null if it has no such person. One FindUser per person: there is no batch read. */
export const createUserLoader = (call: GatewayCall) =>
  new DataLoader<string, User | null>(
    readAllowed(isEmployeeCode, null, (codes) =>
      settleAll(codes.map((EmployeeCode) => findUser(call, { EmployeeCode }))),
    ),
  );

/** A person, a device that knows the person, if one is known, and the device's entry, if it was read. */
export interface ProfileKey {
  readonly EmployeeCode: string;
  readonly DeviceSN: string | null;
  readonly onDevice?: User | undefined;
}

/** The number of people from which device lists are read; below it, a page of 500 costs more than it saves. */
const MIN_PEOPLE_TO_LIST = 10;
/** The number of people of one device who are read within ten seconds, each by itself, from which on its list is read. */
const MIN_RECENT_TO_LIST = 3;
/** The same for the people of one device, whose single reads are never shared. */
const MIN_ENROLLED_TO_LIST = 3;

/**
 * Names of people: those of the merged records that the response reads anyway, or of the devices' entries that were read. Others, if
 * few: one FindUser each. Many people on few devices: the lists of these devices, then one FindUser for each person who is on none
 * of them. A single person of a device of which several others were just read, each by itself: the list of the device, which the
 * cache keeps for those that follow.
 */
export const createProfileLoader = (
  { probe, reads: { people }, isCached }: GatewayCalls & Pick<LoaderSource, "reads" | "isCached">,
  user: DataLoader<string, User | null>,
  records: FirstKnown<User | null>,
) => {
  const isRead = ({ EmployeeCode }: ProfileKey): boolean => records.isExpected(EmployeeCode);
  const readSingle = async ({ EmployeeCode, DeviceSN }: ProfileKey): Promise<User | null> => {
    if (!isCached || DeviceSN === null || !isDeviceSN(DeviceSN)) return user.load(EmployeeCode);
    const count = people.count(DeviceSN);
    const isListed = count >= MIN_RECENT_TO_LIST;
    return (
      (isListed ? await findListed(probe, people, DeviceSN, EmployeeCode, count) : null) ?? user.load(EmployeeCode)
    );
  };
  const readListed = async (keys: readonly ProfileKey[]) => {
    const serials = keys.map((key) => key.DeviceSN).filter((serial) => serial !== null);
    const devices = new Set(serials.filter(isDeviceSN));
    const listed = new Map<string, User>();
    if (keys.length >= MIN_PEOPLE_TO_LIST && devices.size * 2 <= keys.length) {
      await Promise.all(
        [...devices].map(async (DeviceSN) => {
          const codes = keys.filter((key) => key.DeviceSN === DeviceSN).map((key) => key.EmployeeCode);
          for (const listedUser of await listUsers(probe, DeviceSN, codes))
            listed.set(nameKey(listedUser.EmployeeCode), listedUser);
        }),
      );
    }
    return async ({ EmployeeCode }: ProfileKey) => listed.get(nameKey(EmployeeCode)) ?? user.load(EmployeeCode);
  };
  return new DataLoader<ProfileKey, User | null, string>(
    readAllowed(isProfileKey, null, async (keys) => {
      const unknown = keys.filter((key) => !isRead(key) && key.onDevice === undefined);
      const read = unknown.length === 1 ? readSingle : await readListed(unknown);
      return settleAll(
        keys.map(async (key) => {
          const { EmployeeCode, onDevice } = key;
          if (!isRead(key)) return onDevice ?? read(key);
          return (await orElse(user.load(EmployeeCode), async () => onDevice)) ?? onDevice ?? null;
        }),
      );
    }),
    { cacheKeyFn: ({ EmployeeCode }) => EmployeeCode },
  );
};

/**
 * Looks for a person in the list of a device, whose pages the cache keeps. It ends at a page from which on more pages are left
 * than people were looked for, and where the list cannot be read.
 */
const findListed = async (
  probe: GatewayCall,
  people: PeopleReads,
  DeviceSN: string,
  EmployeeCode: string,
  count: number,
): Promise<User | null> => {
  let read = 0;
  try {
    for await (const page of everyUserPage(probe, DeviceSN)) {
      const found = people.find(page.Users, EmployeeCode);
      if (found !== undefined) return found;
      read += page.Users.length;
      if (pagesLeft(page, read) > count) return null;
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
  return null;
};

const everyUserPage = (probe: GatewayCall, DeviceSN: string) =>
  everyPage(
    "ListUsers",
    (OffSet) => probe("ListUsers", { DeviceSN, Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
    ({ Users }) => Users,
  );

/** A person on one device. */
export interface EnrolledKey {
  readonly EmployeeCode: string;
  readonly DeviceSN: string;
}

/** The record of a person on one device. Few people of a device: one FindUser each. Several: its list, while that takes fewer calls. */
export const createEnrolledLoader = ({ call, probe }: GatewayCalls) =>
  new DataLoader<EnrolledKey, User | null, string>(
    readAllowed(isEnrolledKey, null, async (keys) => {
      const bySerial = Map.groupBy(keys, (key) => key.DeviceSN);
      const listed = new Map<string, User>();
      await Promise.all(
        [...bySerial].map(async ([DeviceSN, group]) => {
          if (group.length < MIN_ENROLLED_TO_LIST) return;
          const codes = group.map((key) => key.EmployeeCode);
          for (const user of await listUsers(probe, DeviceSN, codes)) listed.set(encode({ ...user, DeviceSN }), user);
        }),
      );
      return settleAll(keys.map(async (key) => listed.get(encode(key)) ?? findUser(call, key)));
    }),
    { cacheKeyFn: (key) => encode(key) },
  );

const isProfileKey = ({ EmployeeCode }: ProfileKey): boolean => isEmployeeCode(EmployeeCode);

const isEnrolledKey = ({ DeviceSN, EmployeeCode }: EnrolledKey): boolean =>
  isDeviceSN(DeviceSN) && isEmployeeCode(EmployeeCode);

const encode = ({ DeviceSN, EmployeeCode }: EnrolledKey): string => `${DeviceSN} ${nameKey(EmployeeCode)}`;

/**
 * Reads pages of a device's users while fewer pages than missing people are left. A failure ends the list, for example where
 * the plan does not include it: single reads then report what is wrong.
 */
const listUsers = async (probe: GatewayCall, DeviceSN: string, codes: readonly string[]): Promise<readonly User[]> => {
  const found: User[] = [];
  const missing = new Set(codes.map(nameKey));
  try {
    for await (const page of everyUserPage(probe, DeviceSN)) {
      found.push(...page.Users);
      for (const user of page.Users) missing.delete(nameKey(user.EmployeeCode));
      if (missing.size <= pagesLeft(page, found.length)) break;
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
  return found;
};

/** The devices that have a person; null if the gateway does not know the person. */
export const createUserDevicesLoader = (call: GatewayCall) =>
  new DataLoader<string, readonly UserDevice[] | null>(
    readAllowed(isEmployeeCode, null, (codes) =>
      settleAll(
        codes.map(
          async (EmployeeCode) => (await nullIfNotFound(call("ListUserDevices", { EmployeeCode })))?.Devices ?? null,
        ),
      ),
    ),
  );
