import type { Punch } from "../contract/attendance.ts";
import type { Decoded } from "../contract/codec.ts";
import type { DeviceStatusChange, EnrollmentUpdate } from "../contract/events.ts";

type HeadMember = "EventID" | "AuthToken" | "Time" | "Attempt" | "Event";

/** What happened, without the secrets and the head of the body that told it. */
export type EventBody =
  | { readonly kind: "attendance.new"; readonly punch: Punch }
  | { readonly kind: "device.status"; readonly change: Omit<Decoded<typeof DeviceStatusChange>, HeadMember> }
  | { readonly kind: "enrollment.update"; readonly update: Omit<Decoded<typeof EnrollmentUpdate>, HeadMember> }
  /** An event that this version has no word for: kept, so that a later one can tell it. */
  | { readonly kind: "other"; readonly name: string; readonly members: Readonly<Record<string, unknown>> };

export type EventKind = EventBody["kind"];

/** An event to be logged. */
export interface NewEvent {
  /** The same for every delivery of one event, by callback or by read. */
  readonly key: string;
  readonly DeviceSN: string;
  /** When it happened, RFC 3339; null where only the device's zone could tell. */
  readonly occurredAt: string | null;
  /** When the first delivery was accepted, RFC 3339. */
  readonly receivedAt: string;
  /** Read from the gateway after a hole, not delivered. */
  readonly recovered: boolean;
  readonly body: EventBody;
}

/** An event with its place in the log. Places grow; they compare by `comparePositions`. */
export interface LoggedEvent extends NewEvent {
  readonly offset: string;
}
