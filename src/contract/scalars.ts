import { z } from "zod";
import type { Rule } from "./rules.ts";
import { isRealDay } from "./wall-clock.ts";

/** Exact schemas of what is sent to the gateway, with the patterns and limits of its document. */

const DEVICE_SN = /^[A-Za-z0-9-]{6,32}$/;
const EMPLOYEE_CODE = /^[A-Za-z0-9_.-]{1,24}$/;
const OPERATION_ID = /^[A-Za-z0-9_-]{8,64}$/;
const OPAQUE_ID = /^[!-~]{1,64}$/;

const broken = (kind: "unique" | "realDay", error: string) => ({
  error,
  params: { rule: { kind } satisfies Rule },
});

/** The issue of a list that has an item twice. */
export const DUPLICATE = broken("unique", "No item may occur twice.");
const NO_SUCH_DAY = broken("realDay", "There is no such day.");

/** Whether the gateway accepts this serial number in a request. Devices are known by others, too, and report them. */
export const isDeviceSN = (text: string): boolean => DEVICE_SN.test(text);
/** Whether the gateway accepts this employee code in a request. Terminals and personnel systems have others, too. */
export const isEmployeeCode = (text: string): boolean => EMPLOYEE_CODE.test(text);
/**
 * Whether two employee codes, or two serial numbers, name the same person or device: `0042` and `42` do not. A gateway may ignore the case
 * of letters, and answers with its own spelling.
 */
export const isSameName = (one: string, other: string): boolean => one === other || nameKey(one) === nameKey(other);
/** The key of an employee code or a serial number, which all spellings of the name share. */
export const nameKey = (name: string): string => name.toLowerCase();
/** Whether the gateway accepts this text as one to search for. */
export const isSearch = (text: string): boolean => Search.safeParse(text).success;
/** Whether the gateway accepts this ID of a command or a migration in a request. */
export const isOpaqueID = (text: string): boolean => OPAQUE_ID.test(text);
/** Whether the gateway accepts this OperationID in a request. */
export const isOperationID = (text: string): boolean => OPERATION_ID.test(text);
/** Whether this is a time on a wall clock, `YYYY-MM-DD HH:mm:ss`, of a day that exists. */
export const isLocalDateTime = (text: string): boolean => LocalDateTime.safeParse(text).success;

export const DeviceSN = z.string().regex(DEVICE_SN, "must have 6 to 32 letters, digits or hyphens");
const AllDevices = z.literal("ALL");
export const DeviceSNList = z.array(DeviceSN).min(1).max(100).refine(isUnique, DUPLICATE);
export const DeviceTargets = z.union([DeviceSN, DeviceSNList]);
export const DeviceSNOrAll = z.union([AllDevices, DeviceSN]);
export const DeviceTargetsOrAll = z.union([AllDevices, DeviceSN, DeviceSNList]);
export const DoorNo = z.int32().min(1);
export const EmployeeCode = z
  .string()
  .regex(EMPLOYEE_CODE, "must have 1 to 24 letters, digits, underscores, dots or hyphens");
export const EmployeeCodeList = z.array(EmployeeCode).min(1).max(100).refine(isUnique, DUPLICATE);
export const PersonName = z.string().max(24);
export const FirstName = z.string().min(1).max(24);
export const OperationID = z.string().regex(OPERATION_ID, "must have 8 to 64 letters, digits, underscores or hyphens");
export const OpaqueID = z.string().regex(OPAQUE_ID, "must have 1 to 64 printable ASCII characters without spaces");
export const AuthToken = z.string().regex(/^[A-Za-z0-9]{32}$/, "must have 32 letters or digits");
export const ScheduleID = z.int32().min(1).max(8);
export const Privileges = z.array(z.string().min(1).max(64)).max(32).refine(isUnique, DUPLICATE);
export const Limit = z.int32().min(1).max(500).default(50);
export const OffSet = z.string().max(512);
export const Search = z.string().min(1).max(64);

const DATE = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d`;

export const LocalDateTime = z
  .string()
  .regex(new RegExp(`^${DATE} ${TIME}$`), "must be a date and time")
  .refine(isRealDate, NO_SUCH_DAY);
export const DateOrLocalDateTime = z
  .string()
  .regex(new RegExp(`^${DATE}( ${TIME})?$`), "must be a date, or a date and time")
  .refine(isRealDate, NO_SUCH_DAY);
export const GmtDateTime = z
  .string()
  .regex(new RegExp(`^${DATE} ${TIME} GMT [+-](0\\d|1[0-4])[0-5]\\d$`), "must be a time with an offset");
export const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 09:00");
export const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, "must be Base64 data");
export const CallbackURL = z
  .string()
  .max(2048)
  .regex(/^https?:\/\//, "must begin with http:// or https://");

/** Whether no two items are equal. */
export function isUnique(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

/** 30 February matches the pattern of the contract, but does not exist. */
function isRealDate(value: string): boolean {
  return isRealDay(value.slice(0, 10));
}
