import { STATUS, type StatusName } from "../../contract/status.ts";
import type { CommandQueues, CommandRequest, Gateway, Order, Outcome, Task } from "../handler.ts";
import type { SimCommand, SimDevice } from "../state.ts";
import { DAY } from "../time.ts";
import { createRequests } from "./requests.ts";
import { createWatch } from "./watch.ts";

/** How long a finished command, or migration, can be asked for. */
export const KEPT_MS = 7 * DAY;

const MOST_ATTEMPTS = 5;

/** A command that is not final yet. */
interface Pending {
  readonly command: SimCommand;
  readonly task: Task;
  readonly device: SimDevice;
  stopExpiry: () => void;
  stopWork: () => void;
}

type End = Pick<SimCommand, "CommandStatus" | "FailureReason" | "Result"> & { readonly status: StatusName };

const nothing = () => {};

const done = (Result: SimCommand["Result"]): End => ({
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

/** The queues of all devices. Everything happens on the sandbox clock, in one piece: no command is ever seen half done. */
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
    const position = device.queue.indexOf(command.CommandID);
    if (position >= 0) device.queue.splice(position, 1);
    entry.task.ended?.(command);
    watch.changed(command.DeviceSN);
    sendNext(device);
  };

  const conclude = (entry: Pending, outcome: Outcome) => {
    if (pending.get(entry.command.CommandID) !== entry) return;
    if (outcome.kind === "done") finish(entry, done(outcome.result ?? null));
    else if (outcome.kind === "refused") finish(entry, failed(outcome.status, outcome.reason));
    else if (outcome.kind === "working") work(entry, outcome.forMs);
  };

  const work = (entry: Pending, forMs: number) => {
    entry.stopWork = clock.after(forMs, () => conclude(entry, entry.task.run(entry.command)));
  };

  const head = (device: SimDevice): Pending | undefined => pending.get(device.queue[0] ?? "");

  const sendNext = (device: SimDevice) => {
    const entry = head(device);
    if (entry === undefined || !device.online || entry.command.CommandStatus !== "Queued") return;
    if (clock.now() >= entry.command.expires) return finish(entry, EXPIRED);
    entry.command.CommandStatus = "Sent";
    entry.command.sent = clock.now();
    entry.command.Attempts += 1;
    work(entry, device.acknowledgeMs);
  };

  const expire = (entry: Pending) => {
    if (entry.command.CommandStatus === "Queued") finish(entry, EXPIRED);
  };

  const lost = (entry: Pending) => {
    const { command, task } = entry;
    entry.stopWork();
    if (task.disconnect === "reconnect") return;
    if (task.disconnect === "fail") {
      const reason = "The device disconnected before it acknowledged; the command may have taken effect.";
      return finish(entry, failed("deviceTimeout", reason));
    }
    if (command.Attempts >= MOST_ATTEMPTS) {
      return finish(entry, failed("deviceTimeout", `No acknowledgement after ${MOST_ATTEMPTS} attempts.`));
    }
    command.CommandStatus = "Queued";
    command.sent = null;
    if (clock.now() >= command.expires) finish(entry, EXPIRED);
  };

  const enqueue = ({ OperationID, Operation, expirySeconds }: CommandRequest, order: Order, device: SimDevice) => {
    const queued = clock.now();
    const command: SimCommand = {
      CommandID: newId("cmd"),
      OperationID,
      Operation,
      DeviceSN: order.DeviceSN,
      EmployeeCode: order.EmployeeCode ?? null,
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
    const entry: Pending = { command, task: order.task, device, stopExpiry: nothing, stopWork: nothing };
    entry.stopExpiry = clock.after(expirySeconds * 1000, () => expire(entry));
    world.commands.set(command.CommandID, command);
    pending.set(command.CommandID, entry);
    device.queue.push(command.CommandID);
    return command;
  };

  const forgetOld = () => {
    for (const [CommandID, { completed, OperationID }] of world.commands) {
      if (completed === null || completed > clock.now() - KEPT_MS) return;
      world.commands.delete(CommandID);
      if (operations.get(OperationID)?.includes(CommandID) === true) operations.delete(OperationID);
    }
  };

  const queues: CommandQueues = {
    once: createRequests(clock),
    queue(request, orders) {
      forgetOld();
      const targets = orders.flatMap((order) => {
        const device = world.devices.get(order.DeviceSN);
        return device === undefined ? [] : [{ order, device }];
      });
      const commands = targets.map(({ order, device }) => enqueue(request, order, device));
      operations.set(
        request.OperationID,
        commands.map(({ CommandID }) => CommandID),
      );
      for (const { device } of targets) sendNext(device);
      return commands;
    },
    settled: watch.settled,
    ofOperation(OperationID) {
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
      if (entry !== undefined && isSent && !device.online) lost(entry);
      else if (entry !== undefined && isSent && entry.task.disconnect === "reconnect") finish(entry, done(null));
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
