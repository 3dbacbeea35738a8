import { credentialAdded, type EnrollmentChange } from "../enrollment.events.ts";
import {
  limitToDevice,
  devicesWith,
  isKnownEmployee,
  mergeCredentials,
  NOT_ON_DEVICE,
  userOnDevice,
  storeUser,
} from "../enrollments.ts";
import type { Gateway, Handlers, DeviceTask } from "../handler.ts";
import type { SimCredential, SimDevice, SimUser, World } from "../state.ts";
import { photoCredential, toCredential } from "./credentials.ts";
import { submitCommands } from "./submission.ts";
import { checkCommands, visibleDevices, namedDevices } from "./targets.ts";
import { changesOf } from "./user.changes.ts";
import { onFirstCall, trackQueued, unknownEmployee, userTask } from "./user.task.ts";

/** Changes the gateway's merged record. */
const updateRecord = (
  { users }: World,
  user: SimUser,
  credentials: readonly SimCredential[],
  changes: Partial<SimUser>,
): void => {
  const known = users.get(user.EmployeeCode) ?? { ...user, credentials: [] };
  users.set(user.EmployeeCode, {
    ...known,
    ...changes,
    credentials: mergeCredentials(known.credentials, credentials),
    updated: user.updated,
  });
};

const additionOrUpdate = (device: SimDevice, EmployeeCode: string): EnrollmentChange => ({
  Action: userOnDevice(device, EmployeeCode) === undefined ? "UserAdded" : "UserUpdated",
});

const addUserTask = (
  gateway: Gateway,
  device: SimDevice,
  user: SimUser,
  included: readonly SimCredential[],
  record: () => void,
): DeviceTask =>
  userTask(gateway, {
    device,
    EmployeeCode: user.EmployeeCode,
    changes: [{ Action: "UserAdded" }, ...included.map(credentialAdded)],
    change: (updated) => {
      const change = additionOrUpdate(device, user.EmployeeCode);
      const refusal = storeUser(device, { ...user, updated }, updated);
      if (refusal !== undefined) return refusal;
      record();
      return [change, ...included.map(credentialAdded)];
    },
  });

/** The devices that the request names; `ALL` means every visible device that has the user. */
const targetsOf = (
  { world }: Gateway,
  caller: Parameters<typeof visibleDevices>[1],
  named: string | readonly string[],
  EmployeeCode: string,
): SimDevice[] => {
  if (named !== "ALL") return namedDevices(world, caller, named);
  const mine = new Set(visibleDevices(world, caller));
  return devicesWith(world, EmployeeCode).filter((device) => mine.has(device));
};

type UserName = "AddUser" | "UpdateUser" | "DeleteUser" | "ResendUser";

export const userHandlers: Handlers<UserName> = {
  AddUser(call, gateway) {
    const { input } = call;
    const { world, clock } = gateway;
    const devices = namedDevices(world, call.caller, input.DeviceSN);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      const now = clock.now();
      const templates = (input.Templates ?? []).map((each) => toCredential(each, now, "Templates"));
      const credentials = mergeCredentials([], templates);
      const photo = input.Photo === undefined ? [] : [photoCredential(input.Photo, now)];
      const user: SimUser = {
        EmployeeCode: input.EmployeeCode,
        FirstName: input.FirstName,
        LastName: input.LastName ?? "",
        UserType: input.UserType,
        Enabled: true,
        ValidFrom: input.ValidFrom ?? null,
        ValidTo: input.ValidTo ?? null,
        Privileges: input.Privileges ?? [],
        AccessScheduleID: input.AccessScheduleID ?? null,
        credentials,
        photo: input.Photo?.Data ?? null,
        updated: now,
      };
      const record = onFirstCall(() => {
        const photoOf = user.photo ?? world.users.get(user.EmployeeCode)?.photo ?? null;
        const { credentials: _credentials, ...profile } = user;
        updateRecord(world, { ...user, updated: clock.now() }, credentials, { ...profile, photo: photoOf });
      });
      return {
        tasks: devices.map((device) => addUserTask(gateway, device, user, [...credentials, ...photo], record)),
        onQueued: (commands) => {
          const isNew = !world.users.has(user.EmployeeCode);
          if (isNew) world.users.set(user.EmployeeCode, { ...user, credentials: [], photo: null });
          trackQueued(gateway)(commands);
        },
      };
    });
  },

  UpdateUser(call, gateway) {
    const { input } = call;
    const { EmployeeCode } = input;
    const devices = targetsOf(gateway, call.caller, input.DeviceSN, EmployeeCode);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      if (!devices.some(({ users }) => users.has(EmployeeCode))) throw unknownEmployee();
      const { changes, photo } = changesOf(input, gateway.clock.now());
      const included = photo.map(credentialAdded);
      const record = onFirstCall(() => {
        const known = gateway.world.users.get(EmployeeCode);
        if (known !== undefined) updateRecord(gateway.world, { ...known, updated: gateway.clock.now() }, [], changes);
      });
      const tasks = devices.map((device) =>
        userTask(gateway, {
          device,
          EmployeeCode,
          changes: [{ Action: "UserUpdated" }, ...included],
          change: (updated) => {
            const user = userOnDevice(device, EmployeeCode);
            if (user === undefined) return NOT_ON_DEVICE;
            const refusal = storeUser(device, { ...user, ...changes, updated }, updated);
            if (refusal !== undefined) return refusal;
            record();
            return [{ Action: "UserUpdated" }, ...included];
          },
        }),
      );
      return { tasks, onQueued: trackQueued(gateway) };
    });
  },

  DeleteUser(call, gateway) {
    const { DeviceSN, EmployeeCode } = call.input;
    const devices = targetsOf(gateway, call.caller, DeviceSN, EmployeeCode);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      if (devices.length === 0) throw unknownEmployee();
      const changes: readonly EnrollmentChange[] = [{ Action: "UserDeleted" }];
      const change = (device: SimDevice) => () => {
        device.users.delete(EmployeeCode);
        return changes;
      };
      const tasks = devices.map((device) =>
        userTask(gateway, { device, EmployeeCode, changes, change: change(device) }),
      );
      return { tasks, onQueued: trackQueued(gateway) };
    });
  },

  ResendUser(call, gateway) {
    const { world } = gateway;
    const { EmployeeCode } = call.input;
    const devices = namedDevices(world, call.caller, call.input.DeviceSN);
    return submitCommands(call, gateway, () => {
      checkCommands(devices);
      if (!isKnownEmployee(world, EmployeeCode)) throw unknownEmployee();
      const tasks = devices.map((device) =>
        userTask(gateway, {
          device,
          EmployeeCode,
          changes: [{ Action: "UserUpdated" }],
          change: (now) => {
            const user = world.users.get(EmployeeCode);
            if (user === undefined) return NOT_ON_DEVICE;
            const change = additionOrUpdate(device, EmployeeCode);
            const copy = limitToDevice(user, device);
            return storeUser(device, copy, now) ?? [change, ...copy.credentials.map(credentialAdded)];
          },
        }),
      );
      return { tasks, onQueued: trackQueued(gateway) };
    });
  },
};
