import { devicePunches } from "../device/device.ts";
import { Device } from "../device/refs.ts";
import { pageArgs, periodArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { orderArg } from "./order.arg.ts";
import { PunchConnection } from "./refs.ts";

builder.objectFields(Device, (t) => ({
  punches: t.field({
    type: PunchConnection,
    nullable: true,
    description: "Punches at this device in a period of at most 31 days.",
    upstream: ["GetAttendanceByDevice"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["attendance:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...periodArgs(t.arg),
      ...orderArg(t.arg, "Asc", "device"),
      ...pageArgs(t.arg),
    },
    resolve: ({ DeviceSN }, args, context) => devicePunches(DeviceSN, args, context),
  }),
}));
