import { pageArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { Device } from "../device/refs.ts";
import { deviceUsers } from "../device/device.ts";
import { DeviceUserConnection, Enrollment, type EnrollmentSource, User, UserDeviceConnection } from "./refs.ts";

const enrollment = { type: Enrollment, of: (row: EnrollmentSource) => row };

implementConnection(
  DeviceUserConnection,
  {
    name: "DeviceUser",
    description: "Users of a device.",
    edgeDescription: "A user in a page.",
    nodeDescription: "The user.",
    node: User,
    nodeOf: ({ EmployeeCode, onDevice }) => ({ EmployeeCode, record: onDevice }),
  },
  enrollment,
);

implementConnection(
  UserDeviceConnection,
  {
    name: "UserDevice",
    description: "Devices of a user.",
    edgeDescription: "A device in a page.",
    nodeDescription: "The device.",
    node: Device,
    nodeOf: ({ DeviceSN, label }) => ({ DeviceSN, label }),
  },
  enrollment,
);

builder.objectFields(Device, (t) => ({
  users: t.field({
    type: DeviceUserConnection,
    nullable: true,
    description: "Users enrolled on it.",
    upstream: ["ListUsers"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["users:read"],
    listSize: CONNECTION_SIZE,
    args: {
      search: t.arg.string({ description: "Text in name or code." }),
      ...pageArgs(t.arg),
    },
    resolve: ({ DeviceSN }, args, context) => deviceUsers(DeviceSN, args, context),
  }),
}));
