import type { NewEvent } from "../../event.ts";
import { type MemberLookup, serialNumber, shortText } from "./members.ts";
import { readInstant } from "./time.ts";

/** What is known of a delivery beside its body. */
export interface DeliveryAddress {
  /** The device that the URL names. */
  readonly stgid: string | null;
  /** The device that the token belongs to, where it belongs to one. */
  readonly tokenDevice: string | null;
  /** The event that the header names. */
  readonly eventName: string | null;
  /** RFC 3339. */
  readonly receivedAt: string;
}

/** What a body says about everything in it. */
export interface DeliveryContext {
  readonly DeviceSN: string | null;
  readonly DeviceLabel: string | null;
  readonly OperationID: string | null;
  /** When it was sent, RFC 3339. */
  readonly sentAt: string | null;
  readonly receivedAt: string;
}

/** What became of a body, or of a row of one: an event, or the reason why not with what should be kept. */
export type DecodeResult = NewEvent | RejectedItem;

export interface RejectedItem {
  readonly reason: string;
  readonly value: unknown;
}

export const isRejected = (item: DecodeResult): item is RejectedItem => "reason" in item;

/** Reads a part of a body; what cannot be read becomes a rejection. */
export type TryDecode = (part: unknown, read: () => NewEvent) => DecodeResult;

const LONGEST_LABEL = 256;

export const deliveryContextOf = (member: MemberLookup, address: DeliveryAddress): DeliveryContext => ({
  DeviceSN: serialNumber(member("DeviceSN", "SerialNumber", "stgid")) ?? address.stgid ?? address.tokenDevice,
  DeviceLabel: shortText(member("DeviceLabel", "LabelName"), LONGEST_LABEL),
  OperationID: shortText(member("OperationID"), LONGEST_LABEL),
  sentAt: readInstant(member("Time")),
  receivedAt: address.receivedAt,
});
