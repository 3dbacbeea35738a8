import type { Gateway } from "./handler.ts";
import type {
  SimAccessEvent,
  SimCredential,
  SimDevice,
  SimDoor,
  SimEnrollment,
  SimPunch,
  SimUser,
  World,
} from "./state.ts";
import { type SimDeviceStatus, deviceStatusOf } from "./status.ts";
import { hash } from "./random.ts";
import { MINUTE, utcOffsetAt, SECOND, toGmt, toWall } from "./time.ts";

type Wire = Readonly<Record<string, unknown>>;

const gmtOrNull = (ms: number | null): string | null => (ms === null ? null : toGmt(ms));

/** First and last name; null for an employee without a record. */
export const nameOf = (EmployeeCode: string | null, world: World): string | null => {
  const user = EmployeeCode === null ? undefined : world.users.get(EmployeeCode);
  return user === undefined ? null : `${user.FirstName} ${user.LastName}`.trim();
};

/** A punch in wire form. */
export const renderPunch = (punch: SimPunch, world: World): Wire => ({
  PunchID: punch.PunchID,
  DeviceSN: punch.DeviceSN,
  DeviceLabel: world.devices.get(punch.DeviceSN)?.DeviceLabel ?? null,
  EmployeeCode: punch.EmployeeCode,
  EmployeeName: nameOf(punch.EmployeeCode, world),
  AttendanceLog: punch.AttendanceLog,
  UtcOffset: punch.UtcOffset,
  Type: punch.Type,
  Direction: punch.Direction,
  Temperature: punch.Temperature,
  FaceMask: punch.FaceMask,
  HasPhoto: punch.HasPhoto,
  ReceivedTime: toGmt(punch.received),
  ClockSuspect: punch.ClockSuspect,
});

/** An access event in wire form. */
export const renderAccessEvent = (event: SimAccessEvent, world: World): Wire => ({
  EventID: event.EventID,
  DeviceSN: event.DeviceSN,
  DoorNo: event.DoorNo,
  EventTime: event.EventTime,
  UtcOffset: event.UtcOffset,
  EventType: event.EventType,
  EmployeeCode: event.EmployeeCode,
  EmployeeName: nameOf(event.EmployeeCode, world),
  Type: event.Type,
  Direction: event.Direction,
  Reason: event.Reason,
  CommandID: event.CommandID,
});

const renderCredential = (credential: SimCredential, withData: boolean): Wire => ({
  Type: credential.Type,
  Index: credential.Index,
  Size: credential.Size,
  Algorithm: credential.Algorithm,
  ...(withData && credential.Type !== "Password" ? { Data: credential.Data } : {}),
  UpdatedTime: toGmt(credential.updated),
});

/** A user in wire form. The data of a password is never included. */
export const renderUser = (user: SimUser, { withData = false }: { readonly withData?: boolean } = {}): Wire => ({
  EmployeeCode: user.EmployeeCode,
  FirstName: user.FirstName,
  LastName: user.LastName,
  UserType: user.UserType,
  Enabled: user.Enabled,
  ValidFrom: user.ValidFrom,
  ValidTo: user.ValidTo,
  Privileges: user.Privileges,
  AccessScheduleID: user.AccessScheduleID,
  Credentials: user.credentials.map((credential) => renderCredential(credential, withData)),
  HasPhoto: user.photo !== null,
  UpdatedTime: toGmt(user.updated),
});

/** A user's enrollment on a device, in wire form. */
export const renderUserDevice = (device: SimDevice, enrollment: SimEnrollment): Wire => ({
  DeviceSN: device.DeviceSN,
  DeviceLabel: device.DeviceLabel,
  SyncStatus: enrollment.syncStatus,
  CredentialTypes: [...new Set(enrollment.user.credentials.map(({ Type }) => Type))],
  LastSyncTime: gmtOrNull(enrollment.lastSync),
  PendingCommandID: enrollment.pendingCommandId,
});

const HEARTBEAT_MS = 10 * SECOND;

