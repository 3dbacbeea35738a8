import { between, createRandom, pick } from "../random.ts";
import type { SimAccessEvent, SimDevice, SimPunch } from "../state.ts";
import { DAY, formatWall, MINUTE, offsetAt, parseWall, SECOND, toWall } from "../time.ts";

interface Scene {
  readonly devices: ReadonlyMap<string, SimDevice>;
  readonly now: number;
  readonly newId: (prefix: "aev") => string;
}

const NOBODY = { EmployeeCode: null, Type: null, Direction: null, Reason: null, CommandID: null };

/** A punch at a door opens it: granted, opened, closed. */
const passagesThrough = (punch: SimPunch, device: SimDevice, scene: Scene, random: () => number): SimAccessEvent[] => {
  const door = pick(random, device.doors as [SimDevice["doors"][number], ...SimDevice["doors"]]);
  const event = (EventType: string, seconds: number, about: Partial<SimAccessEvent> = {}): SimAccessEvent => ({
    ...NOBODY,
    EventID: scene.newId("aev"),
    DeviceSN: device.DeviceSN,
    DoorNo: door.DoorNo,
    EventTime: formatWall(parseWall(punch.AttendanceLog) + seconds * SECOND),
    UtcOffset: punch.UtcOffset,
    EventType,
    ...about,
  });
  const { EmployeeCode, Type, Direction } = punch;
  const granted = event("AccessGranted", 0, { EmployeeCode, Type, Direction });
  if (!door.SensorPresent) return [granted];
  return [granted, event("DoorOpened", 1), event("DoorClosed", between(random, 3, 9))];
};

interface Incident {
  readonly EventType: string;
  readonly about?: Partial<SimAccessEvent>;
  readonly needsSensor?: boolean;
}

const INCIDENTS: readonly [Incident, ...Incident[]] = [
  { EventType: "AccessDenied", about: { EmployeeCode: "0007", Type: "card", Reason: "Outside of the schedule" } },
  { EventType: "AccessDenied", about: { EmployeeCode: "99999999", Type: "card", Reason: "Unknown user" } },
  { EventType: "AccessDenied", about: { Type: "fingerprint", Reason: "Not recognised" } },
  { EventType: "ExitButton" },
  { EventType: "ExitButton" },
  { EventType: "DoorHeldOpen", needsSensor: true },
  { EventType: "DoorForcedOpen", needsSensor: true },
  { EventType: "RemoteOpen", about: { Reason: "Courier at the gate" } },
  { EventType: "RemoteLock", about: { Reason: "End of business" } },
  { EventType: "HoldStarted", about: { Reason: "Delivery" } },
  { EventType: "HoldReleased" },
  { EventType: "Tamper" },
  { EventType: "InputAlarm" },
  { EventType: "Duress", about: { EmployeeCode: "1042", Type: "fingerprint" } },
];

const DAYS = 35;

/** Everything else that happens at doors: a few times a day and device. */
const incidentsAt = (device: SimDevice, seed: number, scene: Scene): SimAccessEvent[] => {
  const random = createRandom(seed, "incidents", device.DeviceSN);
  const until = device.online ? scene.now : (device.lastSeen ?? 0);
  const events: SimAccessEvent[] = [];
  for (let at = scene.now - DAYS * DAY; at < until; at += between(random, 90, 520) * MINUTE) {
    const { EventType, about, needsSensor = false } = pick(random, INCIDENTS);
    const door = pick(random, device.doors as [SimDevice["doors"][number], ...SimDevice["doors"]]);
    if (needsSensor && !door.SensorPresent) continue;
    events.push({
      ...NOBODY,
      EventID: scene.newId("aev"),
      DeviceSN: device.DeviceSN,
      DoorNo: door.DoorNo,
      EventTime: toWall(at, device.TimeZone),
      UtcOffset: offsetAt(at, device.TimeZone),
      EventType,
      ...about,
    });
  }
  return events;
};

/** The access log that goes with the punches. */
export const createAccessEvents = (punches: readonly SimPunch[], seed: number, scene: Scene): SimAccessEvent[] => {
  const random = createRandom(seed, "access");
  const events: SimAccessEvent[] = [];
  for (const punch of punches) {
    const device = scene.devices.get(punch.DeviceSN);
    if (device !== undefined && device.doors.length > 0) events.push(...passagesThrough(punch, device, scene, random));
  }
  for (const device of scene.devices.values()) {
    if (device.doors.length > 0) events.push(...incidentsAt(device, seed, scene));
  }
  return events;
};
