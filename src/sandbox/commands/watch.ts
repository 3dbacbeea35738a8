import type { SandboxClock } from "../clock.ts";
import type { CommandQueues } from "../handler.ts";
import type { SimCommand, World } from "../state.ts";

/** Final: nothing more will come of the command. */
export const isFinal = ({ CommandStatus }: SimCommand): boolean =>
  CommandStatus !== "Queued" && CommandStatus !== "Sent";

/** Those who wait for commands, by device. */
export const createWatch = (world: World, clock: SandboxClock) => {
  const watchers = new Map<string, Set<() => void>>();
  const ends = new Set<() => void>();

  /** A command sent to a device that restarts is worth waiting for; one queued for an absent device is not. */
  const isSettled = (command: SimCommand) =>
    isFinal(command) || (command.CommandStatus === "Queued" && world.devices.get(command.DeviceSN)?.online !== true);

  const settled: CommandQueues["settled"] = (commands, waitMs) =>
    new Promise((resolve) => {
      const over = () => commands.every(isSettled);
      if (waitMs <= 0 || over()) {
        resolve();
        return;
      }
      const serials = new Set(commands.map(({ DeviceSN }) => DeviceSN));
      const end = () => {
        stopWaiting();
        ends.delete(end);
        for (const DeviceSN of serials) watchers.get(DeviceSN)?.delete(check);
        resolve();
      };
      const check = () => {
        if (over()) end();
      };
      const stopWaiting = clock.after(waitMs, end);
      ends.add(end);
      for (const DeviceSN of serials) watchers.set(DeviceSN, (watchers.get(DeviceSN) ?? new Set()).add(check));
    });

  return {
    settled,
    changed(DeviceSN: string) {
      for (const check of watchers.get(DeviceSN) ?? []) check();
    },
    stop() {
      for (const end of ends) end();
    },
  };
};
