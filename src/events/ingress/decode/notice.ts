import { createHash } from "node:crypto";
import { type Codec, DecodeError } from "../../../contract/codec.ts";
import { DeviceStatusChange, EnrollmentUpdate, EVENTS } from "../../../contract/events.ts";
import { DeviceStatus, EnrollmentAction } from "../../../contract/vocabulary.ts";
import type { EventBody, NewEvent } from "../../event.ts";
import type { DeliveryContext } from "./envelope.ts";
import { employeeCode, type MemberLookup, type Members, shortText } from "./members.ts";
import { isPunch, readPunch } from "./punch.ts";
import { withoutSecrets } from "./redaction.ts";

const LONGEST_ID = 128;
const LONGEST_TEXT = 1_000;
const HEAD: ReadonlySet<string> = new Set(["eventid", "authtoken", "time", "attempt", "event"]);

/** An event of this generation, of whichever kind. Throws Unreadable. */
export const decodeEvent = (
  members: Members,
  member: MemberLookup,
  envelope: DeliveryContext,
  header: string | null,
): NewEvent => {
  const name = nameOf(member, header);
  if (name === "attendance.new") return readPunch(member, envelope);
  if (name === "device.status") return readStatus(members, member, envelope);
  if (name === "enrollment.update") return readEnrollment(members, member, envelope);
  if (name !== null) return keepOther(name, members, member, envelope);
  throw new DecodeError("an event of the gateway");
};

const isOneOf = (values: readonly string[], value: unknown): boolean =>
  typeof value === "string" && values.some((each) => each.toLowerCase() === value.toLowerCase());

/** As the body names it, else as its members look, else as the header names it. */
const nameOf = (member: MemberLookup, header: string | null): string | null => {
  const given = shortText(member("Event"), LONGEST_ID);
  if (given !== null) return Object.keys(EVENTS).find((name) => name === given.toLowerCase()) ?? given;
  if (isPunch(member)) return "attendance.new";
  if (isOneOf(EnrollmentAction.values, member("Action"))) return "enrollment.update";
  if (isOneOf(DeviceStatus.values, member("Status"))) return "device.status";
  return header;
};

const readStatus = (members: Members, member: MemberLookup, envelope: DeliveryContext): NewEvent => {
  const change = readWith(DeviceStatusChange, members, envelope);
  return notice({ kind: "device.status", change }, change.DeviceSN, member, envelope);
};

const readEnrollment = (members: Members, member: MemberLookup, envelope: DeliveryContext): NewEvent => {
  const EmployeeCode = employeeCode(member("EmployeeCode", "UserID"));
  const update = readWith(EnrollmentUpdate, { ...members, EmployeeCode }, envelope);
  return notice({ kind: "enrollment.update", update }, update.DeviceSN, member, envelope);
};

type HeadMember = "EventID" | "AuthToken" | "Time" | "Attempt" | "Event";

/** Reads what the codec knows, without the head; texts that no device would send so long are cut. */
const readWith = <Value extends Members>(
  codec: Codec<Value>,
  members: Members,
  { DeviceSN, DeviceLabel }: DeliveryContext,
): Omit<Value, HeadMember> => {
  if (DeviceSN === null) throw new DecodeError("a serial number", "DeviceSN");
  const head = { EventID: "-", Event: codec.members?.["Event"]?.values?.[0], DeviceSN, DeviceLabel };
  const told = Object.entries(codec.read({ ...members, ...head })).filter(([name]) => !HEAD.has(name.toLowerCase()));
  const cut = told.map(([name, value]) => [name, typeof value === "string" ? value.slice(0, LONGEST_TEXT) : value]);
  return Object.fromEntries(cut) as Omit<Value, HeadMember>;
};

const keepOther = (name: string, members: Members, member: MemberLookup, envelope: DeliveryContext): NewEvent => {
  const told = Object.entries(members).filter(([each]) => !HEAD.has(each.toLowerCase()));
  const kept = withoutSecrets(Object.fromEntries(told)) as Members;
  return notice({ kind: "other", name, members: kept }, envelope.DeviceSN ?? "", member, envelope);
};

const notice = (
  body: EventBody,
  DeviceSN: string,
  member: MemberLookup,
  { sentAt, receivedAt }: DeliveryContext,
): NewEvent => {
  const EventID = shortText(member("EventID"), LONGEST_ID);
  const key = EventID === null ? `content ${DeviceSN} ${hashOf(body)}` : `event ${DeviceSN} ${EventID}`;
  return { key, DeviceSN, occurredAt: sentAt, receivedAt, recovered: false, body };
};

/** Of what can be written as JSON. */
export const hashOf = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url");
