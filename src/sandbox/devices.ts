import { deviceTime, logAccess, pulseDoor } from "./doors.ts";
import { onDevice } from "./enrollments.ts";
import type { Gateway } from "./handler.ts";
import type { SimDevice, SimDoor, SimPunch } from "./state.ts";
import { statusEvent, statusOf } from "./status.ts";
import { MINUTE, offsetAt, parseOffset, parseWall, toWall, wallToInstant } from "./time.ts";
import { isClockSuspect } from "./world/punches.ts";

const DOOR_PULSE_SECONDS = 5;

const deviceOf = ({ world }: Gateway, DeviceSN: string): SimDevice => {
  const device = world.devices.get(DeviceSN);
  if (device === undefined) throw new Error(`No device ${DeviceSN} in the sandbox.`);
  return device;
};

/** Changes a device and tells receivers, if its status has become another one thereby. */
export const changeDevice = (gateway: Gateway, device: SimDevice, reason: string, change: () => void): void => {
  const { QueueStatus } = gateway.callbacks.health(device.DeviceSN);
  const PreviousStatus = statusOf(device, QueueStatus);
  change();
  if (statusOf(device, QueueStatus) === PreviousStatus) return;
  const EventID = gateway.newId("evt");
  const told = { PreviousStatus, Reason: reason, QueueStatus };
  gateway.callbacks.emit(statusEvent(device, EventID, gateway.clock.now(), told));
};

/**
 * Connects or disconnects a device. Receivers are told; on reconnection what it recorded meanwhile arrives in a burst,
 * and its queue moves on.
 */
export const setOnline = (gateway: Gateway, DeviceSN: string, online: boolean, reason?: string): void => {
  const device = deviceOf(gateway, DeviceSN);
  device.returns = null;
  if (device.online === online) return;
  changeDevice(gateway, device, reason ?? (online ? "Connected" : "Disconnected"), () => {
    device.online = online;
    device.lastSeen = gateway.clock.now();
  });
  if (online) deliverUnsent(gateway, device);
  gateway.commands.connectionChanged(DeviceSN);
};

/** Restarts a device: it goes offline, and is back after so long unless it is disconnected meanwhile. */
export const restartDevice = (gateway: Gateway, DeviceSN: string, forMs: number): void => {
  const device = deviceOf(gateway, DeviceSN);
  setOnline(gateway, DeviceSN, false, "Rebooted");
  const returns = gateway.clock.now() + forMs;
  device.returns = returns;
  gateway.clock.after(forMs, () => {
    if (device.returns === returns) setOnline(gateway, DeviceSN, true, "Rebooted");
  });
};

export interface PunchWish {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** By default what the user is enrolled with. */
  readonly Type?: string | undefined;
  readonly Direction?: string | undefined;
  /** The true time of the punch, in milliseconds; by default now. The device writes down what its own clock shows. */
  readonly at?: number | undefined;
  /** What the device's clock showed, instead. */
  readonly AttendanceLog?: string | undefined;
  readonly Temperature?: number | null | undefined;
  readonly FaceMask?: boolean | null | undefined;
  readonly HasPhoto?: boolean | undefined;
  readonly DoorNo?: number | undefined;
}

/**
 * Somebody punches at a device, and its door opens. The gateway knows of it, and tells receivers, at once or when the
 * device is online again.
 */
export const recordPunch = (gateway: Gateway, wish: PunchWish): SimPunch => {
  const device = deviceOf(gateway, wish.DeviceSN);
  const Type = wish.Type ?? usualType(device, wish.EmployeeCode);
  const { wall, offset } = timeOf(gateway, device, wish);
  const punch = receivedNow(gateway, {
    PunchID: gateway.newId("pun"),
    DeviceSN: device.DeviceSN,
    EmployeeCode: wish.EmployeeCode,
    AttendanceLog: wall,
    UtcOffset: offset,
    Type,
    Direction: wish.Direction ?? "CheckIn",
    Temperature: wish.Temperature ?? null,
    FaceMask: wish.FaceMask ?? null,
    HasPhoto: wish.HasPhoto ?? (Type === "face" && device.capabilities["Photo"] === true),
    received: gateway.clock.now(),
    ClockSuspect: false,
  });
  if (device.online) deliverPunch(gateway, device, punch);
  else (device.unsent ??= []).push({ kind: "punch", punch });
  const door = device.doors.find(({ DoorNo }) => DoorNo === (wish.DoorNo ?? device.doors[0]?.DoorNo));
  if (door !== undefined) letIn(gateway, device, door, punch);
  return punch;
};

