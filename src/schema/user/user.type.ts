import { pageArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { Node, globalId } from "../kernel/node.ts";
import { Credential, User, UserDeviceConnection } from "./refs.ts";
import { UserRole } from "./user.enums.ts";
import { fullName, profileFact, userDevices, userFact } from "./user.ts";

builder.objectType(User, {
  key: "employeeCode",
  description: "A person by employee code. Personal fields are null when the gateway has no record of the code.",
  alsoUpstream: ["FindUser"],
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: "Global id.", resolve: ({ EmployeeCode }) => globalId("User", EmployeeCode) }),
    employeeCode: t.string({
      description: "Employee code; leading zeros matter.",
      resolve: ({ EmployeeCode }) => EmployeeCode,
    }),
    name: t.string({
      nullable: true,
      description: "First and last name.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => (user.name === undefined ? profileFact(user, context, fullName) : user.name),
    }),
    firstName: t.string({
      nullable: true,
      description: "First name.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.FirstName),
    }),
    lastName: t.string({
      nullable: true,
      description: "Last name.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.LastName),
    }),
    role: t.field({
      type: UserRole,
      nullable: true,
      description: "Rank.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => userFact(user, context, (record) => record.UserType),
    }),
    enabled: t.boolean({
      nullable: true,
      description: "False when blocked.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.Enabled),
    }),
    validFrom: t.field({
      type: "LocalDateTime",
      nullable: true,
      description: "First moment of validity, on device clocks.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.ValidFrom),
    }),
    validTo: t.field({
      type: "LocalDateTime",
      nullable: true,
      description: "Last moment of validity, on device clocks.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.ValidTo),
    }),
    privileges: t.stringList({
      nullable: true,
      description: "Rights, in the vendor's words.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.Privileges ?? []),
    }),
    accessScheduleId: t.int({
      nullable: true,
      description: "Access schedule, 1 to 8.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => profileFact(user, context, (record) => record.AccessScheduleID),
    }),
    updatedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last change.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => userFact(user, context, (record) => record.UpdatedTime),
    }),
    credentials: t.field({
      type: [Credential],
      nullable: true,
      description: "Credentials, without secrets.",
      listSize: { assumedSize: 6 },
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => userFact(user, context, (record) => record.Credentials ?? []),
    }),
    devices: t.field({
      type: UserDeviceConnection,
      nullable: true,
      description: "Devices the user is on.",
      upstream: ["ListUserDevices"],
      semanticNonNull: true,
      cost: 5,
      requiresScopes: ["users:read"],
      listSize: CONNECTION_SIZE,
      args: {
        ...pageArgs(t.arg),
      },
      resolve: (user, args, context) => userDevices(user, args, context),
    }),
  }),
});
