import type { CommandTracker } from "../commands/tracker.ts";
import { applyTable, type EventTable, type NewEvent } from "../events/event.ts";
import type { AccountReads } from "../loaders/account-reads.ts";
import type { DeviceCache } from "../loaders/device-cache.ts";
import type { AuditTrail } from "../server/execution/audit-trail.ts";

/** The parts of an account that learn from its events, besides the cache. */
interface EffectTargets {
  readonly deviceCache: DeviceCache;
  readonly reads: AccountReads;
  readonly tracker: CommandTracker;
  readonly trail: AuditTrail;
}

/** Returns a function that applies an event to what is known of devices, punches and commands. */
export const createEventEffects = ({
  deviceCache,
  reads,
  tracker,
  trail,
}: EffectTargets): ((event: NewEvent) => void) => {
  const effects: EventTable<void> = {
    "attendance.new": (punch) => reads.receipts.observe(punch),
    "device.status": ({ Status }, DeviceSN) => deviceCache.setStatus(DeviceSN, Status),
    "enrollment.update"({ CommandID, EnrollmentStatus: status, FailureReason }, DeviceSN) {
      if (CommandID === null) return;
      tracker.refresh(CommandID);
      const failureReason = status === "Completed" ? null : FailureReason;
      if (status !== "Unknown") trail.commandEnded(CommandID, { DeviceSN, status, failureReason });
    },
  };
  return (event) => applyTable(effects, event);
};
