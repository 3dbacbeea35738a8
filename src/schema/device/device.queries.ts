import { pageArgs, CONNECTION_SIZE } from "../kernel/args.ts";
import { builder } from "../kernel/builder.ts";
import { Device, DeviceConnection, DeviceMigration } from "./refs.ts";
import { MigrationFilter } from "./device.inputs.ts";
import { DeviceStatus } from "./device.enums.ts";
import { readPage, searchText } from "../kernel/arguments.ts";
import { readConnection } from "../kernel/connection.ts";
import { implementConnection } from "../kernel/connection.type.ts";
import { parseGlobalId } from "../kernel/node.ts";
import { omitNullish } from "../kernel/omit.ts";
import { findDevice, migrationsOf } from "./device.ts";

implementConnection(DeviceConnection, {
  name: "Device",
  description: "A page of the devices of the account.",
  edgeDescription: "A device with its cursor in a page.",
  nodeDescription: "The device at this position of the list.",
  node: Device,
  nodeOf: (record) => ({ DeviceSN: record.DeviceSN, record }),
});

builder.queryFields((t) => ({
  devices: t.field({
    type: DeviceConnection,
    nullable: true,
    description: "The devices of the account, in the order of their serial numbers.",
    upstream: ["ListDevices"],
    semanticNonNull: true,
    cost: 5,
    requiresScopes: ["devices:read"],
    listSize: CONNECTION_SIZE,
    args: {
      status: t.arg({ type: DeviceStatus, description: "Return only devices with this connection state." }),
      search: t.arg.string({
        description:
          "Return only devices whose name or serial number contains this text, of up to 64 characters. A blank text returns all of them.",
      }),
      ...pageArgs(t.arg),
    },
    resolve: (_root, args, context) =>
      readConnection(args, async (paging) => {
        const filter = omitNullish({ Status: args.status, Search: searchText(args.search) });
        const { Devices, ...page } = await readPage(context, "ListDevices", { ...filter, ...paging }, args);
        for (const device of Devices) {
          context.loaders.device.prime(device.DeviceSN, device);
          context.loaders.cacheDevice(device);
        }
        if (args.after != null) context.loaders.continueHealth(Devices.map(({ DeviceSN }) => DeviceSN));
        return { ...page, rows: Devices };
      }),
  }),
  device: t.field({
    type: Device,
    nullable: true,
    description: "A device by its serial number. Null if the account has no such device.",
    cost: 5,
    requiresScopes: ["devices:read"],
    args: {
      serialNumber: t.arg.string({
        required: true,
        description: "Serial number of the device; upper and lower case differ.",
      }),
    },
    resolve: (_root, args, context, info) => findDevice(args.serialNumber, args, context, info),
  }),
  migrations: t.field({
    type: [DeviceMigration],
    nullable: true,
    description: "Migrations of users or data, newest first. They are kept for 7 days after they end.",
    upstream: ["MigrationStatus"],
    semanticNonNull: true,
    cost: 5,
    listSize: { assumedSize: 20 },
    requiresScopes: ["devices:read"],
    args: {
      of: t.arg({ type: MigrationFilter, description: "Which migrations to return. Omit it for all of them." }),
    },
    resolve: async (_root, { of }, context) => {
      if (of?.id == null) return migrationsOf(omitNullish({ DeviceSN: of?.serialNumber }), of ?? {}, context);
      const parsed = parseGlobalId(of.id);
      return parsed?.type === "DeviceMigration" ? migrationsOf({ MigrationID: parsed.key }, of, context) : [];
    },
  }),
}));
