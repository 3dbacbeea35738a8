import { changeDevice, restartDevice } from "../devices.ts";
import { done, type Gateway, type Handlers, type Order, Refusal } from "../handler.ts";
import type { SimDevice } from "../state.ts";
import { toWall, wallToInstant } from "../time.ts";
import { toCommand } from "./answer.ts";
import { KEPT_MS } from "./queues.ts";
import { requestKey } from "./requests.ts";
import { submit } from "./submission.ts";
import { checkCommands, checkPairing, checkPlan, everyDevice, namedDevices, takesCommands } from "./targets.ts";

/** How long a terminal is away when it restarts. */
const RESTART_MS = 20_000;

/** `ALL` means every device that can be sent commands; where there is none, the first one refuses. */
const commandable = (devices: readonly SimDevice[]): readonly SimDevice[] => {
  const able = devices.filter(takesCommands);
  return able.length > 0 ? able : devices;
};

const timeOrder = (gateway: Gateway, device: SimDevice, DeviceTime: string | null): Order => ({
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

const rebootOrder = (gateway: Gateway, { DeviceSN }: SimDevice): Order => ({
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
        ? commandable(everyDevice(gateway.world, call.caller))
        : namedDevices(gateway.world, call.caller, DeviceSN);
    return submit(call, gateway, () => {
      checkCommands(devices);
      return { orders: devices.map((device) => timeOrder(gateway, device, DeviceTime)) };
    });
  },

  RebootDevice(call, gateway) {
    const devices = namedDevices(gateway.world, call.caller, call.input.DeviceSN);
    return submit(call, gateway, () => {
      checkCommands(devices);
      return { orders: devices.map((device) => rebootOrder(gateway, device)) };
    });
  },

  ResetDeviceQueue(call, gateway) {
    const { DeviceSN, Scope } = call.input;
    const devices = namedDevices(gateway.world, call.caller, DeviceSN);
    return gateway.commands.once(call.operationId, requestKey(call.name, call.raw), () => {
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
    const isKept = ({ completed }: { readonly completed: number | null }) =>
      completed === null || completed > clock.now() - KEPT_MS;
    if (CommandID !== undefined) {
      const command = world.commands.get(CommandID);
      if (command === undefined || !isKept(command)) throw notFound();
      checkPairing(call.caller, command.DeviceSN);
      return done({ Command: toCommand(world, command) });
    }
    const mine = new Set(everyDevice(world, call.caller).map(({ DeviceSN }) => DeviceSN));
    const found = commands
      .ofOperation(OperationID ?? "")
      .filter((command) => isKept(command) && mine.has(command.DeviceSN));
    if (found.length === 0) throw notFound();
    return done({ Commands: found.map((command) => toCommand(world, command)) });
  },
};
