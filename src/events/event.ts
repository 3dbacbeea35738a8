import { definitionOf, type EventName, type EventRecord, EVENTS } from "../contract/events.ts";
import { isMembers } from "../contract/lookup.ts";
import { appendedAt } from "./offset.ts";

type RecordName<Name extends EventName> = (typeof EVENTS)[Name]["record"];

/** An event of the contract: its record, under the name that its definition gives it. */
type KnownBody<Name extends EventName> = {
  readonly [Member in "kind" | RecordName<Name>]: Member extends "kind" ? Name : EventRecord<Name>;
};

/** What happened, without secrets and without the members of the delivery. */
export type EventBody =
  | { readonly [Name in EventName]: KnownBody<Name> }[EventName]
  /** An event that this version does not know. It is kept, so that a later version can deliver it. */
  | { readonly kind: "other"; readonly name: string; readonly members: Readonly<Record<string, unknown>> }
  /** An entry of the log that this version cannot read: an event is missing here. */
  | { readonly kind: "unreadable" }
  /** An entry of the log that says that events before it are lost. */
  | { readonly kind: "gap" };

export type EventKind = EventBody["kind"];

/** An event to append to the log. */
export interface NewEvent {
  /** The same for every delivery of one event, by callback or by read. */
  readonly key: string;
  readonly DeviceSN: string;
  /** When it happened, RFC 3339; null if only the device's zone would determine it. */
  readonly occurredAt: string | null;
  /** When the first delivery was accepted, RFC 3339. */
  readonly receivedAt: string;
  /** True if it was read from the gateway after a gap; false if the gateway delivered it. */
  readonly recovered: boolean;
  readonly body: EventBody;
  /** W3C `traceparent` of what appended it; absent without tracing, and in entries of earlier versions. */
  readonly trace?: string;
}

/** An event with its offset in the log. Offsets grow; `compareOffsets` orders them. */
export interface LoggedEvent extends NewEvent {
  readonly offset: string;
}

/** Whether an entry of the log stands for events that are missing: every reader that passes it reports a gap. */
export const isGap = ({ body }: NewEvent): boolean => body.kind === "gap" || body.kind === "unreadable";

/** Makes the entry of the log that reports a gap to all readers. */
export const gapEntry = (receivedAt: string): NewEvent => ({
  key: "",
  DeviceSN: "",
  occurredAt: null,
  receivedAt,
  recovered: true,
  body: { kind: "gap" },
});

/** Makes the body of an event from its record. */
export const eventBodyOf = <Name extends EventName>(name: Name, record: EventRecord<Name>): EventBody =>
  ({ kind: name, [EVENTS[name].record]: record }) as EventBody;

/**
 * The record of an event of this kind.
 *
 * @throws {Error} if the event is of another kind
 */
export const recordOf = <Name extends EventName>({ body }: NewEvent, name: Name): EventRecord<Name> => {
  if (body.kind !== name) throw new Error(`The event must be ${name}; received ${body.kind}.`);
  const members: Readonly<Record<string, unknown>> = body;
  return members[EVENTS[name].record] as EventRecord<Name>;
};

const isText = (value: unknown): value is string => typeof value === "string";

const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

const isBody = (body: unknown): boolean => {
  if (!isMembers(body)) return false;
  if (body["kind"] === "gap") return true;
  if (body["kind"] === "other") return isText(body["name"]) && isMembers(body["members"]);
  const definition = isText(body["kind"]) ? definitionOf(body["kind"]) : undefined;
  const record = definition && body[definition.record];
  if (definition === undefined || !isMembers(record)) return false;
  const { subject, deviceClock } = definition;
  return (
    isText(record["DeviceSN"]) && isText(record[subject]) && (deviceClock === null || isText(record[deviceClock.wall]))
  );
};

/** Whether a stored value is an event that this version can deliver: another version, or another program, may have written it. */
export const isStoredEvent = (value: unknown): value is NewEvent =>
  isMembers(value) &&
  isText(value["key"]) &&
  isText(value["DeviceSN"]) &&
  isTextOrNull(value["occurredAt"]) &&
  isText(value["receivedAt"]) &&
  isBody(value["body"]);

const MAX_TIME_MS = 8_640_000_000_000_000;

/** Stands for an entry that cannot be read, at its offset. */
export const unreadableEvent = (offset: string): LoggedEvent => ({
  key: "",
  DeviceSN: "",
  occurredAt: null,
  receivedAt: new Date(Math.min(appendedAt(offset), MAX_TIME_MS)).toISOString(),
  recovered: true,
  body: { kind: "unreadable" },
  offset,
});

/** The record of an event of the contract, for those of its members that are texts or null. */
const textsOf = (body: EventBody, record: string): Readonly<Partial<Record<string, string | null>>> => {
  const members: Readonly<Record<string, unknown>> = body;
  return members[record] as Readonly<Partial<Record<string, string | null>>>;
};

/** The employee that an event is about; null if it is about the device alone, or of a kind that this version does not know. */
export const employeeCodeOf = ({ body }: NewEvent): string | null => {
  const definition = definitionOf(body.kind);
  if (definition?.subject !== "EmployeeCode") return null;
  return textsOf(body, definition.record)["EmployeeCode"] ?? null;
};

/** The name that an event itself has of its employee: undefined if it says nothing of it, null if the gateway knew none. */
export const employeeNameOf = ({ body }: NewEvent): string | null | undefined => {
  const definition = definitionOf(body.kind);
  return definition === undefined ? undefined : textsOf(body, definition.record)["EmployeeName"];
};

/** The date and time on the device's clock, and its offset from UTC if it is known; null if the event contains neither. */
export const deviceClockOf = ({ body }: NewEvent): { readonly wall: string; readonly offset: string | null } | null => {
  const definition = definitionOf(body.kind);
  if (definition === undefined || definition.deviceClock === null) return null;
  const record = textsOf(body, definition.record);
  const { wall, offset } = definition.deviceClock;
  return { wall: record[wall] ?? "", offset: record[offset] ?? null };
};

/** A function of the record of each event, and of the serial number of its device. */
export type EventTable<Result> = {
  readonly [Name in EventName]: (record: EventRecord<Name>, DeviceSN: string) => Result;
};

const isEventName = (kind: string): kind is EventName => definitionOf(kind) !== undefined;

/** Applies the function for the kind of an event; undefined for a kind that is not in the contract. */
export const applyTable = <Result>(table: EventTable<Result>, event: NewEvent): Result | undefined => {
  const { kind } = event.body;
  const apply = <Name extends EventName>(name: Name, record: EventRecord<Name>) => table[name](record, event.DeviceSN);
  return isEventName(kind) ? apply(kind, recordOf(event, kind)) : undefined;
};
