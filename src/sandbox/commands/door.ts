import { type Cause, holdDoor, lockDoor, logAccess, pulseDoor, releaseDoor } from "../doors.ts";
import { isKnownEmployee, userOnDevice } from "../enrollments.ts";
import { type Call, type Gateway, type Handlers, type DeviceTask, type TaskOutcome, Refusal } from "../handler.ts";
import type { SimCommand, SimDevice, SimDoor } from "../state.ts";
import { submitCommands } from "./submission.ts";
import { checkCommands, namedDevices } from "./targets.ts";
import { unknownEmployee } from "./user.task.ts";

const NO_DOORS: TaskOutcome = {
  kind: "refused",
  status: "notSupportedByDevice",
  reason: "The terminal controls no door.",
};

const HELD_LOCKED: TaskOutcome = { kind: "refused", status: "rejectedByDevice", reason: "The door is held locked." };

/**
 * Refuses a door that the device does not have. A device without any doors gets the command and refuses it itself.
 * @throws Refusal
 */
const checkDoors = (device: SimDevice, DoorNos: readonly number[], field: string): void => {
  const known = new Set(device.doors.map(({ DoorNo }) => DoorNo));
  const unknown = DoorNos.find((DoorNo) => !known.has(DoorNo));
  if (known.size === 0 || unknown === undefined) return;
  throw new Refusal("outOfLimits", `Device ${device.DeviceSN} has no door ${unknown}.`, { field });
};

type DoorAction = (device: SimDevice, door: SimDoor, cause: Cause) => TaskOutcome;

/** A door command is sent at most once: after a disconnect it is unknown whether the door has moved. */
const doorTask = (device: SimDevice, DoorNo: number, Reason: string | undefined, action: DoorAction): DeviceTask => ({
  DeviceSN: device.DeviceSN,
  task: {
    disconnect: "fail",
    run: ({ CommandID }: SimCommand) => {
      const door = device.doors.find((each) => each.DoorNo === DoorNo);
      return door === undefined ? NO_DOORS : action(device, door, { CommandID, Reason: Reason ?? null });
    },
  },
});

const submitDoor = (call: Call<"OpenDoor"> | Call<"LockDoor">, gateway: Gateway, action: DoorAction) => {
  const { input } = call;
  const devices = namedDevices(gateway.world, call.caller, input.DeviceSN);
  return submitCommands(call, gateway, () => {
    checkCommands(devices);
    for (const device of devices) checkDoors(device, [input.DoorNo], "DoorNo");
    return { tasks: devices.map((device) => doorTask(device, input.DoorNo, input.Reason, action)) };
  });
};

/** Assigns the schedule to users, on the device and in the gateway's record. */
const assignSchedule = (
  { world, clock }: Gateway,
  device: SimDevice,
  codes: readonly string[],
  AccessScheduleID: number,
) => {
  const updated = clock.now();
  for (const EmployeeCode of codes) {
    const enrollment = device.users.get(EmployeeCode);
    const user = userOnDevice(device, EmployeeCode);
    if (enrollment === undefined || user === undefined) continue;
    device.users.set(EmployeeCode, { ...enrollment, user: { ...user, AccessScheduleID, updated } });
    const known = world.users.get(EmployeeCode);
    if (known !== undefined) world.users.set(EmployeeCode, { ...known, AccessScheduleID, updated });
  }
};

type DoorName = "OpenDoor" | "LockDoor" | "SetAccessSchedule";

export const doorHandlers: Handlers<DoorName> = {
  OpenDoor: (call, gateway) => {
    const { DurationSeconds } = call.input;
    return submitDoor(call, gateway, (device, door, cause) => {
      if (door.Mode === "HoldLocked") return HELD_LOCKED;
      logAccess(gateway, device, door.DoorNo, "RemoteOpen", cause);
      pulseDoor(gateway, device, door, DurationSeconds, cause);
      return { kind: "done", result: { DoorNo: door.DoorNo, DurationSeconds } };
    });
  },

  LockDoor: (call, gateway) => {
    const { Mode, HoldSeconds = null } = call.input;
    return submitDoor(call, gateway, (device, door, cause) => {
      if (Mode === "Lock") lockDoor(gateway, device, door, cause);
      else if (Mode === "Release") releaseDoor(gateway, device, door, cause);
      else holdDoor(gateway, device, door, Mode, HoldSeconds, cause);
      return { kind: "done" };
    });
  },

  SetAccessSchedule(call, gateway) {
    const { DeviceSN, ScheduleID, EmployeeCodes, DoorNos } = call.input;
    const devices = namedDevices(gateway.world, call.caller, DeviceSN);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      for (const device of devices) checkDoors(device, DoorNos ?? [], "DoorNos");
      const codes = EmployeeCodes ?? [];
      if (codes.some((code) => !isKnownEmployee(gateway.world, code))) throw unknownEmployee("EmployeeCodes");
      const run = (device: SimDevice) => (): TaskOutcome => {
        if (device.capabilities["Schedule"] !== true) {
          return {
            kind: "refused",
            status: "notSupportedByDevice",
            reason: "The terminal does not support schedules.",
          };
        }
        if (DoorNos != null && device.doors.length === 0) return NO_DOORS;
        assignSchedule(gateway, device, codes, ScheduleID);
        return { kind: "done" };
      };
      return {
        tasks: devices.map((device) => ({
          DeviceSN: device.DeviceSN,
          task: { disconnect: "requeue", run: run(device) },
        })),
      };
    });
  },
};
