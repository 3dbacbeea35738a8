import { pageArgs, periodArgs } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { AccessEventConnection, Door } from "./refs.ts";
import { AccessEventKind } from "./access.enums.ts";
import { TimeOrder } from "../attendance/refs.ts";
import { validate } from "../../gateway/request.ts";
import { withCallerErrors } from "../kernel/arguments.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { CONNECTION_SIZE } from "../kernel/sizes.ts";
import { accessEvents, doorOf } from "./access.ts";

builder.queryFields((t) => ({
  door: t.field({
    type: Door,
    nullable: true,
    description: "One door, null when unknown.",
    cost: 5,
    requiresScopes: ["doors:read"],
    args: {
      serialNumber: t.arg.string({ required: true, description: "Device." }),
      number: t.arg.int({ required: true, defaultValue: 1, description: "Door." }),
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
    description: "Events at doors.",
    upstream: ["GetAccessEvents"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["doors:read"],
    listSize: CONNECTION_SIZE,
    args: {
      ...periodArgs(t.arg),
      kinds: t.arg({ type: [AccessEventKind], description: "Only these kinds." }),
      serialNumber: t.arg.string({ description: "Only this device." }),
      employeeCode: t.arg.string({ description: "Only this user." }),
      order: t.arg({ type: TimeOrder, required: true, defaultValue: "Asc", description: "By time." }),
      ...pageArgs(t.arg),
    },
    resolve: (_root, args, context) =>
      accessEvents(omitNullish({ DeviceSN: args.serialNumber, EmployeeCode: args.employeeCode }), args, context),
  }),
}));
