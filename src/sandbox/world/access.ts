import { between, createRandom, pick } from "../random.ts";
import type { SimAccessEvent, SimDevice, SimPunch } from "../state.ts";
import { DAY, formatWall, MINUTE, utcOffsetAt, parseWall, SECOND, toWall } from "../time.ts";

interface SeedContext {
  readonly devices: ReadonlyMap<string, SimDevice>;
  readonly now: number;
  readonly newId: (prefix: "aev") => string;
}

const NO_DETAILS = { EmployeeCode: null, Type: null, Direction: null, Reason: null, CommandID: null };

/** The events of a punch that opens a door: granted, opened, closed. */
const passageEvents = (
  punch: SimPunch,
  device: SimDevice,
  scene: SeedContext,
  random: () => number,
): SimAccessEvent[] => {
  const door = pick(random, device.doors as [SimDevice["doors"][number], ...SimDevice["doors"]]);
  const event = (EventType: string, seconds: number, details: Partial<SimAccessEvent> = {}): SimAccessEvent => ({
    ...NO_DETAILS,
    EventID: scene.newId("aev"),
    DeviceSN: device.DeviceSN,
    DoorNo: door.DoorNo,
    EventTime: formatWall(parseWall(punch.AttendanceLog) + seconds * SECOND),
    UtcOffset: punch.UtcOffset,
    EventType,
    ...details,
  });
  const { EmployeeCode, Type, Direction } = punch;
  const granted = event("AccessGranted", 0, { EmployeeCode, Type, Direction });
  if (!door.SensorPresent) return [granted];
  return [granted, event("DoorOpened", 1), event("DoorClosed", between(random, 3, 9))];
};

interface Incident {
  readonly EventType: string;
  readonly details?: Partial<SimAccessEvent>;
  readonly needsSensor?: boolean;
}

const INCIDENTS: readonly [Incident, ...Incident[]] = [
  { EventType: "AccessDenied", details: { EmployeeCode: "0007", Type: "card", Reason: "Outside of the schedule" } },
  { EventType: "AccessDenied", details: { EmployeeCode: "99999999", Type: "card", Reason: "Unknown user" } },
  { EventType: "AccessDenied", details: { Type: "fingerprint", Reason: "Not recognized" } },
  { EventType: "ExitButton" },
  { EventType: "ExitButton" },
  { EventType: "DoorHeldOpen", needsSensor: true },
  { EventType: "DoorForcedOpen", needsSensor: true },
  { EventType: "RemoteOpen", details: { Reason: "Courier at the gate" } },
  { EventType: "RemoteLock", details: { Reason: "End of business" } },
  { EventType: "HoldStarted", details: { Reason: "Delivery" } },
  { EventType: "HoldReleased" },
  { EventType: "Tamper" },
  { EventType: "InputAlarm" },
  { EventType: "Duress", details: { EmployeeCode: "1042", Type: "fingerprint" } },
];

const DAYS = 35;

/** Everything else that happens at doors: a few events per day and device. */
const incidentEvents = (device: SimDevice, seed: number, scene: SeedContext): SimAccessEvent[] => {
  const random = createRandom(seed, "incidents", device.DeviceSN);
  const until = device.online ? scene.now : (device.lastSeen ?? 0);
  const events: SimAccessEvent[] = [];
  for (let at = scene.now - DAYS * DAY; at < until; at += between(random, 90, 520) * MINUTE) {
    const { EventType, details, needsSensor = false } = pick(random, INCIDENTS);
    const door = pick(random, device.doors as [SimDevice["doors"][number], ...SimDevice["doors"]]);
    if (needsSensor && !door.SensorPresent) continue;
    events.push({
      ...NO_DETAILS,
      EventID: scene.newId("aev"),
      DeviceSN: device.DeviceSN,
      DoorNo: door.DoorNo,
      EventTime: toWall(at, device.TimeZone),
      UtcOffset: utcOffsetAt(at, device.TimeZone),
      EventType,
      ...details,
    });
  }
  return events;
};

/** Creates the access log that matches the punches. */
export const createAccessEvents = (
  punches: readonly SimPunch[],
  seed: number,
  scene: SeedContext,
): SimAccessEvent[] => {
  const random = createRandom(seed, "access");
  const events: SimAccessEvent[] = [];
  for (const punch of punches) {
    const device = scene.devices.get(punch.DeviceSN);
    if (device !== undefined && device.doors.length > 0) events.push(...passageEvents(punch, device, scene, random));
  }
  for (const device of scene.devices.values()) {
    if (device.doors.length > 0) events.push(...incidentEvents(device, seed, scene));
  }
  return events;
};
