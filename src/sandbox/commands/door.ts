import { type Cause, holdDoor, lockDoor, logAccess, pulseDoor, releaseDoor } from "../doors.ts";
import { isKnown, onDevice } from "../enrollments.ts";
import { type Call, type Gateway, type Handlers, type Order, type Outcome, Refusal } from "../handler.ts";
import type { SimCommand, SimDevice, SimDoor } from "../state.ts";
import { submit } from "./submission.ts";
import { checkCommands, namedDevices } from "./targets.ts";
import { unknownEmployee } from "./user.task.ts";

const NO_DOORS: Outcome = {
  kind: "refused",
  status: "notSupportedByDevice",
  reason: "The terminal controls no door.",
};

const HELD_LOCKED: Outcome = { kind: "refused", status: "rejectedByDevice", reason: "The door is held locked." };

/** A door that the device does not have is out of limits; a device without doors is sent the command, and refuses. */
const checkDoors = (device: SimDevice, DoorNos: readonly number[], field: string): void => {
  const known = new Set(device.doors.map(({ DoorNo }) => DoorNo));
  const unknown = DoorNos.find((DoorNo) => !known.has(DoorNo));
  if (known.size === 0 || unknown === undefined) return;
  throw new Refusal("outOfLimits", `Device ${device.DeviceSN} has no door ${unknown}.`, { field });
};

type Move = (device: SimDevice, door: SimDoor, cause: Cause) => Outcome;

/** A door command is sent at most once: after a disconnect nobody knows whether the door has moved. */
const doorOrder = (device: SimDevice, DoorNo: number, Reason: string | undefined, move: Move): Order => ({
  DeviceSN: device.DeviceSN,
  task: {
    disconnect: "fail",
    run: ({ CommandID }: SimCommand) => {
      const door = device.doors.find((each) => each.DoorNo === DoorNo);
      return door === undefined ? NO_DOORS : move(device, door, { CommandID, Reason: Reason ?? null });
    },
  },
});

const submitDoor = (call: Call<"OpenDoor"> | Call<"LockDoor">, gateway: Gateway, move: Move) => {
  const { input } = call;
  const devices = namedDevices(gateway.world, call.caller, input.DeviceSN);
  return submit(call, gateway, () => {
    checkCommands(devices);
    for (const device of devices) checkDoors(device, [input.DoorNo], "DoorNo");
    return { orders: devices.map((device) => doorOrder(device, input.DoorNo, input.Reason, move)) };
  });
};

/** Puts users on the schedule, on the device and, once, in the gateway's record. */
const assign = ({ world, clock }: Gateway, device: SimDevice, codes: readonly string[], AccessScheduleID: number) => {
  const updated = clock.now();
  for (const EmployeeCode of codes) {
    const enrollment = device.users.get(EmployeeCode);
    const user = onDevice(device, EmployeeCode);
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
    return submit(call, gateway, () => {
      checkCommands(devices);
      for (const device of devices) checkDoors(device, DoorNos ?? [], "DoorNos");
      const codes = EmployeeCodes ?? [];
      if (codes.some((code) => !isKnown(gateway.world, code))) throw unknownEmployee("EmployeeCodes");
      const run = (device: SimDevice) => (): Outcome => {
        if (device.capabilities["Schedule"] !== true) {
          return { kind: "refused", status: "notSupportedByDevice", reason: "The terminal keeps no schedules." };
        }
        if (DoorNos != null && device.doors.length === 0) return NO_DOORS;
        assign(gateway, device, codes, ScheduleID);
        return { kind: "done" };
      };
      return {
        orders: devices.map((device) => ({
          DeviceSN: device.DeviceSN,
          task: { disconnect: "requeue", run: run(device) },
        })),
      };
    });
  },
};
