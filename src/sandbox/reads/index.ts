import type { OperationName } from "../../contract/operations.ts";
import type { Handler } from "../handler.ts";
import { devicesIn } from "../http/admission.ts";
import { createAccessReads } from "./access.ts";
import { createAttendanceReads } from "./attendance.ts";
import { createDeviceReads } from "./devices.ts";
import { createExportReads } from "./export.ts";
import { createLogs } from "./log.ts";
import { requirePermission } from "./permissions.ts";
import { createSummaryReads } from "./summary.ts";
import { createUserReads } from "./users.ts";

/** Operations that check a permission of their own. */
const OWN_PERMISSION: ReadonlySet<OperationName> = new Set(["GetAttendanceByDevice", "ListUsers", "FindUser"]);

const withPermission = <Name extends OperationName>(name: Name, handler: Handler<Name>): Handler<Name> =>
  OWN_PERMISSION.has(name)
    ? handler
    : (call, gateway) => {
        for (const [, DeviceSN] of devicesIn(call.input))
          requirePermission(gateway.world.devices.get(DeviceSN), "operationNotAllowed");
        return handler(call, gateway);
      };

/** Creates the handlers of the operations that are answered from storage. */
export const createReadHandlers = () => {
  const logOf = createLogs();
  const handlers = {
    ...createAttendanceReads(logOf),
    ...createSummaryReads(logOf),
    ...createExportReads(logOf),
    ...createUserReads(logOf),
    ...createDeviceReads(logOf),
    ...createAccessReads(logOf),
  };
  const entries = Object.entries(handlers) as [keyof typeof handlers, Handler<OperationName>][];
  return Object.fromEntries(entries.map(([name, handler]) => [name, withPermission(name, handler)])) as typeof handlers;
};
