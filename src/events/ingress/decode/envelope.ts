import type { NewEvent } from "../../event.ts";
import { type Lookup, serialNumber, shortText } from "./members.ts";
import { readInstant } from "./time.ts";

/** What is known of a delivery beside its body. */
export interface Address {
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
export interface Envelope {
  readonly DeviceSN: string | null;
  readonly DeviceLabel: string | null;
  readonly OperationID: string | null;
  /** When it was sent, RFC 3339. */
  readonly sentAt: string | null;
  readonly receivedAt: string;
}

/** What became of a body, or of a row of one: an event, or the reason why not with what should be kept. */
export type Item = NewEvent | Rejected;

export interface Rejected {
  readonly reason: string;
  readonly value: unknown;
}

export const isRejected = (item: Item): item is Rejected => "reason" in item;

/** Reads a part of a body; what cannot be read becomes a rejection. */
export type Attempt = (part: unknown, read: () => NewEvent) => Item;

const LONGEST_LABEL = 256;

export const envelopeOf = (member: Lookup, address: Address): Envelope => ({
  DeviceSN: serialNumber(member("DeviceSN", "SerialNumber", "stgid")) ?? address.stgid ?? address.tokenDevice,
  DeviceLabel: shortText(member("DeviceLabel", "LabelName"), LONGEST_LABEL),
  OperationID: shortText(member("OperationID"), LONGEST_LABEL),
  sentAt: readInstant(member("Time")),
  receivedAt: address.receivedAt,
});
