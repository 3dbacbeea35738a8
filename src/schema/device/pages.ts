import type { Punch } from "../../contract/attendance.ts";
import type { User } from "../../contract/users.ts";
import type { SortOrder } from "../../contract/vocabulary.ts";
import { period, read } from "../kernel/arguments.ts";
import { type Connection, type PageArguments, readConnection } from "../kernel/connection.ts";
import type { Context } from "../kernel/context.ts";
import { given } from "../command/run-command.ts";

/** A user as on a device. */
export interface UserOnDevice {
  readonly DeviceSN: string;
  readonly EmployeeCode: string;
  readonly onDevice: User;
}

export interface UsersArguments extends PageArguments {
  readonly search?: string | null | undefined;
}

export interface PunchesArguments extends PageArguments {
  readonly from: string;
  readonly to: string;
  readonly order: (typeof SortOrder.values)[number];
}

/** Everyone on a device. */
export const deviceUsers = (
  DeviceSN: string,
  args: UsersArguments,
  context: Context,
): Promise<Connection<UserOnDevice>> =>
  readConnection(args, context, async (paging) => {
    const input = { DeviceSN, ...given({ Search: args.search }), ...paging };
    const { Users, ...page } = await read(context, "ListUsers", input, args);
    const rows = Users.map((onDevice) => ({ DeviceSN, EmployeeCode: onDevice.EmployeeCode, onDevice }));
    return { ...page, rows: Object.assign(rows, { rejected: Users.rejected }) };
  });

/** The punches made at a device. */
export const devicePunches = async (
  DeviceSN: string,
  args: PunchesArguments,
  context: Context,
): Promise<Connection<Punch>> => {
  const input = { DeviceSN, ...period(args), Sort: args.order };
  return readConnection(args, context, async (paging) => {
    const { AttendanceLogs, ...page } = await read(context, "GetAttendanceByDevice", { ...input, ...paging }, args);
    return { ...page, rows: AttendanceLogs };
  });
};
