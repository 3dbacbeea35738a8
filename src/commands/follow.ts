import { isSameName } from "../contract/scalars.ts";
import { STATUS } from "../contract/status.ts";
import { type DeviceCommand, isFinalStatus } from "./command.ts";
import type { CommandTracker } from "./tracker.ts";

export interface FollowOptions {
  /** Milliseconds until the latest states are returned. */
  readonly ms: number;
  /** Whether a device was just reported offline. */
  readonly isOffline: (DeviceSN: string) => boolean;
  /** End following when the client has gone, or when the server stops. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/** With less time than this the gateway is not polled. */
const MIN_MS = 100;

/**
 * Whether the command can still end soon: its device has it, or is not known to be offline. A device that has a command may be
 * offline because of it, as when it reboots.
 */
const isActive = (
  { commandId, status, statusCode, DeviceSN }: DeviceCommand,
  isOffline: FollowOptions["isOffline"],
): boolean => {
  if (commandId === null) return false;
  if (status !== "Queued") return status === "Sent";
  return statusCode !== STATUS.deviceOfflineQueued.code && !isOffline(DeviceSN);
};

/**
 * Resolves with the latest state of each accepted command when all are final or wait for an offline device, or after `ms` milliseconds.
 * A gateway may answer before `Wait` is over; then the tracker polls, once for all callers.
 */
export const followCommands = async (
  tracker: Pick<CommandTracker, "accepted" | "watch">,
  commands: readonly DeviceCommand[],
  options: FollowOptions,
): Promise<readonly DeviceCommand[]> => {
  const { ms, isOffline, signals } = options;
  for (const command of commands)
    if (command.commandId !== null && !isFinalStatus(command.status)) tracker.accepted(command.commandId, command);
  if (ms < MIN_MS || !commands.some((command) => isActive(command, isOffline))) return commands;
  const deadline = AbortSignal.timeout(Math.round(ms));
  const end = AbortSignal.any([deadline, ...signals.filter((signal) => signal !== undefined)]);
  return Promise.all(
    commands.map(async (command) =>
      isActive(command, isOffline) ? follow(tracker, command, isOffline, end) : command,
    ),
  );
};

const follow = (
  tracker: Pick<CommandTracker, "watch">,
  command: DeviceCommand,
  isOffline: FollowOptions["isOffline"],
  end: AbortSignal,
): Promise<DeviceCommand> =>
  new Promise((resolve) => {
    let latest = command;
    let isFinished = false;
    let stop = () => {};
    const finish = () => {
      isFinished = true;
      end.removeEventListener("abort", finish);
      stop();
      resolve(latest);
    };
    end.addEventListener("abort", finish);
    stop = tracker.watch(
      { CommandID: command.commandId ?? "" },
      {
        onChange(state) {
          if (state !== null && isSameName(state.DeviceSN, command.DeviceSN))
            latest = { ...state, ...subjectOf(command, state) };
          if (!isFinalStatus(latest.status) && !isActive(latest, isOffline)) finish();
        },
        onEnd: finish,
      },
    );
    // The tracker may have reported a state, or the end, before it returned.
    if (isFinished) stop();
    else if (end.aborted) finish();
  });

/** What was requested: a report of the state need not repeat it. */
const subjectOf = (command: DeviceCommand, state: DeviceCommand): Pick<DeviceCommand, "doorNo" | "employeeCode"> => ({
  doorNo: command.doorNo ?? state.doorNo,
  employeeCode: command.employeeCode ?? state.employeeCode,
});
