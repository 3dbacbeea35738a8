import type { Punch } from "../../contract/attendance.ts";
import type { CredentialInfo } from "../../contract/users.ts";
import type { EventBody, LoggedEvent } from "../../events/event.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import type { Context } from "../kernel/context.ts";
import type { DeviceSource } from "../device/refs.ts";
import { instantAt } from "../kernel/instants.ts";

type Body<Kind extends EventBody["kind"]> = Extract<EventBody, { readonly kind: Kind }>;

const bodyOf = <Kind extends EventBody["kind"]>({ body }: LoggedEvent, kind: Kind): Body<Kind> => {
  if (body.kind !== kind) throw new Error(`Expected an event ${kind}, ${body.kind} came.`);
  return body as Body<Kind>;
};

export const punchOf = (event: LoggedEvent): Punch => bodyOf(event, "attendance.new").punch;

export const statusOf = (event: LoggedEvent) => bodyOf(event, "device.status").change;

export const updateOf = (event: LoggedEvent) => bodyOf(event, "enrollment.update").update;

/** When it happened; a punch that came without an offset, by the zone of its device. */
export const occurredAt = (event: LoggedEvent, context: Context): string | Promise<string> => {
  if (event.occurredAt !== null) return event.occurredAt;
  if (event.body.kind !== "attendance.new") return event.receivedAt;
  const { AttendanceLog, UtcOffset } = event.body.punch;
  return instantAt(AttendanceLog, UtcOffset, event.DeviceSN, context);
};

/** The device as it is now: live, that is what the event says; of an old event it is read. */
export const deviceOf = ({ event, replayed }: Delivery): DeviceSource => {
  const { DeviceLabel, Status, LastSeen } = statusOf(event);
  const live = replayed ? undefined : { Status, LastSeen };
  return { DeviceSN: event.DeviceSN, label: DeviceLabel ?? undefined, live };
};

export const credentialOf = (event: LoggedEvent): CredentialInfo | null => {
  const { CredentialType, Index, Size } = updateOf(event);
  if (CredentialType === null) return null;
  return { Type: CredentialType, Index: Index ?? 0, Size, Algorithm: null, UpdatedTime: event.occurredAt };
};
