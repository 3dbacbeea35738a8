import { STATUS, type StatusName } from "../../contract/status.ts";
import type { CommandQueues, SimCommandRequest, Gateway, DeviceTask, TaskOutcome, Task } from "../handler.ts";
import type { SimCommand, SimDevice } from "../state.ts";
import { DAY } from "../time.ts";
import { createRequests } from "./requests.ts";
import { createWatch } from "./watch.ts";

/** How long a finished command or migration can be queried. */
export const RETENTION_MS = 7 * DAY;

const MAX_ATTEMPTS = 5;

/** A command that is not final yet. */
interface Pending {
  readonly command: SimCommand;
  readonly task: Task;
  readonly device: SimDevice;
  stopExpiry: () => void;
  stopWork: () => void;
}

type End = Pick<SimCommand, "CommandStatus" | "FailureReason" | "Result"> & { readonly status: StatusName };

const noop = () => {};

const succeeded = (Result: SimCommand["Result"]): End => ({
  CommandStatus: "Done",
  status: "done",
  FailureReason: null,
  Result,
});
const failed = (status: StatusName, FailureReason: string): End => ({
  CommandStatus: "Failed",
  status,
  FailureReason,
  Result: null,
});
const EXPIRED: End = {
  CommandStatus: "Expired",
  status: "commandExpired",
  FailureReason: "The device did not take the command in time.",
  Result: null,
};
const CANCELLED: End = {
  CommandStatus: "Cancelled",
  status: "commandCancelled",
  FailureReason: "Cleared by ResetDeviceQueue.",
  Result: null,
};

/**
 * Creates the queues of all devices. Every step runs synchronously on the sandbox clock: no caller ever observes a command
 * that is half done.
 */
export const createCommandQueues = ({ world, clock, newId }: Pick<Gateway, "world" | "clock" | "newId">) => {
  const pending = new Map<string, Pending>();
  const operations = new Map<string, readonly string[]>();
  const watch = createWatch(world, clock);

  const finish = (entry: Pending, { status, ...end }: End) => {
    const { command, device } = entry;
    entry.stopExpiry();
    entry.stopWork();
    Object.assign(command, end, { StatusCode: STATUS[status].code, completed: clock.now() });
    pending.delete(command.CommandID);
    const index = device.queue.indexOf(command.CommandID);
    if (index >= 0) device.queue.splice(index, 1);
    entry.task.onEnd?.(command);
    watch.changed(command.DeviceSN);
    sendNext(device);
  };

  const applyOutcome = (entry: Pending, outcome: TaskOutcome) => {
    if (pending.get(entry.command.CommandID) !== entry) return;
    if (outcome.kind === "done") finish(entry, succeeded(outcome.result ?? null));
    else if (outcome.kind === "refused") finish(entry, failed(outcome.status, outcome.reason));
    else if (outcome.kind === "working") scheduleRun(entry, outcome.forMs);
  };

  const scheduleRun = (entry: Pending, forMs: number) => {
    entry.stopWork = clock.after(forMs, () => applyOutcome(entry, entry.task.run(entry.command)));
  };

  const head = (device: SimDevice): Pending | undefined => pending.get(device.queue[0] ?? "");

  const sendNext = (device: SimDevice) => {
    const entry = head(device);
    if (entry === undefined || !device.online || entry.command.CommandStatus !== "Queued") return;
    if (clock.now() >= entry.command.expires) return finish(entry, EXPIRED);
    entry.command.CommandStatus = "Sent";
    entry.command.sent = clock.now();
    entry.command.Attempts += 1;
    scheduleRun(entry, device.acknowledgeMs);
  };

  const expire = (entry: Pending) => {
    if (entry.command.CommandStatus === "Queued") finish(entry, EXPIRED);
  };

  const handleDisconnect = (entry: Pending) => {
    const { command, task } = entry;
    entry.stopWork();
    if (task.disconnect === "reconnect") return;
    if (task.disconnect === "fail") {
      const reason = "The device disconnected before it acknowledged; the command may have taken effect.";
      return finish(entry, failed("deviceTimeout", reason));
    }
    if (command.Attempts >= MAX_ATTEMPTS) {
      return finish(entry, failed("deviceTimeout", `No acknowledgement after ${MAX_ATTEMPTS} attempts.`));
    }
    command.CommandStatus = "Queued";
    command.sent = null;
    if (clock.now() >= command.expires) finish(entry, EXPIRED);
  };

  const enqueue = (
    { OperationID, Operation, expirySeconds }: SimCommandRequest,
    deviceTask: DeviceTask,
    device: SimDevice,
  ) => {
    const queued = clock.now();
    const command: SimCommand = {
      CommandID: newId("cmd"),
      OperationID,
      Operation,
      DeviceSN: deviceTask.DeviceSN,
      EmployeeCode: deviceTask.EmployeeCode ?? null,
      CommandStatus: "Queued",
      StatusCode: STATUS.commandQueued.code,
      queued,
      sent: null,
      completed: null,
      expires: queued + expirySeconds * 1000,
      Attempts: 0,
      FailureReason: null,
      Result: null,
    };
    const entry: Pending = { command, task: deviceTask.task, device, stopExpiry: noop, stopWork: noop };
    entry.stopExpiry = clock.after(expirySeconds * 1000, () => expire(entry));
    world.commands.set(command.CommandID, command);
    pending.set(command.CommandID, entry);
    device.queue.push(command.CommandID);
    return command;
  };

  const deleteExpired = () => {
    for (const [CommandID, { completed, OperationID }] of world.commands) {
      if (completed === null || completed > clock.now() - RETENTION_MS) return;
      world.commands.delete(CommandID);
      if (operations.get(OperationID)?.includes(CommandID) === true) operations.delete(OperationID);
    }
  };

  const queues: CommandQueues = {
    runIdempotent: createRequests(clock),
    queue(request, tasks) {
      deleteExpired();
      const targets = tasks.flatMap((deviceTask) => {
        const device = world.devices.get(deviceTask.DeviceSN);
        return device === undefined ? [] : [{ deviceTask, device }];
      });
      const commands = targets.map(({ deviceTask, device }) => enqueue(request, deviceTask, device));
      operations.set(
        request.OperationID,
        commands.map(({ CommandID }) => CommandID),
      );
      for (const { device } of targets) sendNext(device);
      return commands;
    },
    whenSettled: watch.settled,
    byOperation(OperationID) {
      const ids = operations.get(OperationID);
      const known = ids?.map((id) => world.commands.get(id)).filter((command) => command !== undefined);
      return known ?? [...world.commands.values()].filter((command) => command.OperationID === OperationID);
    },
    cancel(DeviceSN) {
      const ids = world.devices.get(DeviceSN)?.queue.splice(0) ?? [];
      const entries = ids.map((id) => pending.get(id)).filter((entry) => entry !== undefined);
      for (const entry of entries) finish(entry, CANCELLED);
      return entries.map(({ command }) => command);
    },
    connectionChanged(DeviceSN) {
      const device = world.devices.get(DeviceSN);
      if (device === undefined) return;
      const entry = head(device);
      const isSent = entry?.command.CommandStatus === "Sent";
      if (entry !== undefined && isSent && !device.online) handleDisconnect(entry);
      else if (entry !== undefined && isSent && entry.task.disconnect === "reconnect") finish(entry, succeeded(null));
      else sendNext(device);
      watch.changed(DeviceSN);
    },
    stop() {
      for (const { stopExpiry, stopWork } of pending.values()) {
        stopExpiry();
        stopWork();
      }
      watch.stop();
    },
  };
  return queues;
};
