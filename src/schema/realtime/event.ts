import type { Punch } from "../../contract/attendance.ts";
import type { CredentialInfo } from "../../contract/users.ts";
import type { EventBody, LoggedEvent } from "../../events/event.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import type { Context } from "../kernel/context.ts";
import type { DeviceSource } from "../device/refs.ts";
import { instantAt } from "../kernel/instants.ts";

type Body<Kind extends EventBody["kind"]> = Extract<EventBody, { readonly kind: Kind }>;

const bodyOf = <Kind extends EventBody["kind"]>({ body }: LoggedEvent, kind: Kind): Body<Kind> => {
  if (body.kind !== kind) throw new Error(`The event must be of the kind ${kind}; received ${body.kind}.`);
  return body as Body<Kind>;
};

/** The punch of an `attendance.new` event. */
export const punchOf = (event: LoggedEvent): Punch => bodyOf(event, "attendance.new").punch;

/** The change of a `device.status` event. */
export const statusOf = (event: LoggedEvent) => bodyOf(event, "device.status").change;

/** The update of an `enrollment.update` event. */
export const updateOf = (event: LoggedEvent) => bodyOf(event, "enrollment.update").update;

/** The instant of the event. A punch without an offset is converted by the time zone of its device. */
export const occurredAt = (event: LoggedEvent, context: Context): string | Promise<string> => {
  if (event.occurredAt !== null) return event.occurredAt;
  if (event.body.kind !== "attendance.new") return event.receivedAt;
  const { AttendanceLog, UtcOffset } = event.body.punch;
  return instantAt(AttendanceLog, UtcOffset, event.DeviceSN, context);
};

/** The device as it is now. A live event says it; for a replayed event it is read. */
export const deviceOf = ({ event, replayed }: Delivery): DeviceSource => {
  const { DeviceLabel, Status, LastSeen } = statusOf(event);
  const live = replayed ? undefined : { Status, LastSeen };
  return { DeviceSN: event.DeviceSN, label: DeviceLabel ?? undefined, live };
};

/** The credential that an event is about; null for an event about a user. */
export const credentialOf = (event: LoggedEvent): CredentialInfo | null => {
  const { CredentialType, Index, Size } = updateOf(event);
  if (CredentialType === null) return null;
  return { Type: CredentialType, Index: Index ?? 0, Size, Algorithm: null, UpdatedTime: event.occurredAt };
};
