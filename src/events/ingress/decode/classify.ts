import { DecodeError } from "../../../contract/codec.ts";
import type { NewEvent } from "../../event.ts";
import {
  type DeliveryAddress,
  type TryDecode,
  type DeliveryContext,
  deliveryContextOf,
  isRejected,
  type DecodeResult,
} from "./envelope.ts";
import { isMembers, listOf, lookupIn, type Members } from "./members.ts";
import { decodeEvent } from "./notice.ts";
import { readPunch } from "./punch.ts";
import { readUserDeleted, readUserUpdated } from "./user.ts";

/** Whether a body is of the older generation. */
export const isLegacy = (value: unknown): boolean => {
  if (!isMembers(value)) return false;
  const member = lookupIn(value);
  return isMembers(member("RealTime")) || member("PunchLog") !== undefined;
};

/** Whether a body is of a kind that never comes without AuthToken. */
export const carriesToken = (value: unknown): boolean => {
  if (!isMembers(value)) return false;
  const member = lookupIn(value);
  return ["RealTime", "Event", "EventID"].some((name) => member(name) !== undefined);
};

/** All that a body tells, by its shape. One bad row costs that row; nothing is thrown. */
export const decodeBody = (value: unknown, address: DeliveryAddress): readonly DecodeResult[] => {
  if (!isMembers(value)) return [attempt(value, () => fail("an object"))];
  const member = lookupIn(value);
  const realTime = member("RealTime");
  const whole = isMembers(realTime) ? realTime : value;
  const inner = lookupIn(whole);
  const envelope = deliveryContextOf((...names) => inner(...names) ?? member(...names), address);
  const told = Object.entries(LEGACY).filter(([name]) => inner(name) !== undefined);
  if (told.length > 0) {
    return told.flatMap(([name, readAll]) => readAll(inner(name), envelope, attemptIn(name, envelope)));
  }
  const header = isMembers(realTime) ? unknownRealTime(whole) : address.eventName;
  const kept = address.stgid === null ? value : { ...value, stgid: address.stgid };
  return [attempt(kept, () => decodeEvent(whole, inner, envelope, header))];
};

/** A page of punches, a list of them, or one. */
const readPunches = (value: unknown, envelope: DeliveryContext, attempt: TryDecode): readonly DecodeResult[] => {
  const list = isMembers(value) ? lookupIn(value)("Log") : value;
  const isEmptyPage = isMembers(value) && Object.keys(value).some((name) => name.toLowerCase() === "log");
  const rows = list === undefined ? (isEmptyPage ? [] : [value]) : listOf(list);
  return rows.map((row) => attempt(row, () => readPunch(lookupIn(isMembers(row) ? row : fail("an object")), envelope)));
};

const LEGACY = { PunchLog: readPunches, UserUpdated: readUserUpdated, UserDeleted: readUserDeleted };

/** What kind of body of the older generation this might be, for one that this version has no word for. */
const unknownRealTime = (realTime: Members): string | null =>
  Object.entries(realTime)
    .find(([, value]) => typeof value === "object" && value !== null)?.[0]
    ?.slice(0, 64) ?? null;

const attempt = (value: unknown, read: () => NewEvent): DecodeResult => {
  try {
    return read();
  } catch (error) {
    return { reason: error instanceof DecodeError ? error.message : `A fault of ours: ${nameOf(error)}.`, value };
  }
};

/** What is kept of a bad row is a body of its own: it can be decoded again, once that is mended. */
const attemptIn =
  (name: string, { DeviceSN, DeviceLabel, OperationID }: DeliveryContext): TryDecode =>
  (part, read) => {
    const item = attempt(part, read);
    if (!isRejected(item)) return item;
    return {
      ...item,
      value: { RealTime: { SerialNumber: DeviceSN, LabelName: DeviceLabel, OperationID, [name]: part } },
    };
  };

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");

const fail = (expected: string): never => {
  throw new DecodeError(expected);
};
