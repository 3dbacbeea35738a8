import { builder } from "../kernel/builder.ts";
import { Node } from "../kernel/node.ts";
import { Device, DeviceMigration } from "./refs.ts";
import { requireReadable, requireReported } from "../kernel/facts.ts";
import { migrationId } from "./device.ts";
import { MigrationState } from "./device.enums.ts";

builder.objectType(DeviceMigration, {
  guardedBy: "devices:read",
  interfaces: [Node],
  description: "A transfer of users or data from one device to others, such as one that `copyUsers` starts.",
  fields: (t) => ({
    id: t.id({
      description: "Global ID of the migration. Follow its progress with `migrations(of:)`, or read it by `node`.",
      resolve: ({ MigrationID }) => migrationId(MigrationID),
    }),
    source: t.field({
      type: Device,
      nullable: true,
      description: "The device that the items come from. Null if it is not reported.",
      resolve: ({ SourceDeviceSN }) => (SourceDeviceSN === null ? null : { DeviceSN: SourceDeviceSN }),
    }),
    targets: t.field({
      type: [Device],
      nullable: true,
      description: "The devices that the items go to.",
      semanticNonNull: true,
      resolve: ({ TargetDeviceSN }) => requireReported(TargetDeviceSN, "targets").map((DeviceSN) => ({ DeviceSN })),
    }),
    state: t.field({
      type: MigrationState,
      description: "The state of the migration when it was read.",
      resolve: ({ State }) => State,
    }),
    progress: t.int({
      nullable: true,
      description: "How much is done, in percent from 0 to 100. Null if it is not known.",
      resolve: ({ Progress }) => Progress,
    }),
    total: t.int({
      nullable: true,
      description: "Number of items to transfer, counted once per target device. Null if it is not known.",
      resolve: ({ Total }) => Total,
    }),
    done: t.int({
      nullable: true,
      description: "Number of items that were transferred so far. Null if it is not known.",
      resolve: ({ Done }) => Done,
    }),
    failed: t.int({
      nullable: true,
      description: "Number of items that a target device rejected. Null if it is not known.",
      resolve: ({ Failed }) => Failed,
    }),
    startedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the transfer began. Null before that.",
      resolve: ({ StartedTime }) => requireReadable(StartedTime, "startedAt"),
    }),
    completedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant at which the migration ended. Null before that.",
      resolve: ({ CompletedTime }) => requireReadable(CompletedTime, "completedAt"),
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why the migration failed, as text for people. Null if it did not fail.",
      resolve: ({ State, FailureReason }) => (State === "Failed" || State === "Unknown" ? FailureReason : null),
    }),
  }),
});
