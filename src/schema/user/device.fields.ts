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
    description: "A page of the users who are enrolled on a device.",
    edgeDescription: "A user of the device with cursor and enrollment.",
    nodeDescription: "The user at this position of the list.",
    node: User,
    nodeOf: ({ EmployeeCode, onDevice }) => ({ EmployeeCode, onDevice }),
  },
  enrollment,
);

implementConnection(
  UserDeviceConnection,
  {
    name: "UserDevice",
    description: "A page of the devices that a user is enrolled on.",
    edgeDescription: "A device of the user with cursor and enrollment.",
    nodeDescription: "The device at this position of the list.",
    node: Device,
    nodeOf: ({ DeviceSN, label }) => ({ DeviceSN, label }),
  },
  enrollment,
);

builder.objectFields(Device, (t) => ({
  users: t.field({
    type: DeviceUserConnection,
    nullable: true,
    description: "The users who are enrolled on the device, in the order of their employee codes.",
    upstream: ["ListUsers"],
    semanticNonNull: true,
    cost: 10,
    requiresScopes: ["users:read"],
    listSize: CONNECTION_SIZE,
    args: {
      search: t.arg.string({
        description:
          "Return only users whose name or code contains this text, of up to 64 characters. A blank text returns all of them.",
      }),
      ...pageArgs(t.arg),
    },
    resolve: ({ DeviceSN }, args, context) => deviceUsers(DeviceSN, args, context),
  }),
}));
