import type { PunchKey } from "../../loaders/punch.ts";

export type IdType = "Device" | "User" | "Punch" | "Door" | "Command";

/** Opaque and stable: the same object has the same id in every answer, of every instance. */
export const globalId = (type: IdType, key: string): string => Buffer.from(`${type}:${key}`).toString("base64url");

/** Null for what is no id of ours. */
export const parseGlobalId = (id: string): { readonly type: IdType; readonly key: string } | null => {
  const [, type, key] = /^(Device|User|Punch|Door|Command):([^]+)$/.exec(Buffer.from(id, "base64url").toString()) ?? [];
  if (type === undefined || key === undefined) return null;
  return globalId(type as IdType, key) === id ? { type: type as IdType, key } : null;
};

/** Device, wall clock, employee code: what a read and a callback of one punch have in common. */
export const punchId = ({ DeviceSN, AttendanceLog, EmployeeCode }: PunchKey): string =>
  globalId("Punch", `${DeviceSN}/${AttendanceLog}/${EmployeeCode}`);

export const parsePunchKey = (key: string): PunchKey | null => {
  const [, DeviceSN, AttendanceLog, EmployeeCode] = /^([^/]+)\/([^/]+)\/([^]+)$/.exec(key) ?? [];
  return DeviceSN === undefined || AttendanceLog === undefined || EmployeeCode === undefined
    ? null
    : { DeviceSN, AttendanceLog, EmployeeCode };
};

export const doorId = (DeviceSN: string, DoorNo: number): string => globalId("Door", `${DeviceSN}/${DoorNo}`);

export const parseDoorKey = (key: string): { readonly DeviceSN: string; readonly DoorNo: number } | null => {
  const [, DeviceSN, number] = /^([^/]+)\/(\d{1,9})$/.exec(key) ?? [];
  return DeviceSN === undefined || number === undefined ? null : { DeviceSN, DoorNo: Number(number) };
};
