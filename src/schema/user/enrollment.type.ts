import { builder } from "../kernel/builder.ts";
import { Credential, Enrollment, User } from "./refs.ts";
import { CredentialKind, SyncState, UserRole } from "./user.enums.ts";
import { Device } from "../device/refs.ts";
import { credentialKinds, pendingCommandId, roleOnDevice, syncFact } from "./enrollment.ts";

builder.objectType(Credential, {
  requiresScopes: ["users:read"],
  description: "A credential of a user, identified by kind and index; its data can be written, never read.",
  fields: (t) => ({
    kind: t.field({ type: CredentialKind, description: "Kind.", resolve: ({ Type }) => Type }),
    index: t.int({ description: "Finger 0 to 9, otherwise 0.", resolve: ({ Index }) => Index }),
    size: t.int({ nullable: true, description: "Size in bytes.", resolve: ({ Size }) => Size }),
    algorithm: t.string({ nullable: true, description: "Template format.", resolve: ({ Algorithm }) => Algorithm }),
    updatedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last change.",
      resolve: ({ UpdatedTime }) => UpdatedTime,
    }),
  }),
});

builder.objectType(Enrollment, {
  requiresScopes: ["users:read"],
  description: "A user on a device.",
  fields: (t) => ({
    device: t.field({
      type: Device,
      description: "The device.",
      resolve: ({ DeviceSN, label }) => ({ DeviceSN, label }),
    }),
    user: t.field({
      type: User,
      description: "The user.",
      resolve: ({ EmployeeCode, onDevice }) => ({ EmployeeCode, record: onDevice }),
    }),
    syncState: t.field({
      type: SyncState,
      nullable: true,
      description: "Whether the device is up to date.",
      alsoUpstream: ["ListUserDevices"],
      semanticNonNull: true,
      resolve: (enrollment, _args, context) => syncFact(enrollment, context, (sync) => sync?.SyncStatus ?? "Unknown"),
    }),
    credentialKinds: t.field({
      type: [CredentialKind],
      nullable: true,
      description: "Credentials the device holds.",
      semanticNonNull: true,
      resolve: (enrollment, _args, context) => credentialKinds(enrollment, context),
    }),
    role: t.field({
      type: UserRole,
      nullable: true,
      description: "Rank on this device.",
      alsoUpstream: ["ListUsers", "FindUser"],
      resolve: (enrollment, _args, context) => roleOnDevice(enrollment, context),
    }),
    lastSyncedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last confirmation.",
      resolve: (enrollment, _args, context) => syncFact(enrollment, context, (sync) => sync?.LastSyncTime ?? null),
    }),
    pendingCommandId: t.id({
      nullable: true,
      description: "Command still on its way, for `Query.command`.",
      resolve: (enrollment, _args, context) => syncFact(enrollment, context, pendingCommandId),
    }),
  }),
});
