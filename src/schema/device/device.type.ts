import { builder } from "../kernel/builder.ts";
import { Node, globalId } from "../kernel/node.ts";
import { Device, DeviceHealth, DeviceInfo, DeviceMigration, DevicePing } from "./refs.ts";
import { DeviceStatus } from "./device.enums.ts";
import { readPage } from "../kernel/arguments.ts";
import { requireFound, requireReported } from "../kernel/facts.ts";
import { deviceFact } from "./device.ts";

builder.objectType(Device, {
  key: "serialNumber",
  description: "A biometric terminal or door controller.",
  alsoUpstream: ["ListDevices"],
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: "Global id.", resolve: ({ DeviceSN }) => globalId("Device", DeviceSN) }),
    serialNumber: t.string({ description: "Serial number.", resolve: ({ DeviceSN }) => DeviceSN }),
    name: t.string({
      nullable: true,
      description: "Label given in the portal.",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        device.label ?? deviceFact(device, context, (record) => record.DeviceLabel ?? ""),
    }),
    model: t.string({
      nullable: true,
      description: "Model name.",
      guardedBy: "devices:read",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        deviceFact(device, context, (record) => requireReported(record.Model, "Model")),
    }),
    vendor: t.string({
      nullable: true,
      description: "Maker.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) => deviceFact(device, context, (record) => record.Vendor),
    }),
    status: t.field({
      type: DeviceStatus,
      nullable: true,
      description: "Connection state, kept fresh by events.",
      guardedBy: "devices:read",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        device.live?.Status ?? deviceFact(device, context, (record) => record.Status),
    }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Last contact.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) =>
        device.live === undefined ? deviceFact(device, context, (record) => record.LastSeen) : device.live.LastSeen,
    }),
    timeZone: t.field({
      type: "TimeZone",
      nullable: true,
      description: "Zone of its clock.",
      guardedBy: "devices:read",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        deviceFact(device, context, (record) => requireReported(record.TimeZone, "TimeZone")),
    }),
    licensed: t.boolean({
      nullable: true,
      description: "Whether its licence is valid.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) => deviceFact(device, context, (record) => record.License?.Valid ?? null),
    }),
    licensedUntil: t.field({
      type: "LocalDate",
      nullable: true,
      description: "Last day of its licence.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) => deviceFact(device, context, (record) => record.License?.ValidUntil ?? null),
    }),
    info: t.field({
      type: DeviceInfo,
      nullable: true,
      description: "Firmware, capacity and capabilities.",
      upstream: ["GetDeviceInfo"],
      semanticNonNull: true,
      cost: 5,
      resolve: async ({ DeviceSN }, _args, { loaders }) =>
        requireFound(await loaders.info.load(DeviceSN), "Device", DeviceSN),
    }),
    health: t.field({
      type: DeviceHealth,
      nullable: true,
      description: "Queues, clock and last contact.",
      upstream: ["CheckDeviceHealth"],
      semanticNonNull: true,
      cost: 5,
      resolve: async ({ DeviceSN }, _args, { loaders }) =>
        requireFound(await loaders.health.load(DeviceSN), "Device", DeviceSN),
    }),
    ping: t.field({
      type: DevicePing,
      nullable: true,
      description: "Probes the device now.",
      upstream: ["PingConnection"],
      semanticNonNull: true,
      cost: 20,
      args: {
        timeoutSeconds: t.arg.int({ required: true, defaultValue: 5, description: "Patience, 1 to 10." }),
      },
      resolve: ({ DeviceSN }, { timeoutSeconds }, context) =>
        readPage(context, "PingConnection", { DeviceSN, TimeoutSeconds: timeoutSeconds }, { timeoutSeconds }),
    }),
    migrations: t.field({
      type: [DeviceMigration],
      nullable: true,
      description: "Migrations from or to it.",
      alsoUpstream: ["MigrationStatus"],
      semanticNonNull: true,
      cost: 5,
      listSize: { assumedSize: 5 },
      resolve: async ({ DeviceSN }, _args, { loaders }) =>
        requireFound(await loaders.migrations.load(DeviceSN), "Device", DeviceSN),
    }),
  }),
});
