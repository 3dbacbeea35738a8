import { deviceTime, logAccess, pulseDoor } from "./doors.ts";
import { userOnDevice } from "./enrollments.ts";
import type { Gateway } from "./handler.ts";
import type { SimDevice, SimDoor, SimPunch } from "./state.ts";
import { statusEvent, deviceStatusOf } from "./status.ts";
import { MINUTE, utcOffsetAt, parseOffset, parseWall, toWall, wallToInstant } from "./time.ts";
import { isClockSuspect } from "./world/punches.ts";

const DOOR_PULSE_SECONDS = 5;

const requireDevice = ({ world }: Gateway, DeviceSN: string): SimDevice => {
  const device = world.devices.get(DeviceSN);
  if (device === undefined) throw new Error(`The sandbox has no device ${DeviceSN}.`);
  return device;
};

/** Changes a device and notifies receivers if this changes its status. */
export const changeDevice = (gateway: Gateway, device: SimDevice, reason: string, change: () => void): void => {
  const { QueueStatus } = gateway.callbacks.health(device.DeviceSN);
  const PreviousStatus = deviceStatusOf(device, QueueStatus);
  change();
  if (deviceStatusOf(device, QueueStatus) === PreviousStatus) return;
  const EventID = gateway.newId("evt");
  const statusChange = { PreviousStatus, Reason: reason, QueueStatus };
  gateway.callbacks.emit(statusEvent(device, EventID, gateway.clock.now(), statusChange));
};

/**
 * Connects or disconnects a device and notifies receivers. On reconnection, everything that it recorded while offline
 * arrives in a burst, and its command queue continues.
 * @throws Error if the device does not exist.
 */
export const setOnline = (gateway: Gateway, DeviceSN: string, online: boolean, reason?: string): void => {
  const device = requireDevice(gateway, DeviceSN);
  device.returns = null;
  if (device.online === online) return;
  changeDevice(gateway, device, reason ?? (online ? "Connected" : "Disconnected"), () => {
    device.online = online;
    device.lastSeen = gateway.clock.now();
  });
  if (online) deliverUnsent(gateway, device);
  gateway.commands.connectionChanged(DeviceSN);
};

/** Restarts a device: it goes offline and reconnects after `forMs`, unless it is disconnected in the meantime. */
export const restartDevice = (gateway: Gateway, DeviceSN: string, forMs: number): void => {
  const device = requireDevice(gateway, DeviceSN);
  setOnline(gateway, DeviceSN, false, "Rebooted");
  const returns = gateway.clock.now() + forMs;
  device.returns = returns;
  gateway.clock.after(forMs, () => {
    if (device.returns === returns) setOnline(gateway, DeviceSN, true, "Rebooted");
  });
};

/** A punch to record. */
export interface PunchInput {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  /** @default a credential type that the user is enrolled with on the device. */
  readonly Type?: string | undefined;
  readonly Direction?: string | undefined;
  /**
   * The true instant of the punch in milliseconds since 1970 UTC. The device records what its own clock displays then.
   * @default now
   */
  readonly at?: number | undefined;
  /** The wall-clock time that the device recorded, in place of `at`. */
  readonly AttendanceLog?: string | undefined;
  readonly Temperature?: number | null | undefined;
  readonly FaceMask?: boolean | null | undefined;
  readonly HasPhoto?: boolean | undefined;
  readonly DoorNo?: number | undefined;
}

/**
 * Records a punch at a device and opens its door. The gateway stores the punch and notifies receivers immediately, or when
 * the device is online again.
 * @throws Error if the device does not exist.
 */
export const recordPunch = (gateway: Gateway, input: PunchInput): SimPunch => {
  const device = requireDevice(gateway, input.DeviceSN);
  const Type = input.Type ?? defaultType(device, input.EmployeeCode);
  const { wall, offset } = recordedTime(gateway, device, input);
  const punch = receivedNow(gateway, {
    PunchID: gateway.newId("pun"),
    DeviceSN: device.DeviceSN,
    EmployeeCode: input.EmployeeCode,
    AttendanceLog: wall,
    UtcOffset: offset,
    Type,
    Direction: input.Direction ?? "CheckIn",
    Temperature: input.Temperature ?? null,
    FaceMask: input.FaceMask ?? null,
    HasPhoto: input.HasPhoto ?? (Type === "face" && device.capabilities["Photo"] === true),
    received: gateway.clock.now(),
    ClockSuspect: false,
  });
  if (device.online) deliverPunch(gateway, device, punch);
  else (device.unsent ??= []).push({ kind: "punch", punch });
  const door = device.doors.find(({ DoorNo }) => DoorNo === (input.DoorNo ?? device.doors[0]?.DoorNo));
  if (door !== undefined) recordDoorAccess(gateway, device, door, punch);
  return punch;
};

const PUNCH_TYPES: Readonly<Record<string, string>> = {
  Face: "face",
  Fingerprint: "fingerprint",
  Card: "card",
  Password: "password",
};

const defaultType = (device: SimDevice, EmployeeCode: string): string => {
  const enrolled = new Set(userOnDevice(device, EmployeeCode)?.credentials.map(({ Type }) => Type));
  const names = Object.keys(PUNCH_TYPES);
  const name = names.find((each) => enrolled.has(each)) ?? names.find((each) => device.capabilities[each] === true);
  return PUNCH_TYPES[name ?? ""] ?? "other";
};

const recordedTime = ({ clock }: Gateway, device: SimDevice, { at, AttendanceLog }: PunchInput) => {
  if (AttendanceLog === undefined) return deviceTime(device, at ?? clock.now());
  return { wall: AttendanceLog, offset: utcOffsetAt(wallToInstant(AttendanceLog, device.TimeZone), device.TimeZone) };
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

/** Why the door stays closed for this person; null if it opens. */
const denialReason = (gateway: Gateway, device: SimDevice, door: SimDoor, EmployeeCode: string): string | null => {
  if (door.Mode === "HoldLocked") return "The door is held locked.";
  const user = userOnDevice(device, EmployeeCode) ?? gateway.world.users.get(EmployeeCode);
  if (user === undefined) return null;
  const today = toWall(gateway.clock.now(), device.TimeZone);
  if (!user.Enabled) return "The user is blocked.";
  if (user.ValidFrom !== null && user.ValidFrom > today) return "The user is not valid yet.";
  if (user.ValidTo !== null && user.ValidTo < today) return "The user is no longer valid.";
  return null;
};

const recordDoorAccess = (gateway: Gateway, device: SimDevice, door: SimDoor, punch: SimPunch): void => {
  const { EmployeeCode, Type, Direction } = punch;
  const Reason = denialReason(gateway, device, door, EmployeeCode);
  const cause = { EmployeeCode, Type, Direction };
  logAccess(gateway, device, door.DoorNo, Reason === null ? "AccessGranted" : "AccessDenied", { ...cause, Reason });
  if (Reason === null) pulseDoor(gateway, device, door, DOOR_PULSE_SECONDS, {});
};
