import { builder } from "../kernel/builder.ts";
import { Node, globalId } from "../kernel/node.ts";
import { Device, DeviceHealth, DeviceInfo, DeviceMigration, DevicePing } from "./refs.ts";
import { DeviceStatus } from "./device.enums.ts";
import { readPage } from "../kernel/arguments.ts";
import { requireFound, requireReadable, requireReported } from "../kernel/facts.ts";
import { deviceFact, deviceLabel } from "./device.ts";

builder.objectType(Device, {
  key: "serialNumber",
  description: "A biometric terminal or door controller of the account.",
  alsoUpstream: ["ListDevices"],
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: "Global ID of the device. Do not parse it.",
      resolve: ({ DeviceSN }) => globalId("Device", DeviceSN),
    }),
    serialNumber: t.string({
      description: "Serial number of the device, as printed on it.",
      resolve: ({ DeviceSN }) => DeviceSN,
    }),
    name: t.string({
      nullable: true,
      description: "Label of the device in the gateway's portal. Null if it has none.",
      resolve: (device, _args, context) => deviceLabel(device, context),
    }),
    model: t.string({
      nullable: true,
      description: "Model of the device, as the vendor names it.",
      guardedBy: "devices:read",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        deviceFact(device, context, (record) => requireReported(record.Model, "model")),
    }),
    vendor: t.string({
      nullable: true,
      description: "Vendor of the device. Null if it is not reported.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) => deviceFact(device, context, (record) => record.Vendor),
    }),
    status: t.field({
      type: DeviceStatus,
      nullable: true,
      description: "Connection state of the device when it was read. Follow it with `deviceStatusChanged`.",
      guardedBy: "devices:read",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        device.live?.Status ?? deviceFact(device, context, (record) => record.Status),
    }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "The instant of the device's last contact with the gateway. Null if it never had contact.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) =>
        device.live?.LastSeen == null
          ? deviceFact(device, context, (record) => requireReadable(record.LastSeen, "lastSeenAt"))
          : requireReadable(device.live.LastSeen, "lastSeenAt"),
    }),
    timeZone: t.field({
      type: "TimeZoneName",
      nullable: true,
      description: "Time zone of the device's wall clock.",
      guardedBy: "devices:read",
      semanticNonNull: true,
      resolve: (device, _args, context) =>
        deviceFact(device, context, (record) => requireReported(record.TimeZone, "timeZone")),
    }),
    licensed: t.boolean({
      nullable: true,
      description: "Whether the device has a valid license at the gateway. Null if it is not reported.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) => deviceFact(device, context, (record) => record.License?.Valid ?? null),
    }),
    licensedUntil: t.field({
      type: "LocalDate",
      nullable: true,
      description: "Last day on which the license is valid. Null if it is not reported.",
      guardedBy: "devices:read",
      resolve: (device, _args, context) => deviceFact(device, context, (record) => record.License?.ValidUntil ?? null),
    }),
    info: t.field({
      type: DeviceInfo,
      nullable: true,
      description: "Firmware, capabilities and storage of the device, as it last reported them.",
      upstream: ["GetDeviceInfo"],
      semanticNonNull: true,
      cost: 5,
      resolve: async ({ DeviceSN }, _args, { loaders }) =>
        requireFound(await loaders.info.load(DeviceSN), "Device", DeviceSN),
    }),
    health: t.field({
      type: DeviceHealth,
      nullable: true,
      description: "Connection, queues and clock of the device.",
      upstream: ["CheckDeviceHealth"],
      semanticNonNull: true,
      cost: 5,
      resolve: async ({ DeviceSN }, _args, { loaders }) =>
        requireFound(await loaders.health.load(DeviceSN), "Device", DeviceSN),
    }),
    ping: t.field({
      type: DevicePing,
      nullable: true,
      description: "Asks the device now whether it is reachable. An unreachable device is a result, not an error.",
      upstream: ["PingConnection"],
      semanticNonNull: true,
      cost: 20,
      args: {
        timeoutSeconds: t.arg.int({
          required: true,
          defaultValue: 5,
          description: "How many seconds to wait for the device, from 1 to 10.",
        }),
      },
      resolve: ({ DeviceSN }, { timeoutSeconds }, context) =>
        readPage(context, "PingConnection", { DeviceSN, TimeoutSeconds: timeoutSeconds }, { timeoutSeconds }),
    }),
    migrations: t.field({
      type: [DeviceMigration],
      nullable: true,
      description: "Migrations from or to the device, newest first.",
      alsoUpstream: ["MigrationStatus"],
      semanticNonNull: true,
      cost: 5,
      listSize: { assumedSize: 5 },
      resolve: async ({ DeviceSN }, _args, { loaders }) =>
        requireFound(await loaders.migrations.load(DeviceSN), "Device", DeviceSN),
    }),
  }),
});
