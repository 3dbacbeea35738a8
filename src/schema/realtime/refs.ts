import type { Callback } from "../../contract/realtime.ts";
import type { Delivery } from "../../events/hub/subscription-spec.ts";
import { builder } from "../kernel/builder.ts";

/** A page of logged events, oldest first. */
export interface EventPage {
  readonly deliveries: readonly Delivery[];
  /** Whether events after the cursor that the page was read with may be lost. */
  readonly gap: boolean;
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

/** The newest punches of the log, newest first. */
export interface LatestPunchesSource {
  readonly deliveries: readonly Delivery[];
  readonly cursor: string;
}

/** A registration; where the gateway does not say whether it is active, it is what was requested. */
export type RegisteredCallback = Callback & { readonly Active: boolean };

export const CallbackRegistration = builder.objectRef<RegisteredCallback>("CallbackRegistration");
export const GatewayEvent = builder.interfaceRef<Delivery>("GatewayEvent");
export const PunchAdded = builder.objectRef<Delivery>("PunchAdded");
export const DeviceStatusChanged = builder.objectRef<Delivery>("DeviceStatusChanged");
export const EnrollmentUpdated = builder.objectRef<Delivery>("EnrollmentUpdated");
export const LatestPunches = builder.objectRef<LatestPunchesSource>("LatestPunches");
export const GatewayEventPage = builder.objectRef<EventPage>("GatewayEventPage");
