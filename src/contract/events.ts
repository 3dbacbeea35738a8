import { punchMembers } from "./attendance.ts";
import { type Codec, type Decoded, expected, nullable, record, withDefault } from "./codec.ts";
import { OLDER_NAMES } from "./older-names.ts";
import { instant } from "./times.ts";
import { count, deviceSerial, identified, int32, literal, personCode, remark, text } from "./values.ts";
import {
  CredentialType,
  DeviceStatus,
  DeviceStatusReason,
  EnrollmentAction,
  EnrollmentSource,
  EnrollmentStatus,
  QueueStatus,
} from "./vocabulary.ts";
import { vocabulary } from "./words.ts";

/** Facts of an event that its codec does not say. `Member` is a member of its record. */
interface EventFacts<Member extends string> {
  /** One sentence for clients: when the event happens. */
  readonly description: string;
  /** Name of the record in stored events, and first word of natural keys. */
  readonly record: string;
  /** Members that identify the event in every delivery and every answer; null: the gateway's EventID identifies it. */
  readonly naturalKey: readonly Member[] | null;
  /** The member that names what the event is about. Every event names a device; some are about an employee on it. */
  readonly subject: "DeviceSN" | (Member & "EmployeeCode");
  /** Members that hold the instant of the event on the device's clock; null: an event happens when it is sent. */
  readonly deviceClock: { readonly wall: Member; readonly offset: Member } | null;
  /** Any of these members identifies the event in a body that does not name it; of a word, only a word of the contract does. */
  readonly recognizedBy: readonly string[];
  /** Members that answers have and the document's callbacks do not; null in callbacks unless the ingress derives them. */
  readonly answersOnly: readonly Member[];
  /** What a caller has to be allowed to read. */
  readonly scope: string;
  /** Value of the enumeration of kinds, and name of the type, in GraphQL. */
  readonly graphql: { readonly kind: string; readonly type: string };
}

/** An event of the gateway: all that the layers above derive from. */
export interface EventDefinition extends EventFacts<string> {
  /** The name that the gateway gives it, verbatim. */
  readonly name: string;
  /** Reads a body of version 3. Bodies of other generations are mapped to its members first. */
  readonly codec: Codec<Readonly<Record<string, unknown>>>;
  /** Members of the record: those of the body, without those that belong to the delivery. */
  readonly members: readonly string[];
}

/** Members of a body that belong to the delivery, not to the event. */
const delivery = {
  EventID: text,
  AuthToken: expected(text),
  Time: expected(instant),
  Attempt: expected(int32),
};

export const DELIVERY_MEMBERS: readonly string[] = [...Object.keys(delivery), "Event"];

/** Declares an event. The record is `members` and the serial number of the device. */
const event = <
  const Name extends string,
  Members extends Readonly<Record<string, Codec<unknown>>>,
  const Facts extends EventFacts<keyof Members & string>,
>(
  name: Name,
  members: Members,
  facts: Facts,
) => ({
  ...facts,
  name,
  codec: record({ ...delivery, Event: literal(name), DeviceSN: deviceSerial, ...members }),
  members: Object.keys({ DeviceSN: deviceSerial, ...members }),
});

const attendanceNew = event("attendance.new", punchMembers, {
  description: "A device reported a punch.",
  record: "punch",
  naturalKey: ["DeviceSN", "EmployeeCode", "AttendanceLog"],
  subject: "EmployeeCode",
  deviceClock: { wall: "AttendanceLog", offset: "UtcOffset" },
  recognizedBy: ["AttendanceLog", OLDER_NAMES.AttendanceLog],
  answersOnly: ["EmployeeName", "ReceivedTime", "ClockSuspect"],
  scope: "attendance:read",
  graphql: { kind: "PUNCH_ADDED", type: "PunchAdded" },
});

const deviceStatus = event(
  "device.status",
  {
    DeviceLabel: nullable(text),
    Status: DeviceStatus.tolerant,
    PreviousStatus: nullable(DeviceStatus.tolerant),
    Reason: nullable(DeviceStatusReason.tolerant),
    LastSeen: nullable(instant),
    QueueDepth: nullable(count),
    QueueStatus: nullable(QueueStatus.tolerant),
  },
  {
    description: "The status or health of a device changed.",
    record: "change",
    naturalKey: null,
    subject: "DeviceSN",
    deviceClock: null,
    recognizedBy: ["Status"],
    answersOnly: [],
    scope: "devices:read",
    graphql: { kind: "DEVICE_STATUS_CHANGED", type: "DeviceStatusChanged" },
  },
);

const enrollmentUpdate = event(
  "enrollment.update",
  {
    EmployeeCode: personCode,
    Action: withDefault(EnrollmentAction.tolerant, "Other"),
    CredentialType: nullable(CredentialType.tolerant),
    Index: nullable(int32),
    Size: nullable(count),
    EnrollmentStatus: withDefault(EnrollmentStatus.tolerant, "Unknown"),
    Source: expected(EnrollmentSource.tolerant),
    CommandID: identified(nullable(text)),
    OperationID: identified(nullable(text)),
    FailureReason: nullable(remark),
  },
  {
    description: "A user or a credential on a device changed, or the change failed.",
    record: "update",
    naturalKey: null,
    subject: "EmployeeCode",
    deviceClock: null,
    recognizedBy: ["Action"],
    answersOnly: [],
    scope: "users:read",
    graphql: { kind: "ENROLLMENT_UPDATED", type: "EnrollmentUpdated" },
  },
);

/**
 * Every event of the gateway, in the document's order. A new event is one entry here; the compiler and
 * `test/contract/events.test.ts` name each step that is missing elsewhere.
 */
export const EVENTS = {
  [attendanceNew.name]: attendanceNew,
  [deviceStatus.name]: deviceStatus,
  [enrollmentUpdate.name]: enrollmentUpdate,
} as const;

type Definitions = typeof EVENTS;

/** The name of an event, as the gateway writes it. */
export type EventName = keyof Definitions;
export const EventName = vocabulary(Object.keys(EVENTS) as [EventName, ...EventName[]], "Other");

/** The record of an event: its body without the members of the delivery. */
export type EventRecord<Name extends EventName> = Omit<
  Decoded<Definitions[Name]["codec"]>,
  keyof typeof delivery | "Event"
>;

const byName: ReadonlyMap<string, EventDefinition> = new Map(Object.entries(EVENTS));

/** The definition of an event; undefined for a name that this contract does not know. */
export const definitionOf = (name: string): EventDefinition | undefined => byName.get(name);
