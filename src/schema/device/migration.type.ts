import { builder } from "../kernel/builder.ts";
import { Device, DeviceMigration } from "./refs.ts";
import { MigrationState } from "./device.enums.ts";

builder.objectType(DeviceMigration, {
  requiresScopes: ["devices:read"],
  description: "A transfer of users or data from one device to others, such as one that `copyUsers` starts.",
  fields: (t) => ({
    id: t.id({
      description: "Opaque ID of the migration. Follow its progress with `migrations(id:)`.",
      resolve: ({ MigrationID }) => MigrationID,
    }),
    source: t.field({
      type: Device,
      nullable: true,
      description: "The device that the items come from. Null if it is not reported.",
      resolve: ({ SourceDeviceSN }) => (SourceDeviceSN === null ? null : { DeviceSN: SourceDeviceSN }),
    }),
    targets: t.field({
      type: [Device],
      description: "The devices that the items go to.",
      resolve: ({ TargetDeviceSN }) => (TargetDeviceSN ?? []).map((DeviceSN) => ({ DeviceSN })),
    }),
    state: t.field({
      type: MigrationState,
      description: "The state of the migration when it was read.",
      resolve: ({ State }) => State,
    }),
    progress: t.int({
      description: "How much is done, in percent from 0 to 100.",
      resolve: ({ Progress }) => Progress ?? 0,
    }),
    total: t.int({
      description: "Number of items to transfer, counted once per target device.",
      resolve: ({ Total }) => Total ?? 0,
    }),
    done: t.int({ description: "Number of items that were transferred so far.", resolve: ({ Done }) => Done ?? 0 }),
    failed: t.int({
      description: "Number of items that a target device rejected.",
      resolve: ({ Failed }) => Failed ?? 0,
    }),
    startedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the transfer began. Null before that.",
      resolve: ({ StartedTime }) => StartedTime,
    }),
    completedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the migration ended. Null before that.",
      resolve: ({ CompletedTime }) => CompletedTime,
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why the migration failed, as text for people. Null if it did not fail.",
      resolve: ({ FailureReason }) => FailureReason,
    }),
  }),
});
