import { builder } from "../kernel/builder.ts";
import { Device, DeviceMigration } from "./refs.ts";
import { MigrationState } from "./device.enums.ts";

builder.objectType(DeviceMigration, {
  requiresScopes: ["devices:read"],
  description: "Users or data on their way from device to device.",
  fields: (t) => ({
    id: t.id({ description: "Opaque id for `Query.migrations(id:)`.", resolve: ({ MigrationID }) => MigrationID }),
    source: t.field({
      type: Device,
      nullable: true,
      description: "From.",
      resolve: ({ SourceDeviceSN }) => (SourceDeviceSN === null ? null : { DeviceSN: SourceDeviceSN }),
    }),
    targets: t.field({
      type: [Device],
      description: "To.",
      resolve: ({ TargetDeviceSN }) => (TargetDeviceSN ?? []).map((DeviceSN) => ({ DeviceSN })),
    }),
    state: t.field({ type: MigrationState, description: "State.", resolve: ({ State }) => State }),
    progress: t.int({ description: "Percent, 0 to 100.", resolve: ({ Progress }) => Progress ?? 0 }),
    total: t.int({ description: "Items in all.", resolve: ({ Total }) => Total ?? 0 }),
    done: t.int({ description: "Items moved.", resolve: ({ Done }) => Done ?? 0 }),
    failed: t.int({ description: "Items refused.", resolve: ({ Failed }) => Failed ?? 0 }),
    startedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Start.",
      resolve: ({ StartedTime }) => StartedTime,
    }),
    completedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "End.",
      resolve: ({ CompletedTime }) => CompletedTime,
    }),
    failureReason: t.string({
      nullable: true,
      description: "Why it failed.",
      resolve: ({ FailureReason }) => FailureReason,
    }),
  }),
});
