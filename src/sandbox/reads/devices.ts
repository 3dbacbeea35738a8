import { type GatewayCaller, done, type Handlers, Refusal } from "../handler.ts";
import { lastSeenOf, renderDevice, renderDeviceDetails, renderDoor, currentStatusOf } from "../render.ts";
import type { SimDevice, World } from "../state.ts";
import { SECOND, toGmt } from "../time.ts";
import { callerDevice, type LogOf } from "./log.ts";
import { pageByText } from "./paging.ts";

type Names = "ListDevices" | "GetDeviceInfo" | "CheckDeviceHealth" | "PingConnection" | "GetDoorStatus";

const visibleTo = (caller: GatewayCaller, { devices }: World): SimDevice[] => {
  const scope = callerDevice(caller);
  return [...devices.values()].filter(({ DeviceSN }) => scope === undefined || DeviceSN === scope);
};

const requireDevice = ({ devices }: World, DeviceSN: string): SimDevice => {
  const device = devices.get(DeviceSN);
  if (device === undefined) throw new Refusal("deviceNotFound", "No such device.", { field: "DeviceSN" });
  return device;
};

const gmtOrNull = (ms: number | null): string | null => (ms === null ? null : toGmt(ms));

/** The duration of a ping: some tens of milliseconds, longer for a device that acknowledges slowly. */
const latencyOf = (device: SimDevice, random: () => number): number =>
  Math.round(20 + random() * 90 + device.acknowledgeMs / 100);

/** Creates the handlers that read devices and doors. */
export const createDeviceReads = (logOf: LogOf): Handlers<Names> => ({
  ListDevices(call, gateway) {
    const { Status, Search } = call.input;
    const search = Search?.toLowerCase();
    const devices = visibleTo(call.caller, gateway.world).filter(
      (device) =>
        (Status === undefined || currentStatusOf(device, gateway) === Status) &&
        (search === undefined ||
          [device.DeviceSN, device.DeviceLabel, device.Model].some((text) => text.toLowerCase().includes(search))),
    );
    const { page, paging } = pageByText(call, devices, ({ DeviceSN }) => DeviceSN);
    return done({ ...paging, Devices: page.map((device) => renderDevice(device, gateway)) });
  },

  GetDeviceInfo({ input }, gateway) {
    const device = requireDevice(gateway.world, input.DeviceSN);
    const logs = logOf(gateway).countOf(device.DeviceSN);
    const details = renderDeviceDetails(device, gateway.clock.now(), logs);
    return done({ Device: { ...renderDevice(device, gateway), ...details } });
  },

  CheckDeviceHealth({ input: { DeviceSN }, caller }, gateway) {
    const now = gateway.clock.now();
    const devices = DeviceSN === "ALL" ? visibleTo(caller, gateway.world) : [requireDevice(gateway.world, DeviceSN)];
    const Health = devices
      .toSorted((a, b) => (a.DeviceSN < b.DeviceSN ? -1 : 1))
      .map((device) => ({
        DeviceSN: device.DeviceSN,
        DeviceLabel: device.DeviceLabel,
        Model: device.Model,
        ClientName: device.ClientName,
        Status: currentStatusOf(device, gateway),
        Online: device.online,
        LastSeen: gmtOrNull(lastSeenOf(device, now)),
        QueueDepth: device.queue.length,
        ...gateway.callbacks.health(device.DeviceSN),
        SyncDirection: null,
        License: { ...device.license },
        ClockDriftSeconds: device.lastSeen === null ? null : device.clockDriftSeconds,
      }));
    return done({ Health });
  },

  PingConnection({ input: { DeviceSN, TimeoutSeconds } }, gateway) {
    const device = requireDevice(gateway.world, DeviceSN);
    const now = gateway.clock.now();
    const LatencyMs = latencyOf(device, gateway.random);
    const Reachable = device.online && LatencyMs < TimeoutSeconds * SECOND;
    return done({
      DeviceSN,
      Reachable,
      LatencyMs: Reachable ? LatencyMs : null,
      LastSeen: gmtOrNull(Reachable ? now : lastSeenOf(device, now)),
      CheckedTime: toGmt(now),
    });
  },

  GetDoorStatus({ input: { DeviceSN, DoorNo } }, gateway) {
    const device = requireDevice(gateway.world, DeviceSN);
    if (device.doors.length === 0) {
      throw new Refusal("notSupportedByDevice", "The device has no doors.", { field: "DeviceSN", http: 400 });
    }
    const doors = device.doors.filter((door) => DoorNo === undefined || door.DoorNo === DoorNo);
    if (doors.length === 0) throw new Refusal("outOfLimits", "The device has no such door.", { field: "DoorNo" });
    return done({ Doors: doors.map((door) => renderDoor(door, device, gateway)) });
  },
});
