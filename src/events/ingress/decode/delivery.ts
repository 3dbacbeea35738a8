import { readInstant } from "../../../contract/clock-text.ts";
import type { EventName } from "../../../contract/events.ts";
import type { NewEvent } from "../../event.ts";
import { OLDER_NAMES } from "../../../contract/older-names.ts";
import type { MemberLookup } from "../../../contract/lookup.ts";
import type { Scrub } from "../../../runtime/redact.ts";
import { identifier, serialNumber, shortText } from "./members.ts";

/** What is known of a delivery beside its body. */
export interface DeliveryAddress {
  /** The device that the URL names. */
  readonly stgid: string | null;
  /** The device that the token belongs to; null for a token of the account. */
  readonly tokenDevice: string | null;
  /** The event that the header names. */
  readonly eventName: string | null;
  /** RFC 3339. */
  readonly receivedAt: string;
  readonly offsetAt: OffsetAt;
  /** For texts that are cut; the event is scrubbed as a whole. */
  readonly scrub: Scrub;
}

/** Returns the offset of a device's clock at a wall-clock time, from what is known without a call; null if it is not known. */
export type OffsetAt = (DeviceSN: string, wall: string) => string | null;

/** What a body says about everything in it. */
export interface DeliveryContext {
  readonly DeviceSN: string | null;
  readonly DeviceLabel: string | null;
  readonly OperationID: string | null;
  /** When it was sent, RFC 3339. */
  readonly sentAt: string | null;
  /** `sentAt`, or the raw `Time` if it cannot be read. It distinguishes occurrences without an EventID. */
  readonly sent: unknown;
  readonly receivedAt: string;
  readonly offsetAt: OffsetAt;
  /** For texts that are cut; the event is scrubbed as a whole. */
  readonly scrub: Scrub;
}

/** Result of decoding a body, or one row of a body: an event, or the reason for its rejection and the value to keep. */
export type DecodeResult = NewEvent | RejectedItem;

export interface RejectedItem {
  readonly reason: string;
  /** The device that it is about; null if it names none. */
  readonly DeviceSN: string | null;
  readonly value: unknown;
  /** What it should have been; undefined if that cannot be read either. */
  readonly kind?: EventName | undefined;
}

export const isRejected = (result: DecodeResult): result is RejectedItem => "reason" in result;

/** Decodes a part of a body; a part that cannot be decoded becomes a rejection. */
export type TryDecode = (part: unknown, decode: () => NewEvent) => DecodeResult;

const MAX_LABEL = 256;

/** Reads what a body says about everything in it. A device that it does not name is that of the URL, otherwise that of the token. */
export const deliveryContextOf = (member: MemberLookup, address: DeliveryAddress): DeliveryContext => {
  const time = member("Time");
  const sentAt = readInstant(time);
  return {
    DeviceSN: serialNumber(member("DeviceSN", OLDER_NAMES.DeviceSN, "stgid")) ?? address.stgid ?? address.tokenDevice,
    DeviceLabel: shortText(member("DeviceLabel", OLDER_NAMES.DeviceLabel), MAX_LABEL),
    OperationID: identifier(member("OperationID"), MAX_LABEL),
    sentAt,
    sent: sentAt ?? time,
    receivedAt: address.receivedAt,
    offsetAt: address.offsetAt,
    scrub: address.scrub,
  };
};
