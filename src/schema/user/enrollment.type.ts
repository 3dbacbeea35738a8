import { Command } from "../command/refs.ts";
import { builder } from "../kernel/builder.ts";
import { requireReadable, requireReported } from "../kernel/facts.ts";
import { globalId } from "../kernel/node.ts";
import { selectedBelow } from "../kernel/selection.ts";
import { Credential, Enrollment, User } from "./refs.ts";
import { CredentialKind, SyncState, UserRole } from "./user.enums.ts";
import { Device } from "../device/refs.ts";
import { credentialFact, fullName } from "./user.ts";
import { credentialKinds, pendingCommand, onDeviceFact, syncFact } from "./enrollment.ts";

builder.objectType(Credential, {
  requiresScopes: ["users:read"],
  description: "A credential of a user, identified by kind and index. Its data can be written but never read.",
  alsoUpstream: ["FindUser"],
  fields: (t) => ({
    id: t.id({
      description: "Opaque ID of the credential, unique among all types, for caches. It cannot be passed to `node`.",
      resolve: ({ EmployeeCode, Type, Index }) => globalId("Credential", `${Type}/${Index}/${EmployeeCode}`),
    }),
    kind: t.field({ type: CredentialKind, description: "What kind of credential it is.", resolve: ({ Type }) => Type }),
    index: t.int({
      description: "Number of the finger, from 0 to 9; 0 for every other kind.",
      resolve: ({ Index }) => Index,
    }),
    size: t.int({
      nullable: true,
      description: "Size of the data in bytes. Null if it is not reported.",
      resolve: (credential, _args, context) => credentialFact(credential, context, ({ Size }) => Size),
    }),
    algorithm: t.string({
      nullable: true,
      description: "Name of the template format. Null for cards, passwords and photos, or if it is not reported.",
      resolve: (credential, _args, context) => credentialFact(credential, context, ({ Algorithm }) => Algorithm),
    }),
    updatedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the credential was last changed. Null if it is not reported.",
      resolve: (credential, _args, context) => credentialFact(credential, context, ({ UpdatedTime }) => UpdatedTime),
    }),
  }),
});

builder.objectType(Enrollment, {
  requiresScopes: ["users:read"],
  description: "A user as enrolled on one device.",
  fields: (t) => ({
    id: t.id({
      description: "Opaque ID of the enrollment, unique among all types, for caches. It cannot be passed to `node`.",
      resolve: ({ DeviceSN, EmployeeCode }) => globalId("Enrollment", `${DeviceSN}/${EmployeeCode}`),
    }),
    device: t.field({
      type: Device,
      description: "The device that the user is enrolled on.",
      resolve: ({ DeviceSN, label }) => ({ DeviceSN, label }),
    }),
    user: t.field({
      type: User,
      description: "The user who is enrolled on the device.",
      resolve: ({ EmployeeCode, onDevice }) => ({ EmployeeCode, onDevice }),
    }),
    syncState: t.field({
      type: SyncState,
      nullable: true,
      description: "Whether the device stores the user as the gateway has it.",
      alsoUpstream: ["ListUserDevices"],
      semanticNonNull: true,
      resolve: (enrollment, _args, context) => syncFact(enrollment, context, (sync) => sync?.SyncStatus ?? "Unknown"),
    }),
    credentialKinds: t.field({
      type: [CredentialKind],
      nullable: true,
      description: "Kinds of credentials that the device stores of the user.",
      semanticNonNull: true,
      resolve: (enrollment, _args, context) => credentialKinds(enrollment, context),
    }),
    name: t.string({
      nullable: true,
      description:
        "First and last name of the user as this device stores them. Null if the device has no name for the user, or does not " +
        "have the user.",
      alsoUpstream: ["ListUsers", "FindUser"],
      resolve: (enrollment, _args, context) => onDeviceFact(enrollment, context, fullName),
    }),
    role: t.field({
      type: UserRole,
      nullable: true,
      description:
        "What the user may do at this device. Null if the device does not have the user, and with an error if it is not reported.",
      alsoUpstream: ["ListUsers", "FindUser"],
      resolve: (enrollment, _args, context) =>
        onDeviceFact(enrollment, context, (user) => requireReported(user.UserType, "role")),
    }),
    enabled: t.boolean({
      nullable: true,
      description:
        "Whether this device lets the user punch and pass its doors. It differs from `User.enabled` until the device has stored a " +
        "change. Null if the device does not have the user, and with an error if it is not reported.",
      alsoUpstream: ["ListUsers", "FindUser"],
      resolve: (enrollment, _args, context) =>
        onDeviceFact(enrollment, context, (user) => requireReported(user.Enabled, "enabled")),
    }),
    validFrom: t.field({
      type: "LocalDateTime",
      nullable: true,
      description: "When this device lets the user enter for the first time, on its clock. Null if it stores no limit.",
      alsoUpstream: ["ListUsers", "FindUser"],
      resolve: (enrollment, _args, context) =>
        onDeviceFact(enrollment, context, (user) => requireReadable(user.ValidFrom, "validFrom")),
    }),
    validTo: t.field({
      type: "LocalDateTime",
      nullable: true,
      description: "When this device lets the user enter for the last time, on its clock. Null if it stores no limit.",
      alsoUpstream: ["ListUsers", "FindUser"],
      resolve: (enrollment, _args, context) =>
        onDeviceFact(enrollment, context, (user) => requireReadable(user.ValidTo, "validTo")),
    }),
    lastSyncedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the device last confirmed a change of the user. Null if it never did.",
      resolve: (enrollment, _args, context) =>
        syncFact(enrollment, context, (sync) => requireReadable(sync?.LastSyncTime ?? null, "lastSyncedAt")),
    }),
    pendingCommand: t.field({
      type: Command,
      nullable: true,
      description: "The command for this user that is not final yet. Null if there is none. `id` alone costs no call.",
      alsoUpstream: ["GetCommandStatus"],
      cost: 5,
      resolve: async (enrollment, _args, context, info) => {
        const id = await syncFact(enrollment, context, (sync) =>
          requireReadable(sync?.PendingCommandID ?? null, "pendingCommand"),
        );
        return id === null ? null : pendingCommand(enrollment, id, selectedBelow(info), context);
      },
    }),
  }),
});
