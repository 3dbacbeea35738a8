import { CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { AccessEventConnection, Door } from "./refs.ts";
import { accessEventArgs } from "./event.args.ts";
import { validate } from "../../gateway/request.ts";
import { withCallerErrors } from "../kernel/arguments.ts";
import { omitNullish } from "../kernel/omit.ts";
import { accessEvents, doorOf } from "./access.ts";

builder.queryFields((t) => ({
  door: t.field({
    type: Door,
    nullable: true,
    description: "One door by its device and number; null if the device or the door does not exist.",
    cost: 5,
    requiresScopes: ["doors:read"],
    args: {
      serialNumber: t.arg.string({ required: true, description: "Serial number of the device that drives the door." }),
      number: t.arg.int({
        required: true,
        defaultValue: 1,
        description: "Number of the door on the device, from 1.",
      }),
    },
    resolve: (_root, args, context) =>
      withCallerErrors(args, async () => {
        validate("GetDoorStatus", { DeviceSN: args.serialNumber, DoorNo: args.number });
        return doorOf(args.serialNumber, args.number, context);
      }),
  }),
  accessEvents: t.field({
    type: AccessEventConnection,
    nullable: true,
    description:
      "Events at all doors in a period of at most 31 days: who was let in or denied, openings, alarms and remote commands. " +
      "They are not delivered live.",
    upstream: ["GetAccessEvents"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["doors:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...accessEventArgs(t.arg, "devices"),
      serialNumber: t.arg.string({ description: "Return only events at doors of the device with this serial number." }),
      employeeCode: t.arg.string({ description: "Return only events of the user with this employee code." }),
    },
    resolve: (_root, args, context) =>
      accessEvents(omitNullish({ DeviceSN: args.serialNumber, EmployeeCode: args.employeeCode }), args, context),
  }),
}));
