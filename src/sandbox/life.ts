import { closeDoor, logAccess, openDoor, setDoor } from "./doors.ts";
import { recordPunch, setOnline } from "./devices.ts";
import { credentialAdded, emitEnrollment } from "./enrollment.events.ts";
import { isPendingAdd } from "./enrollments.ts";
import type { Gateway } from "./handler.ts";
import { between, pick } from "./random.ts";
import type { SimDevice, SimDoor } from "./state.ts";
import { SECOND } from "./time.ts";

const isNotEmpty = <Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] => items.length > 0;

const pickOptional = <Item>(random: () => number, items: readonly Item[]): Item | undefined =>
  isNotEmpty(items) ? pick(random, items) : undefined;

const onlineDevices = ({ world }: Gateway): SimDevice[] =>
  [...world.devices.values()].filter((device) => device.online);

/** Devices where people punch: online ones, and those that are offline only briefly. */
const devicesInUse = ({ world }: Gateway): SimDevice[] =>
  [...world.devices.values()].filter((device) => device.online || device.returns != null);

const employeeOf = ({ random }: Gateway, device: SimDevice): string | undefined => {
  const enrolled = [...device.users.values()].filter((each) => !isPendingAdd(each) && each.user.Enabled);
  return pickOptional(random, enrolled)?.user.EmployeeCode;
};

/** A person punches; each person checks in and out alternately. */
const punchSomewhere = (gateway: Gateway, inside: Set<string>) => {
  const { random } = gateway;
  const device = pickOptional(random, devicesInUse(gateway));
  const EmployeeCode = device === undefined ? undefined : employeeOf(gateway, device);
  if (device === undefined || EmployeeCode === undefined) return;
  const isLeaving = inside.has(EmployeeCode);
  if (isLeaving) inside.delete(EmployeeCode);
  else inside.add(EmployeeCode);
  recordPunch(gateway, {
    DeviceSN: device.DeviceSN,
    EmployeeCode,
    Direction: isLeaving ? "CheckOut" : "CheckIn",
    DoorNo: pickOptional(random, device.doors)?.DoorNo,
    ...(device.capabilities["Face"] === true && random() < 0.2 ? { Temperature: 36 + between(random, 2, 9) / 10 } : {}),
  });
};

const idleDoor = (gateway: Gateway, isMatch: (door: SimDoor) => boolean) => {
  const doors = onlineDevices(gateway).flatMap((device) => device.doors.map((door) => ({ device, door })));
  const idle = doors.filter(({ door }) => door.Mode === "Normal" && door.LockState === "Locked" && isMatch(door));
  return pickOptional(gateway.random, idle);
};

/** A person leaves by pressing the exit button next to the door. */
const pressExitButton = (gateway: Gateway) => {
  const found = idleDoor(gateway, ({ State }) => State === "Closed");
  if (found === undefined) return;
  const { device, door } = found;
  logAccess(gateway, device, door.DoorNo, "ExitButton");
  openDoor(gateway, device, door);
  gateway.clock.after(3 * SECOND, () => closeDoor(gateway, device, door));
};

/** A person is denied access, or a door is forced open or held open too long. */
const causeIncident = (gateway: Gateway) => {
  const { random, clock } = gateway;
  const found = idleDoor(gateway, ({ State, SensorPresent }) => SensorPresent && State === "Closed");
  if (found === undefined) return;
  const { device, door } = found;
  const kind = random();
  if (kind < 0.5) {
    logAccess(gateway, device, door.DoorNo, "AccessDenied", { Type: "card", Reason: "Unknown card." });
    return;
  }
  const Alarm = kind < 0.7 ? "ForcedOpen" : "HeldOpen";
  const alarm = () => {
    if (door.State !== "Open") return;
    setDoor(gateway, door, { Alarm });
    logAccess(gateway, device, door.DoorNo, Alarm === "ForcedOpen" ? "DoorForcedOpen" : "DoorHeldOpen");
  };
  openDoor(gateway, device, door);
  if (Alarm === "ForcedOpen") alarm();
  else clock.after(30 * SECOND, alarm);
  clock.after(45 * SECOND, () => closeDoor(gateway, device, door));
};

/** A device goes offline for about a minute. */
const disconnectForAMinute = (gateway: Gateway) => {
  const { random, clock } = gateway;
  const device = pickOptional(random, onlineDevices(gateway));
  if (device === undefined) return;
  setOnline(gateway, device.DeviceSN, false, random() < 0.5 ? "HeartbeatTimeout" : "Disconnected");
  const returns = clock.now() + between(random, 40, 80) * SECOND;
  device.returns = returns;
  clock.after(returns - clock.now(), () => {
    if (device.returns === returns) setOnline(gateway, device.DeviceSN, true);
  });
};

/** A person is enrolled again at a terminal, without a command. */
const changeAtTerminal = (gateway: Gateway) => {
  const { random, world, clock } = gateway;
  const device = pickOptional(random, onlineDevices(gateway));
  const EmployeeCode = device === undefined ? undefined : employeeOf(gateway, device);
  const enrollment = EmployeeCode === undefined ? undefined : device?.users.get(EmployeeCode);
  if (device === undefined || EmployeeCode === undefined || enrollment === undefined) return;
  const credential = pickOptional(
    random,
    enrollment.user.credentials.filter(({ Type }) => Type === "Fingerprint" || Type === "Face"),
  );
  const updated = clock.now();
  const credentials = enrollment.user.credentials.map((each) => (each === credential ? { ...each, updated } : each));
  device.users.set(EmployeeCode, { ...enrollment, user: { ...enrollment.user, credentials, updated } });
  const known = world.users.get(EmployeeCode);
  if (known !== undefined) world.users.set(EmployeeCode, { ...known, updated });
  const change = credential === undefined ? ({ Action: "UserUpdated" } as const) : credentialAdded(credential);
  emitEnrollment(gateway, { DeviceSN: device.DeviceSN, EmployeeCode }, [change]);
};

/**
 * Makes things happen on the sandbox clock: a punch every 3 to 8 s, doors that open, occasionally a denied access, an alarm,
 * a device that goes offline, a change at a terminal. Returns a function that stops it.
 */
export const startLife = (gateway: Gateway): (() => void) => {
  const { clock, random } = gateway;
  const inside = new Set<string>();
  const stops = new Map<() => void, () => void>();
  const every = (from: number, to: number, task: () => void) => {
    const next = () => {
      stops.set(
        task,
        clock.after(between(random, from * SECOND, to * SECOND), () => {
          task();
          next();
        }),
      );
    };
    next();
  };
  every(3, 8, () => punchSomewhere(gateway, inside));
  every(20, 60, () => pressExitButton(gateway));
  every(60, 240, () => causeIncident(gateway));
  every(300, 900, () => disconnectForAMinute(gateway));
  every(240, 720, () => changeAtTerminal(gateway));
  return () => {
    for (const stop of stops.values()) stop();
    stops.clear();
  };
};
