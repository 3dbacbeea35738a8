import type { PunchKey } from "../../loaders/punch-key.ts";
import { builder } from "./builder.ts";

/** The types whose objects are found by their global ID. */
const ID_TYPES = ["Device", "User", "Punch", "Door", "Command", "AccessEvent", "DeviceMigration"] as const;
export type IdType = (typeof ID_TYPES)[number];
/** The types whose IDs are cache keys only. */
type CacheIdType = "Enrollment" | "Credential" | "AttendanceDay";

/** Returns an opaque, stable ID: the same object has the same ID in every response of every instance. */
export const globalId = (type: IdType | CacheIdType, key: string): string =>
  Buffer.from(`${type}:${key}`).toString("base64url");

const GLOBAL_ID = new RegExp(`^(${ID_TYPES.join("|")}):([^]+)$`);

/** Returns the type and key of a global ID, or null if the ID is not a valid Portico ID. */
export const parseGlobalId = (id: string): { readonly type: IdType; readonly key: string } | null => {
  const [, type, key] = GLOBAL_ID.exec(Buffer.from(id, "base64url").toString()) ?? [];
  if (type === undefined || key === undefined) return null;
  return globalId(type as IdType, key) === id ? { type: type as IdType, key } : null;
};

/** The key of a row that is found by its device and wall clock, and by what distinguishes it from others of that second. */
export interface TimedKey {
  readonly DeviceSN: string;
  readonly localTime: string;
  readonly rest: string;
}

/** Returns the text form of the key of a row. */
export const timedKey = ({ DeviceSN, localTime, rest }: TimedKey): string => `${DeviceSN}/${localTime}/${rest}`;

/** Parses the key of a row; returns null if it is malformed. Serial numbers and the rest may contain slashes and blanks. */
export const parseTimedKey = (key: string): TimedKey | null => {
  const [, DeviceSN, localTime, rest] = /^([^]+?)\/(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\/([^]+)$/.exec(key) ?? [];
  return DeviceSN === undefined || localTime === undefined || rest === undefined ? null : { DeviceSN, localTime, rest };
};

/** Returns the global ID of a punch from device, wall clock and employee code: the members that a read and a callback share. */
export const punchId = ({ DeviceSN, AttendanceLog, EmployeeCode }: PunchKey): string =>
  globalId("Punch", timedKey({ DeviceSN, localTime: AttendanceLog, rest: EmployeeCode }));

/** Parses the key in a punch's global ID; returns null if it is malformed. */
export const parsePunchKey = (key: string): PunchKey | null => {
  const parsed = parseTimedKey(key);
  return parsed && { DeviceSN: parsed.DeviceSN, AttendanceLog: parsed.localTime, EmployeeCode: parsed.rest };
};

/** Returns the global ID of a door. */
export const doorId = (DeviceSN: string, DoorNo: number): string => globalId("Door", `${DeviceSN}/${DoorNo}`);

/** Parses the key in a door's global ID; returns null if it is malformed. */
export const parseDoorKey = (key: string): { readonly DeviceSN: string; readonly DoorNo: number } | null => {
  const [, DeviceSN, number] = /^(\S+)\/(\d{1,9})$/.exec(key) ?? [];
  return DeviceSN === undefined || number === undefined ? null : { DeviceSN, DoorNo: Number(number) };
};

/** The interface of every type with a global ID. */
export const Node = builder.interfaceRef<object>("Node").implement({
  description: "An object with a global ID, which can be read again by that ID.",
  fields: (t) => ({
    id: t.id({
      description: "Opaque, stable and globally unique ID of the object. Do not parse it.",
      resolve: () => {
        throw new Error("A type that implements Node must resolve its own id.");
      },
    }),
  }),
});
