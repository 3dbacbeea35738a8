import { pageArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { Device, DeviceConnection, DeviceMigration } from "./refs.ts";
import { DeviceStatus } from "./device.enums.ts";
import { badUserInput, readPage } from "../kernel/arguments.ts";
import { readConnection } from "../kernel/connection.ts";
import { oneDevice } from "./one.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { omitNullish } from "../kernel/omit-nullish.ts";
import { migrationsOf } from "./device.ts";

implementConnection(DeviceConnection, {
  name: "Device",
  description: "Devices.",
  edgeDescription: "A device in a page.",
  nodeDescription: "The device.",
  node: Device,
  nodeOf: (record) => ({ DeviceSN: record.DeviceSN, record }),
});

builder.queryFields((t) => ({
  devices: t.field({
    type: DeviceConnection,
    nullable: true,
    description: "All devices.",
    upstream: ["ListDevices"],
    semanticNonNull: true,
    cost: 5,
    requiresScopes: ["devices:read"],
    listSize: CONNECTION_SIZE,
    args: {
      status: t.arg({ type: DeviceStatus, description: "Only in this state." }),
      search: t.arg.string({ description: "Text in label or serial number." }),
      ...pageArgs(t.arg),
    },
    resolve: (_root, args, context) =>
      readConnection(args, context, async (paging) => {
        const filter = omitNullish({ Status: args.status, Search: args.search });
        const { Devices, ...page } = await readPage(context, "ListDevices", { ...filter, ...paging }, args);
        for (const device of Devices) {
          context.loaders.device.prime(device.DeviceSN, device);
          context.loaders.cacheDevice(device);
        }
        return { ...page, rows: Devices };
      }),
  }),
  device: t.field({
    type: Device,
    nullable: true,
    description: "One device, null when unknown.",
    cost: 5,
    requiresScopes: ["devices:read"],
    args: {
      serialNumber: t.arg.string({ required: true, description: "Which." }),
    },
    resolve: (_root, args, context, info) => oneDevice(args.serialNumber, args, context, info),
  }),
  migrations: t.field({
    type: [DeviceMigration],
    nullable: true,
    description: "Migrations, newest first; give at most one argument.",
    upstream: ["MigrationStatus"],
    semanticNonNull: true,
    cost: 5,
    listSize: { assumedSize: 20 },
    requiresScopes: ["devices:read"],
    args: {
      id: t.arg.id({ description: "Only this one." }),
      serialNumber: t.arg.string({ description: "Only from or to this device." }),
    },
    resolve: async (_root, args, context) => {
      if (args.id != null && args.serialNumber != null)
        throw badUserInput("serialNumber", "Give id or serialNumber, not both.");
      return migrationsOf(omitNullish({ MigrationID: args.id, DeviceSN: args.serialNumber }), args, context);
    },
  }),
}));
