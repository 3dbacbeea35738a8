import DataLoader from "dataloader";
import type { User, UserDevice } from "../contract/users.ts";
import { GatewayError } from "../gateway/errors.ts";
import { type GatewayCall, nullIfNotFound, MAX_PAGE_SIZE, settleAll } from "./call.ts";
import { everyPage, pageFrom } from "./pages.ts";

/** The gateway's merged record of a person; null when it has none. One FindUser each: there is no batch read. */
export const createUserLoader = (call: GatewayCall) =>
  new DataLoader<string, User | null>((codes) =>
    settleAll(
      codes.map(async (EmployeeCode) => (await nullIfNotFound(call("FindUser", { EmployeeCode })))?.User ?? null),
    ),
  );

/** A person, and a device on which the person was seen. */
export interface ProfileKey {
  readonly EmployeeCode: string;
  readonly DeviceSN: string | null;
}

/** So many people before a device's list is worth a look; below, a page of 500 costs more than it saves. */
const WORTH_A_LIST = 10;

/**
 * Name, validity and rights of people. Few: FindUser. Many, seen on few devices: the lists of these devices, then
 * FindUser for whoever is on none of them.
 */
export const createProfileLoader = (call: GatewayCall, user: DataLoader<string, User | null>) =>
  new DataLoader<ProfileKey, User | null, string>(
    async (keys) => {
      const devices = new Set(keys.map((key) => key.DeviceSN).filter((serial) => serial !== null));
      const listed = new Map<string, User>();
      if (keys.length >= WORTH_A_LIST && devices.size * 2 <= keys.length) {
        await Promise.all(
          [...devices].map(async (DeviceSN) => {
            const wanted = keys.filter((key) => key.DeviceSN === DeviceSN).map((key) => key.EmployeeCode);
            for (const each of await listUsers(call, DeviceSN, wanted)) listed.set(each.EmployeeCode, each);
          }),
        );
      }
      return settleAll(keys.map(async ({ EmployeeCode }) => listed.get(EmployeeCode) ?? user.load(EmployeeCode)));
    },
    { cacheKeyFn: ({ EmployeeCode }) => EmployeeCode },
  );

export interface EnrolledKey {
  readonly EmployeeCode: string;
  readonly DeviceSN: string;
}

/** A person as on one device. One person of a device: FindUser. Several: its list, as long as that takes fewer calls. */
export const createEnrolledLoader = (call: GatewayCall) =>
  new DataLoader<EnrolledKey, User | null, string>(
    async (keys) => {
      const bySerial = Map.groupBy(keys, (key) => key.DeviceSN);
      const listed = new Map<string, User>();
      await Promise.all(
        [...bySerial].map(async ([DeviceSN, wanted]) => {
          if (wanted.length < 3) return;
          const codes = wanted.map((key) => key.EmployeeCode);
          for (const each of await listUsers(call, DeviceSN, codes))
            listed.set(enrolledKey({ ...each, DeviceSN }), each);
        }),
      );
      return settleAll(
        keys.map(
          async (key) => listed.get(enrolledKey(key)) ?? (await nullIfNotFound(call("FindUser", key)))?.User ?? null,
        ),
      );
    },
    { cacheKeyFn: (key) => enrolledKey(key) },
  );

const enrolledKey = ({ DeviceSN, EmployeeCode }: EnrolledKey): string => `${DeviceSN} ${EmployeeCode}`;

/** Pages of a device's users while they are fewer than the people still missing; none where the plan forbids the list. */
const listUsers = async (call: GatewayCall, DeviceSN: string, wanted: readonly string[]): Promise<readonly User[]> => {
  const found: User[] = [];
  const missing = new Set(wanted);
  try {
    for await (const page of everyPage((OffSet) =>
      call("ListUsers", { DeviceSN, Limit: MAX_PAGE_SIZE, ...pageFrom(OffSet) }),
    )) {
      found.push(...page.Users);
      for (const user of page.Users) missing.delete(user.EmployeeCode);
      const pagesLeft = Math.ceil(((page.ActualRowCount ?? Number.POSITIVE_INFINITY) - found.length) / MAX_PAGE_SIZE);
      if (missing.size <= pagesLeft) break;
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
  return found;
};

/** The devices a person is on; null when the gateway does not know the person. */
export const createUserDevicesLoader = (call: GatewayCall) =>
  new DataLoader<string, readonly UserDevice[] | null>((codes) =>
    settleAll(
      codes.map(
        async (EmployeeCode) => (await nullIfNotFound(call("ListUserDevices", { EmployeeCode })))?.Devices ?? null,
      ),
    ),
  );
