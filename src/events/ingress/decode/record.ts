import { createHash } from "node:crypto";
import { type EventDefinition, type EventName, type EventRecord, EVENTS } from "../../../contract/events.ts";
import { toInstant } from "../../../contract/wall-clock.ts";
import { eventBodyOf, type NewEvent } from "../../event.ts";

/** What is known of an event beside its record. */
export interface Arrival {
  /** The gateway's id of the event; null if it has none, as in answers and in older bodies. */
  readonly EventID: string | null;
  /** When it was sent, RFC 3339. */
  readonly sentAt: string | null;
  /** When it was sent, also as the body writes it; see `DeliveryContext`. */
  readonly sent: unknown;
  readonly receivedAt: string;
  readonly recovered: boolean;
}

type AnyRecord = Readonly<Record<string, unknown>>;

/** The key that a record has in every delivery and every answer. */
export const naturalKey = (name: string, members: readonly string[], record: AnyRecord): string => {
  let key = name;
  for (const member of members) key += ` ${String(record[member])}`;
  return key;
};

/**
 * Key of an event without a natural key: its id at the gateway, else a hash of its content and of what differs in another
 * occurrence with the same content.
 */
export const deliveryKey = (DeviceSN: string, EventID: string | null, content: unknown, occurrence: unknown): string =>
  EventID === null ? `content ${DeviceSN} ${contentHash([content, occurrence])}` : `event ${DeviceSN} ${EventID}`;

/** Hashes what can be written as JSON. */
export const contentHash = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url");

/** Makes an event of the contract from its record. */
export const eventOf = <Name extends EventName>(
  name: Name,
  record: EventRecord<Name> & { readonly DeviceSN: string },
  { EventID, sentAt, sent, receivedAt, recovered }: Arrival,
): NewEvent => {
  const definition: EventDefinition = EVENTS[name];
  const { naturalKey: members, deviceClock } = definition;
  const { DeviceSN } = record;
  const body = eventBodyOf(name, record);
  return {
    key: members === null ? deliveryKey(DeviceSN, EventID, body, sent) : naturalKey(definition.record, members, record),
    DeviceSN,
    occurredAt: deviceClock === null ? sentAt : instantOn(deviceClock, record),
    receivedAt,
    recovered,
    body,
  };
};

/** RFC 3339; null if only the device's zone would determine it, or if its year cannot be written. */
const instantOn = ({ wall, offset }: NonNullable<EventDefinition["deviceClock"]>, record: AnyRecord): string | null => {
  const known = record[offset] as string | null;
  return known === null ? null : toInstant(record[wall] as string, known);
};
