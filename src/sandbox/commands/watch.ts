import type { SandboxClock } from "../clock.ts";
import type { CommandQueues } from "../handler.ts";
import type { SimCommand, World } from "../state.ts";

/** Whether the command has reached a final status. */
export const isFinal = ({ CommandStatus }: SimCommand): boolean =>
  CommandStatus !== "Queued" && CommandStatus !== "Sent";

/** Lets callers wait for commands, by device. */
export const createWatch = (world: World, clock: SandboxClock) => {
  const watchers = new Map<string, Set<() => void>>();
  const ends = new Set<() => void>();

  /** Waiting for a command that was sent to a restarting device is useful; waiting for one queued for an offline device is not. */
  const isSettled = (command: SimCommand) =>
    isFinal(command) || (command.CommandStatus === "Queued" && world.devices.get(command.DeviceSN)?.online !== true);

  const settled: CommandQueues["whenSettled"] = (commands, waitMs) =>
    new Promise((resolve) => {
      const isOver = () => commands.every(isSettled);
      if (waitMs <= 0 || isOver()) {
        resolve();
        return;
      }
      const serials = new Set(commands.map(({ DeviceSN }) => DeviceSN));
      const end = () => {
        stopWaiting();
        ends.delete(end);
        for (const DeviceSN of serials) watchers.get(DeviceSN)?.delete(checkNow);
        resolve();
      };
      const checkNow = () => {
        if (isOver()) end();
      };
      const stopWaiting = clock.after(waitMs, end);
      ends.add(end);
      for (const DeviceSN of serials) watchers.set(DeviceSN, (watchers.get(DeviceSN) ?? new Set()).add(checkNow));
    });

  return {
    settled,
    changed(DeviceSN: string) {
      for (const checkNow of watchers.get(DeviceSN) ?? []) checkNow();
    },
    stop() {
      for (const end of ends) end();
    },
  };
};