/** When the device was last seenAt: an online device sends a heartbeat every ten seconds. */
export const lastSeenOf = (device: SimDevice, now: number): number | null => {
  if (!device.online) return device.lastSeen;
  const phase = hash(device.DeviceSN) % HEARTBEAT_MS;
  const beat = Math.floor((now - phase) / HEARTBEAT_MS) * HEARTBEAT_MS + phase;
  return Math.max(beat, Math.min(device.lastSeen ?? 0, now));
};

/** The device's status, with the state of its callback queue. */
export const currentStatusOf = (device: SimDevice, gateway: Gateway): SimDeviceStatus =>
  deviceStatusOf(device, gateway.callbacks.health(device.DeviceSN).QueueStatus);

/** A device in wire form, as ListDevices returns it. */
export const renderDevice = (device: SimDevice, gateway: Gateway): Wire => {
  const now = gateway.clock.now();
  return {
    DeviceSN: device.DeviceSN,
    DeviceLabel: device.DeviceLabel,
    Model: device.Model,
    Vendor: device.Vendor,
    Status: currentStatusOf(device, gateway),
    LastSeen: gmtOrNull(lastSeenOf(device, now)),
    TimeZone: device.TimeZone,
    UtcOffset: utcOffsetAt(now, device.TimeZone),
    ClientName: device.ClientName,
    License: { ...device.license },
    QueueDepth: device.queue.length,
    DoorCount: device.doors.length,
  };
};

const credentialsOn = (device: SimDevice, type: string): number =>
  [...device.users.values()].reduce(
    (total, { user }) => total + user.credentials.filter(({ Type }) => Type === type).length,
    0,
  );

/** The members that only GetDeviceInfo returns. `logs` is the number of punches received from the device. */
export const renderDeviceDetails = (device: SimDevice, now: number, logs: number): Wire => {
  const seenAt = device.online ? now : device.lastSeen;
  const unsent = device.unsent?.filter(({ kind }) => kind === "punch").length ?? 0;
  const ValidUntil = device.license.ValidUntil;
  return {
    Firmware: device.Firmware,
    MACAddress: device.MACAddress,
    IPAddress: device.IPAddress,
    Algorithm: device.Algorithm,
    DeviceTime: seenAt === null ? null : toWall(seenAt + device.clockDriftSeconds * SECOND, device.TimeZone),
    Capacity: { ...device.capacity },
    Counters: {
      Users: device.users.size,
      Fingerprints: credentialsOn(device, "Fingerprint"),
      Faces: credentialsOn(device, "Face"),
      Cards: credentialsOn(device, "Card"),
      Passwords: credentialsOn(device, "Password"),
      Logs: Math.min(logs + unsent, device.capacity.Logs),
      NewLogs: unsent,
    },
    Capabilities: { ...device.capabilities },
    Services: [{ ServiceName: "Web API", ActivationDate: "2026-04-01", ExpiryDate: ValidUntil }],
    Doors: device.doors.map(({ DoorNo, DoorLabel }) => ({ DoorNo, DoorLabel })),
  };
};

/** A door in wire form. The state of a door is unknown if its device has been offline for more than a minute. */
export const renderDoor = (door: SimDoor, device: SimDevice, gateway: Gateway): Wire => {
  const now = gateway.clock.now();
  const asOf = device.online ? now : (device.lastSeen ?? 0);
  const isKnown = now - asOf <= MINUTE;
  return {
    DeviceSN: device.DeviceSN,
    DoorNo: door.DoorNo,
    DoorLabel: door.DoorLabel,
    State: isKnown && door.SensorPresent ? door.State : "Unknown",
    LockState: isKnown ? door.LockState : "Unknown",
    Mode: door.Mode,
    Alarm: door.Alarm,
    SensorPresent: door.SensorPresent,
    LastChangeTime: gmtOrNull(door.lastChange),
    AsOf: toGmt(asOf),
    DeviceStatus: currentStatusOf(device, gateway),
  };
};
