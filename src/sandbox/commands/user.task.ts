import { emitEnrollment, type EnrollmentChange } from "../enrollment.events.ts";
import { deleteIfUnused, isPendingAdd } from "../enrollments.ts";
import { type Gateway, type DeviceTask, type TaskOutcome, Refusal } from "../handler.ts";
import type { SimCommand, SimDevice, World } from "../state.ts";

const ADDS_USER: ReadonlySet<string> = new Set(["AddUser", "ResendUser"]);

/** Updates a user's sync status on a device from the commands still queued and the one that ended. */
const updateSyncStatus = (world: World, device: SimDevice, EmployeeCode: string, ended?: SimCommand): void => {
  const waiting = device.queue
    .map((id) => world.commands.get(id))
    .filter((command) => command?.EmployeeCode === EmployeeCode);
  const next = waiting[0]?.CommandID ?? null;
  const enrollment = device.users.get(EmployeeCode);
  if (enrollment !== undefined && !isPendingAdd(enrollment)) {
    const after = ended === undefined || ended.CommandStatus === "Done" ? "Synced" : "Failed";
    enrollment.syncStatus = next === null ? after : "Pending";
    enrollment.pendingCommandId = next;
    return;
  }
  const user = world.users.get(EmployeeCode);
  const isQueued = waiting.some((command) => command !== undefined && ADDS_USER.has(command.Operation));
  if (isQueued && user !== undefined) {
    const awaited = { ...user, credentials: [] };
    device.users.set(EmployeeCode, { user: awaited, syncStatus: "Pending", lastSync: null, pendingCommandId: next });
    return;
  }
  device.users.delete(EmployeeCode);
  deleteIfUnused(world, EmployeeCode);
};

/** What a user task does on which device. */
export interface UserTaskOptions {
  readonly device: SimDevice;
  readonly EmployeeCode: string;
  /** The changes that events report when the command fails. */
  readonly changes: readonly EnrollmentChange[];
  /** Makes the change on the device at this time. Returns the changes to report, or why the device refuses. */
  readonly change: (now: number) => TaskOutcome | readonly EnrollmentChange[];
}

const isOutcome = (result: TaskOutcome | readonly EnrollmentChange[]): result is TaskOutcome => "kind" in result;

/** A task that changes a user on a device and notifies receivers when it has ended. */
export const userTask = (
  gateway: Gateway,
  { device, EmployeeCode, change, ...planned }: UserTaskOptions,
): DeviceTask => {
  let { changes } = planned;
  return {
    DeviceSN: device.DeviceSN,
    EmployeeCode,
    task: {
      disconnect: "requeue",
      run: () => {
        const result = change(gateway.clock.now());
        if (isOutcome(result)) return result;
        changes = result;
        return { kind: "done" };
      },
      onEnd: (command) => {
        updateSyncStatus(gateway.world, device, EmployeeCode, command);
        const { DeviceSN } = device;
        const { FailureReason } = command;
        emitEnrollment(gateway, { DeviceSN, EmployeeCode, command, FailureReason }, changes);
      },
    },
  };
};

/** Marks the user as pending on each of these devices. */
export const trackQueued =
  ({ world }: Gateway) =>
  (commands: readonly SimCommand[]): void => {
    for (const { DeviceSN, EmployeeCode } of commands) {
      const device = world.devices.get(DeviceSN);
      if (device !== undefined && EmployeeCode !== null) updateSyncStatus(world, device, EmployeeCode);
    }
  };

/** Runs the task on the first call only: the gateway's own record follows the first device that is done. */
export const onFirstCall = (task: () => void): (() => void) => {
  let hasRun = false;
  return () => {
    if (!hasRun) task();
    hasRun = true;
  };
};

/** The refusal of an employee code that the gateway does not know. */
export const unknownEmployee = (field = "EmployeeCode"): Refusal =>
  new Refusal("userNotFound", "No such employee.", { field, http: 404 });
