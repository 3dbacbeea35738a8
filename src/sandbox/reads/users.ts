import { devicesWith, isPendingAdd, userOnDevice } from "../enrollments.ts";
import { done, type Handlers, Refusal } from "../handler.ts";
import { renderUser, renderUserDevice } from "../render.ts";
import { isEmployeeVisible } from "./visibility.ts";
import { callerDevice, type LogOf } from "./log.ts";
import { pageByText } from "./paging.ts";
import { requirePermission } from "./permissions.ts";

const userNotFound = (): Refusal => new Refusal("userNotFound", "No such employee.", { field: "EmployeeCode" });

/** Creates the handlers that read users. */
export const createUserReads = (logOf: LogOf): Handlers<"FindUser" | "ListUsers" | "ListUserDevices"> => ({
  FindUser({ input, caller }, { world }) {
    const { EmployeeCode, DeviceSN, IncludeCredentials } = input;
    const device = DeviceSN === undefined ? undefined : world.devices.get(DeviceSN);
    requirePermission(device, "loadUserNotAllowed");
    const scope = callerDevice(caller);
    const isVisible = scope === undefined || world.devices.get(scope)?.users.has(EmployeeCode) === true;
    const merged = isVisible ? world.users.get(EmployeeCode) : undefined;
    const user = device === undefined ? merged : userOnDevice(device, EmployeeCode);
    if (user === undefined) throw userNotFound();
    return done({ User: renderUser(user, { withData: IncludeCredentials }) });
  },

  ListUsers(call, { world }) {
    const { DeviceSN, Search } = call.input;
    const device = world.devices.get(DeviceSN);
    requirePermission(device, "loadUserNotAllowed");
    const search = Search?.toLowerCase();
    const users = [...(device?.users.values() ?? [])]
      .filter((enrollment) => !isPendingAdd(enrollment))
      .map(({ user }) => user)
      .filter(
        ({ EmployeeCode, FirstName, LastName }) =>
          search === undefined ||
          EmployeeCode.toLowerCase().includes(search) ||
          `${FirstName} ${LastName}`.toLowerCase().includes(search),
      );
    const { page, paging } = pageByText(call, users, ({ EmployeeCode }) => EmployeeCode);
    return done({ ...paging, DeviceSN, Users: page.map((user) => renderUser(user)) });
  },

  ListUserDevices({ input: { EmployeeCode }, caller }, gateway) {
    const { world } = gateway;
    if (!isEmployeeVisible(caller, EmployeeCode, world, logOf(gateway))) throw userNotFound();
    const scope = callerDevice(caller);
    const Devices = devicesWith(world, EmployeeCode)
      .filter(({ DeviceSN }) => scope === undefined || DeviceSN === scope)
      .toSorted((a, b) => (a.DeviceSN < b.DeviceSN ? -1 : 1))
      .flatMap((device) => {
        const enrollment = device.users.get(EmployeeCode);
        return enrollment === undefined ? [] : [renderUserDevice(device, enrollment)];
      });
    return done({ EmployeeCode, Devices });
  },
});
