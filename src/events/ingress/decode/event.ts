import { DecodeError } from "../../../contract/codec.ts";
import {
  definitionOf,
  DELIVERY_MEMBERS,
  type EventDefinition,
  EventName,
  type EventRecord,
  EVENTS,
} from "../../../contract/events.ts";
import type { NewEvent } from "../../event.ts";
import type { DeliveryContext } from "./delivery.ts";
import type { MemberLookup, Members } from "../../../contract/lookup.ts";
import { employeeCode, identifier, MAX_ID, shortText } from "./members.ts";
import { OLDER_NAMES } from "../../../contract/older-names.ts";
import { wordOf } from "../../../contract/padding.ts";
import { UNREADABLE } from "../../../contract/unreadable.ts";
import { punchMembersOf } from "./punch.ts";
import { contentHash, deliveryKey, eventOf } from "./record.ts";
import type { Scrub } from "../../../runtime/redact.ts";
import { withoutSecrets } from "../../../runtime/sanitize.ts";

const MAX_TEXT = 1_000;
const IS_OF_DELIVERY: ReadonlySet<string> = new Set(DELIVERY_MEMBERS.map((name) => name.toLowerCase()));

/** What an event needs beyond its codec, to be read from bodies of any generation: it maps them to the record's members. */
type Mapping = (members: Members, member: MemberLookup, context: DeliveryContext) => Members;

const MAPPINGS: { readonly [Name in EventName]?: Mapping } = {
  "attendance.new": (_members, member, context) => punchMembersOf(member, context),
  "enrollment.update": (members, member) => ({
    ...members,
    EmployeeCode: employeeCode(member("EmployeeCode", OLDER_NAMES.EmployeeCode)),
  }),
};

/**
 * Decodes an event of version 3, of any kind.
 *
 * @throws {DecodeError}
 */
export const decodeEvent = (
  members: Members,
  member: MemberLookup,
  context: DeliveryContext,
  headerName: string | null,
): NewEvent => {
  const name = nameOf(member, headerName);
  if (name === null) throw new DecodeError("an event of the gateway");
  return isKnown(name) ? decodeRecord(name, members, member, context) : keepUnknown(name, members, member, context);
};

/**
 * Decodes one record into an event of this kind, by the codec of the kind.
 *
 * @throws {DecodeError}
 */
export const decodeRecord = (
  name: EventName,
  members: Members,
  member: MemberLookup,
  context: DeliveryContext,
): NewEvent => {
  const { DeviceSN, DeviceLabel, sentAt, sent, receivedAt, scrub } = context;
  if (DeviceSN === null) throw new DecodeError("a serial number", "DeviceSN");
  const definition: EventDefinition = EVENTS[name];
  const mapped = MAPPINGS[name]?.(members, member, context) ?? members;
  const body = definition.codec.read({ ...mapped, EventID: "-", Event: name, DeviceSN, DeviceLabel });
  const record: Record<string, unknown> = { ...TEMPLATES[name] };
  for (const each of definition.members) record[each] = shortened(body[each], scrub);
  const EventID = definition.naturalKey === null ? eventIdOf(member) : null;
  return eventOf(name, record as EventRecord<EventName>, { EventID, sentAt, sent, receivedAt, recovered: false });
};

/** Copied for each record, so that all records of a kind have one hidden class. */
const TEMPLATES = Object.fromEntries(
  EventName.values.map((name) => [name, Object.fromEntries(EVENTS[name].members.map((member) => [member, null]))]),
) as Readonly<Record<EventName, Readonly<Record<string, null>>>>;

/** Truncates a text to MAX_TEXT code units. Half of a surrogate pair at the end becomes U+FFFD, and what cannot be read null. */
const shortened = (value: unknown, scrub: Scrub): unknown => {
  if (typeof value !== "string") return value === UNREADABLE ? null : value;
  return (value.length > MAX_TEXT ? scrub(value).slice(0, MAX_TEXT) : value).toWellFormed();
};

/** The id of an event at the gateway, hashed if it is too long for a key; null if the body has no id. */
const eventIdOf = (member: MemberLookup): string | null => {
  const id = identifier(member("EventID"), Infinity);
  return id === null || id.length <= MAX_ID ? id : contentHash(id);
};

const isKnown = (name: string): name is EventName => definitionOf(name) !== undefined;

const BY_WORD: ReadonlyMap<string, EventName> = new Map(EventName.values.map((name) => [wordOf(name), name]));

/** The event of a name in any case, with whatever stands between its words; of any other name, the name itself. */
const eventNamed = (name: string): string => (isKnown(name) ? name : (BY_WORD.get(wordOf(name)) ?? name));

const isWordOf = (words: readonly string[], value: unknown): boolean =>
  typeof value === "string" && words.some((word) => wordOf(word) === wordOf(value));

/** The kind of the event that a body has; undefined for a kind that is not in the contract, and if the body does not say. */
export const eventKindOf = (member: MemberLookup, headerName: string | null): EventName | undefined => {
  const name = nameOf(member, headerName);
  return name !== null && isKnown(name) ? name : undefined;
};

/** Events about employees come first: they name a device too. */
const RECOGNITIONS = EventName.values
  .toSorted((a, b) => Number(EVENTS[a].subject === "DeviceSN") - Number(EVENTS[b].subject === "DeviceSN"))
  .flatMap((name) => {
    const { recognizedBy, codec }: EventDefinition = EVENTS[name];
    return recognizedBy.map((member) => ({ name, member, words: codec.members?.[member]?.values }));
  });

/** The name in the body, else the name that its members suggest, else the name in the header. */
const nameOf = (member: MemberLookup, headerName: string | null): string | null => {
  const stated = shortText(member("Event"), MAX_ID);
  if (stated !== null) return eventNamed(stated);
  const recognized = RECOGNITIONS.find(({ member: each, words }) => {
    const value = member(each);
    return words === undefined ? value !== undefined : isWordOf(words, value);
  });
  return recognized?.name ?? (headerName === null ? null : eventNamed(headerName));
};

const keepUnknown = (
  name: string,
  members: Members,
  member: MemberLookup,
  { DeviceSN: device, OperationID, sentAt, sent, receivedAt, scrub }: DeliveryContext,
): NewEvent => {
  const own = Object.entries(members).filter(([each]) => !IS_OF_DELIVERY.has(each.toLowerCase()));
  const kept = withoutSecrets(Object.fromEntries(own), scrub) as Members;
  const body = { kind: "other", name, members: kept } as const;
  const DeviceSN = device ?? "";
  return {
    key: deliveryKey(DeviceSN, eventIdOf(member), body, OperationID ?? sent),
    DeviceSN,
    occurredAt: sentAt,
    receivedAt,
    recovered: false,
    body,
  };
};
