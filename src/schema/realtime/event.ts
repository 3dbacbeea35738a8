import { deviceClockOf, type LoggedEvent, recordOf } from "../../events/event.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import type { Context } from "../kernel/context.ts";
import type { PunchSource } from "../attendance/refs.ts";
import { type DeviceSource, labeled } from "../device/refs.ts";
import type { UserCredentialSource } from "../user/refs.ts";
import { requireReported } from "../kernel/facts.ts";
import { instantAt } from "../kernel/instants.ts";

/** The punch of an `attendance.new` event. A recovered one is as complete as any that was read. */
export const punchOf = ({ event, replayed }: Delivery): PunchSource => {
  const punch = { ...recordOf(event, "attendance.new"), replayed };
  return event.recovered ? punch : { ...punch, deliveredAt: event.receivedAt };
};

/** The change of a `device.status` event. */
export const statusOf = (event: LoggedEvent) => recordOf(event, "device.status");

/** The update of an `enrollment.update` event. */
export const updateOf = (event: LoggedEvent) => recordOf(event, "enrollment.update");

/** The instant of the event. A punch without an offset is converted by the time zone of its device. */
export const occurredAt = (event: LoggedEvent, context: Context): string | Promise<string> => {
  if (event.occurredAt !== null) return event.occurredAt;
  const clock = deviceClockOf(event);
  return clock === null ? event.receivedAt : instantAt(clock.wall, clock.offset, event.DeviceSN, context);
};

/** The device as it is now. A live event says it; for a replayed event it is read. */
export const deviceOf = ({ event, replayed }: Delivery): DeviceSource => {
  const { DeviceLabel, Status, LastSeen } = statusOf(event);
  const live = replayed ? undefined : { Status, LastSeen };
  return { ...labeled(event.DeviceSN, DeviceLabel, replayed), live };
};

const FINGERS = 10;

/**
 * The credential that an event is about, as the gateway has it now; null for an event about a user.
 * @throws a GraphQLError with the code UPSTREAM_INVALID_RESPONSE if it is a finger and the gateway does not say which.
 */
export const credentialOf = (event: LoggedEvent): UserCredentialSource | null => {
  const { EmployeeCode, CredentialType: Type, Index: sent } = updateOf(event);
  if (Type === null) return null;
  if (Type !== "Fingerprint") return { EmployeeCode, Type, Index: sent ?? 0 };
  const isFinger = sent !== null && sent >= 0 && sent < FINGERS;
  return { EmployeeCode, Type, Index: requireReported(isFinger ? sent : null, "credential") };
};