const TYPES: Readonly<Record<string, string>> = {
  Face: "face",
  Fingerprint: "fingerprint",
  Card: "card",
  Password: "password",
};

const usualType = (device: SimDevice, EmployeeCode: string): string => {
  const enrolled = new Set(onDevice(device, EmployeeCode)?.credentials.map(({ Type }) => Type));
  const names = Object.keys(TYPES);
  const name = names.find((each) => enrolled.has(each)) ?? names.find((each) => device.capabilities[each] === true);
  return TYPES[name ?? ""] ?? "other";
};

const timeOf = ({ clock }: Gateway, device: SimDevice, { at, AttendanceLog }: PunchWish) => {
  if (AttendanceLog === undefined) return deviceTime(device, at ?? clock.now());
  return { wall: AttendanceLog, offset: offsetAt(wallToInstant(AttendanceLog, device.TimeZone), device.TimeZone) };
};

const receivedNow = ({ clock }: Gateway, punch: SimPunch): SimPunch => {
  const received = clock.now();
  const deviceInstant = parseWall(punch.AttendanceLog) - parseOffset(punch.UtcOffset) * MINUTE;
  return { ...punch, received, ClockSuspect: isClockSuspect(deviceInstant, received) };
};

const deliverPunch = (gateway: Gateway, device: SimDevice, punch: SimPunch): void => {
  gateway.world.punches.push(punch);
  gateway.callbacks.emit({
    Event: "attendance.new",
    EventID: gateway.newId("evt"),
    DeviceSN: device.DeviceSN,
    DeviceLabel: device.DeviceLabel,
    EmployeeCode: punch.EmployeeCode,
    AttendanceLog: punch.AttendanceLog,
    UtcOffset: punch.UtcOffset,
    Type: punch.Type,
    Direction: punch.Direction,
    PunchID: punch.PunchID,
    Temperature: punch.Temperature,
    FaceMask: punch.FaceMask,
    HasPhoto: punch.HasPhoto,
  });
};

const deliverUnsent = (gateway: Gateway, device: SimDevice): void => {
  const unsent = device.unsent ?? [];
  device.unsent = [];
  for (const each of unsent) {
    if (each.kind === "access") gateway.world.accessEvents.push(each.event);
    else deliverPunch(gateway, device, receivedNow(gateway, each.punch));
  }
};

/** Why the door stays closed for this person. */
const denial = (gateway: Gateway, device: SimDevice, door: SimDoor, EmployeeCode: string): string | null => {
  if (door.Mode === "HoldLocked") return "The door is held locked.";
  const user = onDevice(device, EmployeeCode) ?? gateway.world.users.get(EmployeeCode);
  if (user === undefined) return null;
  const today = toWall(gateway.clock.now(), device.TimeZone);
  if (!user.Enabled) return "The user is blocked.";
  if (user.ValidFrom !== null && user.ValidFrom > today) return "The user is not valid yet.";
  if (user.ValidTo !== null && user.ValidTo < today) return "The user is not valid any more.";
  return null;
};

const letIn = (gateway: Gateway, device: SimDevice, door: SimDoor, punch: SimPunch): void => {
  const { EmployeeCode, Type, Direction } = punch;
  const Reason = denial(gateway, device, door, EmployeeCode);
  const cause = { EmployeeCode, Type, Direction };
  logAccess(gateway, device, door.DoorNo, Reason === null ? "AccessGranted" : "AccessDenied", { ...cause, Reason });
  if (Reason === null) pulseDoor(gateway, device, door, DOOR_PULSE_SECONDS, {});
};
