import { devicesWith, isAwaited, onDevice } from "../enrollments.ts";
import { done, type Handlers, Refusal } from "../handler.ts";
import { renderUser, renderUserDevice } from "../render.ts";
import { isKnownTo } from "./known.ts";
import { deviceOf, type LogOf } from "./log.ts";
import { pageByText } from "./paging.ts";
import { permit } from "./permissions.ts";

const userNotFound = (): Refusal => new Refusal("userNotFound", "No such employee.", { field: "EmployeeCode" });

/** The reads of users. */
export const createUserReads = (logOf: LogOf): Handlers<"FindUser" | "ListUsers" | "ListUserDevices"> => ({
  FindUser({ input, caller }, { world }) {
    const { EmployeeCode, DeviceSN, IncludeCredentials } = input;
    const device = DeviceSN === undefined ? undefined : world.devices.get(DeviceSN);
    permit(device, "loadUserNotAllowed");
    const scope = deviceOf(caller);
    const isVisible = scope === undefined || world.devices.get(scope)?.users.has(EmployeeCode) === true;
    const merged = isVisible ? world.users.get(EmployeeCode) : undefined;
    const user = device === undefined ? merged : onDevice(device, EmployeeCode);
    if (user === undefined) throw userNotFound();
    return done({ User: renderUser(user, { withData: IncludeCredentials }) });
  },

  ListUsers(call, { world }) {
    const { DeviceSN, Search } = call.input;
    const device = world.devices.get(DeviceSN);
    permit(device, "loadUserNotAllowed");
    const wanted = Search?.toLowerCase();
    const users = [...(device?.users.values() ?? [])]
      .filter((enrollment) => !isAwaited(enrollment))
      .map(({ user }) => user)
      .filter(
        ({ EmployeeCode, FirstName, LastName }) =>
          wanted === undefined ||
          EmployeeCode.toLowerCase().includes(wanted) ||
          `${FirstName} ${LastName}`.toLowerCase().includes(wanted),
      );
    const { page, paging } = pageByText(call, users, ({ EmployeeCode }) => EmployeeCode);
    return done({ ...paging, DeviceSN, Users: page.map((user) => renderUser(user)) });
  },

  ListUserDevices({ input: { EmployeeCode }, caller }, gateway) {
    const { world } = gateway;
    if (!isKnownTo(caller, EmployeeCode, world, logOf(gateway))) throw userNotFound();
    const scope = deviceOf(caller);
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
