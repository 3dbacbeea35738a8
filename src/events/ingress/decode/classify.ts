import { DecodeError } from "../../../contract/codec.ts";
import {
  type DecodeResult,
  type DeliveryAddress,
  type DeliveryContext,
  deliveryContextOf,
  isRejected,
  type TryDecode,
} from "./delivery.ts";
import type { EventName } from "../../../contract/events.ts";
import { decodeEvent, decodeRecord, eventKindOf } from "./event.ts";
import type { NewEvent } from "../../event.ts";
import { decodeUserDeleted, decodeUserUpdated } from "./legacy-user.ts";
import { isMembers, lookupIn, type MemberLookup, type Members } from "../../../contract/lookup.ts";
import { listOf, notAnObject, requireMembers, valuesNamed } from "./members.ts";
import { isWrapped, unwrapped } from "./wrapper.ts";

/** Whether a body is of the older generation. */
export const isLegacy = (value: unknown): boolean => {
  if (!isMembers(value)) return false;
  const member = lookupIn(unwrapped(value));
  return isWrapped(value) || listOf(member("RealTime")).some(isMembers) || member("PunchLog") !== undefined;
};

/** Whether a body is of a kind that the gateway never sends without AuthToken. */
export const carriesToken = (value: unknown): boolean => {
  if (!isMembers(value)) return false;
  const member = lookupIn(unwrapped(value));
  return isWrapped(value) || ["RealTime", "Event", "EventID"].some((name) => member(name) !== undefined);
};

/** Decodes everything in a body, by its shape. A row that cannot be decoded costs only that row; never throws. */
export const decodeBody = (value: unknown, address: DeliveryAddress): readonly DecodeResult[] => {
  if (!isMembers(value)) return [tryDecode(value, null, notAnObject)];
  const body = unwrapped(value);
  const member = lookupIn(body);
  const realTimes = listOf(member("RealTime"));
  if (realTimes.length <= 1) return decodeWhole(value, body, member, realTimes[0], address);
  const rest = Object.entries(body).filter(([name]) => name.toLowerCase() !== "realtime");
  return realTimes.flatMap((RealTime) => {
    const one = { ...Object.fromEntries(rest), RealTime };
    return decodeWhole(one, one, lookupIn(one), RealTime, address);
  });
};

/** Decodes everything in a body with at most one RealTime; the quarantine keeps `value` of one that cannot be decoded. */
const decodeWhole = (
  value: Members,
  body: Members,
  outerMember: MemberLookup,
  realTime: unknown,
  address: DeliveryAddress,
): readonly DecodeResult[] => {
  const whole = isMembers(realTime) ? realTime : body;
  const member = whole === body ? outerMember : lookupIn(whole);
  const either: MemberLookup = (...names) => member(...names) ?? outerMember(...names);
  const context = deliveryContextOf(whole === body ? member : either, address);
  const legacy = LEGACY_PARTS.filter(([name]) => member(name) !== undefined);
  if (legacy.length > 0) {
    return legacy.flatMap(([name, kind, decodeAll]) =>
      decodeAll(member(name), context, tryDecodeIn(name, kind, context)),
    );
  }
  const headerName = isMembers(realTime) ? unknownRealTime(whole, address) : address.eventName;
  const kept = address.stgid === null ? value : { ...value, stgid: address.stgid };
  const result = tryDecode(kept, context.DeviceSN, () => decodeEvent(whole, member, context, headerName));
  return [isRejected(result) ? { ...result, kind: eventKindOf(member, headerName) } : result];
};

/** The rows of a page, or a row itself. */
const rowsIn = (value: unknown): readonly unknown[] =>
  isMembers(value) && valuesNamed(value, "Log").length > 0 ? listOf(lookupIn(value)("Log")) : [value];

const allRowsIn = (pages: readonly unknown[]): readonly unknown[] =>
  pages.length === 1 ? rowsIn(pages[0]) : pages.flatMap(rowsIn);

/** Decodes punches, and those in pages of punches. */
const decodePunches = (value: unknown, context: DeliveryContext, tryRow: TryDecode): readonly DecodeResult[] =>
  allRowsIn(listOf(value)).map((row) =>
    tryRow(row, () => {
      const members = requireMembers(row);
      return decodeRecord("attendance.new", members, lookupIn(members), context);
    }),
  );

/** What bodies of the older generation have, the kind of its events, and its decoder. */
const LEGACY_PARTS = [
  ["PunchLog", "attendance.new", decodePunches],
  ["UserUpdated", "enrollment.update", decodeUserUpdated],
  ["UserDeleted", "enrollment.update", decodeUserDeleted],
] as const;

/** A name for a body of the older generation that this version does not know: that of its first part. */
const unknownRealTime = (realTime: Members, { scrub }: DeliveryAddress): string | null => {
  const part = Object.entries(realTime).find(([, value]) => typeof value === "object" && value !== null);
  return part === undefined ? null : scrub(part[0]).slice(0, 64);
};

const tryDecode = (value: unknown, DeviceSN: string | null, decode: () => NewEvent): DecodeResult => {
  try {
    return decode();
  } catch (error) {
    const reason = error instanceof DecodeError ? error.message : `Unexpected error: ${nameOf(error)}.`;
    return { reason, DeviceSN, value };
  }
};

/** Keeps a rejected row as a body of its own, so that it can be decoded again after a correction. */
const tryDecodeIn =
  (name: string, kind: EventName, { DeviceSN, DeviceLabel, OperationID }: DeliveryContext): TryDecode =>
  (part, decode) => {
    const result = tryDecode(part, DeviceSN, decode);
    if (!isRejected(result)) return result;
    return {
      ...result,
      kind,
      value: { RealTime: { SerialNumber: DeviceSN, LabelName: DeviceLabel, OperationID, [name]: part } },
    };
  };

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");
