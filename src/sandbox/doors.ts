import type { Gateway } from "./handler.ts";
import type { SimAccessEvent, SimDevice, SimDoor } from "./state.ts";
import { utcOffsetAt, toWall } from "./time.ts";

/** Who or what operated a door. */
export type Cause = Partial<Pick<SimAccessEvent, "EmployeeCode" | "Type" | "Direction" | "Reason" | "CommandID">>;

/** The wall-clock time and UTC offset that the device's own clock displays. */
export const deviceTime = (device: SimDevice, now: number): { readonly wall: string; readonly offset: string } => {
  const displayed = now + device.clockDriftSeconds * 1000;
  return { wall: toWall(displayed, device.TimeZone), offset: utcOffsetAt(displayed, device.TimeZone) };
};

/** Appends an entry to the access log. An offline device delivers it after it reconnects. */
export const logAccess = (
  { world, clock, newId }: Gateway,
  device: SimDevice,
  DoorNo: number,
  EventType: string,
  cause: Cause = {},
): void => {
  const { wall, offset } = deviceTime(device, clock.now());
  const event: SimAccessEvent = {
    EventID: newId("aev"),
    DeviceSN: device.DeviceSN,
    DoorNo,
    EventTime: wall,
    UtcOffset: offset,
    EventType,
    EmployeeCode: cause.EmployeeCode ?? null,
    Type: cause.Type ?? null,
    Direction: cause.Direction ?? null,
    Reason: cause.Reason ?? null,
    CommandID: cause.CommandID ?? null,
  };
  if (device.online) world.accessEvents.push(event);
  else (device.unsent ??= []).push({ kind: "access", event });
};

const OBSERVABLE = ["State", "LockState", "Mode", "Alarm"] as const;

/** Changes a door; `lastChange` moves only if an observable member changes. */
export const setDoor = ({ clock }: Gateway, door: SimDoor, change: Partial<SimDoor>): void => {
  if (OBSERVABLE.some((name) => change[name] !== undefined && change[name] !== door[name]))
    door.lastChange = clock.now();
  Object.assign(door, change);
};

/** Runs the task after `ms`, unless the pulse or hold of the door changes in the meantime. */
const afterPulseOrHold = ({ clock }: Gateway, door: SimDoor, ms: number, task: () => void) => {
  const until = clock.now() + ms;
  door.until = until;
  clock.after(ms, () => {
    if (door.until !== until) return;
    door.until = null;
    task();
  });
};

/** Simulates a person who passes an unlocked door: the sensor reports that it opens and closes. */
const simulatePassage = (gateway: Gateway, device: SimDevice, door: SimDoor, pulseMs: number, cause: Cause) => {
  if (!door.SensorPresent || door.State === "Open") return;
  gateway.clock.after(Math.min(1000, pulseMs / 4), () => {
    if (door.LockState !== "Unlocked" || door.State === "Open") return;
    openDoor(gateway, device, door, cause);
    gateway.clock.after(Math.min(3000, pulseMs / 2), () => closeDoor(gateway, device, door, cause));
  });
};

/** Opens the door leaf. A door without a sensor reports nothing. */
export const openDoor = (gateway: Gateway, device: SimDevice, door: SimDoor, cause: Cause = {}): void => {
  if (!door.SensorPresent) return;
  setDoor(gateway, door, { State: "Open" });
  logAccess(gateway, device, door.DoorNo, "DoorOpened", cause);
};

/** Closes the door leaf and ends an alarm about the open door. */
export const closeDoor = (gateway: Gateway, device: SimDevice, door: SimDoor, cause: Cause = {}): void => {
  if (!door.SensorPresent || door.State !== "Open") return;
  const Alarm = door.Alarm === "HeldOpen" || door.Alarm === "ForcedOpen" ? "None" : door.Alarm;
  setDoor(gateway, door, { State: "Closed", Alarm });
  logAccess(gateway, device, door.DoorNo, "DoorClosed", cause);
};

/** Unlocks a door for `seconds`; a door held open stays unchanged. Do not call it for a door held locked. */
export const pulseDoor = (gateway: Gateway, device: SimDevice, door: SimDoor, seconds: number, cause: Cause): void => {
  if (door.Mode === "Normal") {
    setDoor(gateway, door, { LockState: "Unlocked" });
    afterPulseOrHold(gateway, door, seconds * 1000, () => setDoor(gateway, door, { LockState: "Locked" }));
  }
  simulatePassage(gateway, device, door, seconds * 1000, cause);
};

const release = (gateway: Gateway, device: SimDevice, door: SimDoor, cause: Cause) => {
  setDoor(gateway, door, { Mode: "Normal", LockState: "Locked" });
  logAccess(gateway, device, door.DoorNo, "HoldReleased", cause);
};

/** Holds a door open or locked for `seconds`, or until it is released if `seconds` is null. */
export const holdDoor = (
  gateway: Gateway,
  device: SimDevice,
  door: SimDoor,
  Mode: "HoldOpen" | "HoldLocked",
  seconds: number | null,
  cause: Cause,
): void => {
  setDoor(gateway, door, { Mode, LockState: Mode === "HoldOpen" ? "Unlocked" : "Locked", until: null });
  logAccess(gateway, device, door.DoorNo, "HoldStarted", cause);
  if (seconds !== null) afterPulseOrHold(gateway, door, seconds * 1000, () => release(gateway, device, door, cause));
};

/** Ends a hold. A door that is not held stays unchanged. */
export const releaseDoor = (gateway: Gateway, device: SimDevice, door: SimDoor, cause: Cause): void => {
  if (door.Mode === "Normal") return;
  door.until = null;
  release(gateway, device, door, cause);
};

/** Locks the door immediately and ends a pulse or a hold. */
export const lockDoor = (gateway: Gateway, device: SimDevice, door: SimDoor, cause: Cause): void => {
  releaseDoor(gateway, device, door, cause);
  setDoor(gateway, door, { LockState: "Locked", until: null });
  logAccess(gateway, device, door.DoorNo, "RemoteLock", cause);
};
