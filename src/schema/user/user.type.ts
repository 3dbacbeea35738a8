import { pageArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { requireList, requireReadable } from "../kernel/facts.ts";
import { Node, globalId } from "../kernel/node.ts";
import { Credential, User, UserDeviceConnection } from "./refs.ts";
import { UserRole } from "./user.enums.ts";
import { credentialsFact, nameFact, personName, userDevices, userFact } from "./user.ts";

builder.objectType(User, {
  key: "employeeCode",
  description:
    "A person by employee code. Name, role and other personal fields are null if the gateway has no record of the code.",
  alsoUpstream: ["FindUser"],
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: "Global ID of the user. Do not parse it.",
      resolve: ({ EmployeeCode }) => globalId("User", EmployeeCode),
    }),
    employeeCode: t.string({
      description: "Code of the user, unique in the account. It is text: leading zeros matter.",
      resolve: ({ EmployeeCode }) => EmployeeCode,
    }),
    name: t.string({
      nullable: true,
      description:
        "First and last name, separated by a space. Null if neither is known. Every object of a user in one response has the " +
        "same name; see `Enrollment.name` for the name on a device.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => personName(user, context),
    }),
    firstName: t.string({
      nullable: true,
      description: "First name of the user. Null if it is not known.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => nameFact(user, context, (record) => record.FirstName),
    }),
    lastName: t.string({
      nullable: true,
      description: "Last name of the user. Null if it is not known.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => nameFact(user, context, (record) => record.LastName),
    }),
    role: t.field({
      type: UserRole,
      nullable: true,
      description:
        "What the user may do at devices, as the gateway has it; null if it is not known. A device may still store another: see " +
        "`Enrollment.role`.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => userFact(user, context, (record) => record.UserType),
    }),
    enabled: t.boolean({
      nullable: true,
      description:
        "Whether the user may punch and pass doors, as the gateway has it; false if the user is blocked, null if it is not known. A " +
        "device may still store another: see `Enrollment.enabled`.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => userFact(user, context, (record) => record.Enabled),
    }),
    validFrom: t.field({
      type: "LocalDateTime",
      nullable: true,
      description: "When the user may enter for the first time, on device clocks. Null if there is no limit.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) =>
        userFact(user, context, (record) => requireReadable(record.ValidFrom, "validFrom")),
    }),
    validTo: t.field({
      type: "LocalDateTime",
      nullable: true,
      description: "When the user may enter for the last time, on device clocks. Null if there is no limit.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) =>
        userFact(user, context, (record) => requireReadable(record.ValidTo, "validTo")),
    }),
    privileges: t.stringList({
      nullable: true,
      description:
        "Names of the user's rights at devices, in the vendor's notation. Null if the gateway has no record of the user, and with an " +
        "error if the record does not list them.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) =>
        userFact(user, context, (record) => [...requireList(record.Privileges, "privileges")]),
    }),
    accessScheduleId: t.int({
      nullable: true,
      description:
        "Number of the access schedule that limits when the user may enter, from 1 to 8. Null if there is none.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) =>
        userFact(user, context, (record) => requireReadable(record.AccessScheduleID, "accessScheduleId")),
    }),
    updatedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the user was last changed. Null if it is not reported.",
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) => userFact(user, context, (record) => record.UpdatedTime),
    }),
    credentials: t.field({
      type: [Credential],
      nullable: true,
      description:
        "Credentials of the user, without their data. Null if the gateway has no record of the user, and with an error if the record " +
        "does not list them.",
      listSize: { assumedSize: 6 },
      requiresScopes: ["users:read"],
      resolve: (user, _args, context) =>
        credentialsFact(user, context, ({ Credentials }) => {
          const all = context.served(requireList(Credentials, "credentials"));
          return all.map((record) => ({
            EmployeeCode: user.EmployeeCode,
            Type: record.Type,
            Index: record.Index,
            record,
          }));
        }),
    }),
    devices: t.field({
      type: UserDeviceConnection,
      nullable: true,
      description: "The devices that the user is enrolled on, in the order of their serial numbers.",
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
