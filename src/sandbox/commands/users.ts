import { credentialAdded, type EnrollmentChange } from "../enrollment.events.ts";
import { asOnDevice, devicesWith, isKnown, mergeCredentials, NOT_ON_DEVICE, onDevice, store } from "../enrollments.ts";
import type { Gateway, Handlers, Order } from "../handler.ts";
import type { SimCredential, SimDevice, SimUser, World } from "../state.ts";
import { photoCredential, toCredential } from "./credentials.ts";
import { submit } from "./submission.ts";
import { checkCommands, everyDevice, namedDevices } from "./targets.ts";
import { changesOf } from "./user.changes.ts";
import { firstTime, trackQueued, unknownEmployee, userOrder } from "./user.task.ts";

/** Changes the gateway's merged record. */
const remember = (
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

const withUser = (device: SimDevice, EmployeeCode: string): EnrollmentChange => ({
  Action: onDevice(device, EmployeeCode) === undefined ? "UserAdded" : "UserUpdated",
});

const addTo = (
  gateway: Gateway,
  device: SimDevice,
  user: SimUser,
  carried: readonly SimCredential[],
  record: () => void,
): Order =>
  userOrder(gateway, {
    device,
    EmployeeCode: user.EmployeeCode,
    changes: [{ Action: "UserAdded" }, ...carried.map(credentialAdded)],
    change: (updated) => {
      const change = withUser(device, user.EmployeeCode);
      const refusal = store(device, { ...user, updated }, updated);
      if (refusal !== undefined) return refusal;
      record();
      return [change, ...carried.map(credentialAdded)];
    },
  });

/** Devices meant by `ALL`: those that have the user. */
const targetsOf = (
  { world }: Gateway,
  caller: Parameters<typeof everyDevice>[1],
  named: string | readonly string[],
  EmployeeCode: string,
): SimDevice[] => {
  if (named !== "ALL") return namedDevices(world, caller, named);
  const mine = new Set(everyDevice(world, caller));
  return devicesWith(world, EmployeeCode).filter((device) => mine.has(device));
};

type UserName = "AddUser" | "UpdateUser" | "DeleteUser" | "ResendUser";

export const userHandlers: Handlers<UserName> = {
  AddUser(call, gateway) {
    const { input } = call;
    const { world, clock } = gateway;
    const devices = namedDevices(world, call.caller, input.DeviceSN);
    return submit(call, gateway, () => {
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
      const record = firstTime(() => {
        const photoOf = user.photo ?? world.users.get(user.EmployeeCode)?.photo ?? null;
        const { credentials: _credentials, ...profile } = user;
        remember(world, { ...user, updated: clock.now() }, credentials, { ...profile, photo: photoOf });
      });
      return {
        orders: devices.map((device) => addTo(gateway, device, user, [...credentials, ...photo], record)),
        queued: (commands) => {
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
    return submit(call, gateway, () => {
      checkCommands(devices);
      if (!devices.some(({ users }) => users.has(EmployeeCode))) throw unknownEmployee();
      const { changes, photo } = changesOf(input, gateway.clock.now());
      const carried = photo.map(credentialAdded);
      const record = firstTime(() => {
        const known = gateway.world.users.get(EmployeeCode);
        if (known !== undefined) remember(gateway.world, { ...known, updated: gateway.clock.now() }, [], changes);
      });
      const orders = devices.map((device) =>
        userOrder(gateway, {
          device,
          EmployeeCode,
          changes: [{ Action: "UserUpdated" }, ...carried],
          change: (updated) => {
            const user = onDevice(device, EmployeeCode);
            if (user === undefined) return NOT_ON_DEVICE;
            const refusal = store(device, { ...user, ...changes, updated }, updated);
            if (refusal !== undefined) return refusal;
            record();
            return [{ Action: "UserUpdated" }, ...carried];
          },
        }),
      );
      return { orders, queued: trackQueued(gateway) };
    });
  },

  DeleteUser(call, gateway) {
    const { DeviceSN, EmployeeCode } = call.input;
    const devices = targetsOf(gateway, call.caller, DeviceSN, EmployeeCode);
    return submit(call, gateway, () => {
      checkCommands(devices);
      if (devices.length === 0) throw unknownEmployee();
      const changes: readonly EnrollmentChange[] = [{ Action: "UserDeleted" }];
      const change = (device: SimDevice) => () => {
        device.users.delete(EmployeeCode);
        return changes;
      };
      const orders = devices.map((device) =>
        userOrder(gateway, { device, EmployeeCode, changes, change: change(device) }),
      );
      return { orders, queued: trackQueued(gateway) };
    });
  },

  ResendUser(call, gateway) {
    const { world } = gateway;
    const { EmployeeCode } = call.input;
    const devices = namedDevices(world, call.caller, call.input.DeviceSN);
    return submit(call, gateway, () => {
      checkCommands(devices);
      if (!isKnown(world, EmployeeCode)) throw unknownEmployee();
      const orders = devices.map((device) =>
        userOrder(gateway, {
          device,
          EmployeeCode,
          changes: [{ Action: "UserUpdated" }],
          change: (now) => {
            const user = world.users.get(EmployeeCode);
            if (user === undefined) return NOT_ON_DEVICE;
            const change = withUser(device, EmployeeCode);
            const copy = asOnDevice(user, device);
            return store(device, copy, now) ?? [change, ...copy.credentials.map(credentialAdded)];
          },
        }),
      );
      return { orders, queued: trackQueued(gateway) };
    });
  },
};
