import { emitEnrollment, type EnrollmentChange } from "../enrollment.events.ts";
import { forgetIfGone, isAwaited } from "../enrollments.ts";
import { type Gateway, type Order, type Outcome, Refusal } from "../handler.ts";
import type { SimCommand, SimDevice, World } from "../state.ts";

const BRINGS_USER: ReadonlySet<string> = new Set(["AddUser", "ResendUser"]);

/** Brings up to date what is known of a user on a device, from the commands still queued and the one that ended. */
const trackUser = (world: World, device: SimDevice, EmployeeCode: string, ended?: SimCommand): void => {
  const waiting = device.queue
    .map((id) => world.commands.get(id))
    .filter((command) => command?.EmployeeCode === EmployeeCode);
  const next = waiting[0]?.CommandID ?? null;
  const enrollment = device.users.get(EmployeeCode);
  if (enrollment !== undefined && !isAwaited(enrollment)) {
    const after = ended === undefined || ended.CommandStatus === "Done" ? "Synced" : "Failed";
    enrollment.syncStatus = next === null ? after : "Pending";
    enrollment.pendingCommandId = next;
    return;
  }
  const user = world.users.get(EmployeeCode);
  const isComing = waiting.some((command) => command !== undefined && BRINGS_USER.has(command.Operation));
  if (isComing && user !== undefined) {
    const awaited = { ...user, credentials: [] };
    device.users.set(EmployeeCode, { user: awaited, syncStatus: "Pending", lastSync: null, pendingCommandId: next });
    return;
  }
  device.users.delete(EmployeeCode);
  forgetIfGone(world, EmployeeCode);
};

export interface UserWork {
  readonly device: SimDevice;
  readonly EmployeeCode: string;
  /** What receivers are told when the command fails; by default what they are told when it is done. */
  readonly changes: readonly EnrollmentChange[];
  /** Makes the change on the device, at this time; or tells why the device refuses. */
  readonly change: (now: number) => Outcome | readonly EnrollmentChange[];
}

const isOutcome = (made: Outcome | readonly EnrollmentChange[]): made is Outcome => "kind" in made;

/** An order that changes a user on a device, and tells receivers when it has ended. */
export const userOrder = (gateway: Gateway, { device, EmployeeCode, change, ...planned }: UserWork): Order => {
  let { changes } = planned;
  return {
    DeviceSN: device.DeviceSN,
    EmployeeCode,
    task: {
      disconnect: "requeue",
      run: () => {
        const made = change(gateway.clock.now());
        if (isOutcome(made)) return made;
        changes = made;
        return { kind: "done" };
      },
      ended: (command) => {
        trackUser(gateway.world, device, EmployeeCode, command);
        const { DeviceSN } = device;
        const { FailureReason } = command;
        emitEnrollment(gateway, { DeviceSN, EmployeeCode, command, FailureReason }, changes);
      },
    },
  };
};

/** Marks the user as changing on each of these devices. */
export const trackQueued =
  ({ world }: Gateway) =>
  (commands: readonly SimCommand[]): void => {
    for (const { DeviceSN, EmployeeCode } of commands) {
      const device = world.devices.get(DeviceSN);
      if (device !== undefined && EmployeeCode !== null) trackUser(world, device, EmployeeCode);
    }
  };

/** Runs the task the first time only: the gateway's own record follows the first device that is done. */
export const firstTime = (task: () => void): (() => void) => {
  let isOver = false;
  return () => {
    if (!isOver) task();
    isOver = true;
  };
};

export const unknownEmployee = (field = "EmployeeCode"): Refusal =>
  new Refusal("userNotFound", "No such employee.", { field, http: 404 });
