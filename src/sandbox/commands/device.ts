import { changeDevice, restartDevice } from "../devices.ts";
import { done, type Gateway, type Handlers, type DeviceTask, Refusal } from "../handler.ts";
import type { SimDevice } from "../state.ts";
import { toWall, wallToInstant } from "../time.ts";
import { toCommand } from "./answer.ts";
import { RETENTION_MS } from "./queues.ts";
import { requestKey } from "./requests.ts";
import { submitCommands } from "./submission.ts";
import { checkCommands, checkPairing, checkPlan, visibleDevices, namedDevices, takesCommands } from "./targets.ts";

/** How long a terminal is offline when it restarts. */
const RESTART_MS = 20_000;

/** `ALL` means every device that accepts commands. If no device does, all are kept, so that the first one refuses. */
const commandTargets = (devices: readonly SimDevice[]): readonly SimDevice[] => {
  const accepting = devices.filter(takesCommands);
  return accepting.length > 0 ? accepting : devices;
};

const syncTimeTask = (gateway: Gateway, device: SimDevice, DeviceTime: string | null): DeviceTask => ({
  DeviceSN: device.DeviceSN,
  task: {
    disconnect: "requeue",
    run: () => {
      const now = gateway.clock.now();
      const DriftSeconds = Math.round(device.clockDriftSeconds);
      const time = DeviceTime ?? toWall(now, device.TimeZone);
      changeDevice(gateway, device, "ClockDrift", () => {
        const ahead = DeviceTime === null ? 0 : wallToInstant(DeviceTime, device.TimeZone) - now;
        device.clockDriftSeconds = Math.round(ahead / 1000);
      });
      return { kind: "done", result: { DriftSeconds, DeviceTime: time } };
    },
  },
});

const rebootTask = (gateway: Gateway, { DeviceSN }: SimDevice): DeviceTask => ({
  DeviceSN,
  task: {
    disconnect: "reconnect",
    run: () => {
      restartDevice(gateway, DeviceSN, RESTART_MS);
      return { kind: "away" };
    },
  },
});

const notFound = () => new Refusal("commandNotFound", "No such command, or finished more than 7 days ago.");

type DeviceName = "SyncDeviceTime" | "RebootDevice" | "ResetDeviceQueue" | "GetCommandStatus";

export const deviceHandlers: Handlers<DeviceName> = {
  SyncDeviceTime(call, gateway) {
    const { DeviceSN, DeviceTime = null } = call.input;
    const devices =
      DeviceSN === "ALL"
        ? commandTargets(visibleDevices(gateway.world, call.caller))
        : namedDevices(gateway.world, call.caller, DeviceSN);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      return { tasks: devices.map((device) => syncTimeTask(gateway, device, DeviceTime)) };
    });
  },

  RebootDevice(call, gateway) {
    const devices = namedDevices(gateway.world, call.caller, call.input.DeviceSN);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      return { tasks: devices.map((device) => rebootTask(gateway, device)) };
    });
  },

  ResetDeviceQueue(call, gateway) {
    const { DeviceSN, Scope } = call.input;
    const devices = namedDevices(gateway.world, call.caller, DeviceSN);
    return gateway.commands.runIdempotent(call.operationId, requestKey(call.name, call.raw), () => {
      checkPlan(devices);
      const cancelled = Scope === "Callbacks" ? [] : gateway.commands.cancel(DeviceSN);
      const RestartedCallbacks = Scope === "Commands" ? 0 : gateway.callbacks.restart(DeviceSN);
      const CancelledCommandIDs = cancelled.map(({ CommandID }) => CommandID);
      return done({ DeviceSN, ClearedCommands: cancelled.length, RestartedCallbacks, CancelledCommandIDs });
    });
  },

  GetCommandStatus(call, gateway) {
    const { world, clock, commands } = gateway;
    const { CommandID, OperationID } = call.input;
    const isRetained = ({ completed }: { readonly completed: number | null }) =>
      completed === null || completed > clock.now() - RETENTION_MS;
    if (CommandID !== undefined) {
      const command = world.commands.get(CommandID);
      if (command === undefined || !isRetained(command)) throw notFound();
      checkPairing(call.caller, command.DeviceSN);
      return done({ Command: toCommand(world, command) });
    }
    const visible = new Set(visibleDevices(world, call.caller).map(({ DeviceSN }) => DeviceSN));
    const found = commands
      .byOperation(OperationID ?? "")
      .filter((command) => isRetained(command) && visible.has(command.DeviceSN));
    if (found.length === 0) throw notFound();
    return done({ Commands: found.map((command) => toCommand(world, command)) });
  },
};
