import SchemaBuilder from "@pothos/core";
import DataLoader from "dataloader";
import {
  createGatewayClient,
  type DeviceRow,
  direction,
  type GatewayClient,
  instant,
  localTime,
  type PunchRow,
  type Range,
  type UserDeviceRow,
} from "./gateway-client.ts";

/*
 * What a developer writes first on the same stack: Pothos and dataloader over the shared gateway client. It answers the
 * queries of the benchmark with the same upstream calls as Portico, and promises nothing else. All peers serve this schema.
 */

const load = <Value>(read: (key: string) => Promise<Value>) =>
  new DataLoader((keys: readonly string[]) => Promise.all(keys.map(read)));

const createContext = (gateway: GatewayClient) => ({
  gateway,
  devicesOf: load((key) => gateway.devicesOf(key)),
  doorsOf: load((key) => gateway.doorsOf(key)),
  healthOf: load((key) => gateway.healthOf(key)),
});

type PeerContext = ReturnType<typeof createContext>;
type Door = Awaited<ReturnType<GatewayClient["doorsOf"]>>[number];
type Health = NonNullable<Awaited<ReturnType<GatewayClient["healthOf"]>>>;

const buildSchema = () => {
  const builder = new SchemaBuilder<{
    Context: PeerContext;
    DefaultFieldNullability: true;
    Scalars: { LocalDateTime: { Input: string; Output: string } };
  }>({});
  builder.scalarType("LocalDateTime", { serialize: String });
  const Order = builder.enumType("Order", { values: ["ASC", "DESC"] as const });

  const Door = builder.objectRef<Door>("Door").implement({
    fields: (t) => ({ number: t.exposeInt("number"), name: t.exposeString("name"), state: t.exposeString("state") }),
  });
  const UserDevice = builder.objectRef<UserDeviceRow>("UserDevice").implement({
    fields: (t) => ({
      serialNumber: t.exposeString("DeviceSN"),
      name: t.exposeString("DeviceLabel"),
      doors: t.field({ type: [Door], resolve: ({ DeviceSN }, _args, { doorsOf }) => doorsOf.load(DeviceSN) }),
    }),
  });
  const UserDevices = builder.objectRef<readonly UserDeviceRow[]>("UserDevices").implement({
    fields: (t) => ({ nodes: t.field({ type: [UserDevice], resolve: (rows) => [...rows] }) }),
  });
  const User = builder.objectRef<PunchRow>("User").implement({
    fields: (t) => ({
      employeeCode: t.exposeString("EmployeeCode"),
      name: t.exposeString("EmployeeName"),
      devices: t.field({
        type: UserDevices,
        resolve: ({ EmployeeCode }, _args, { devicesOf }) => devicesOf.load(EmployeeCode),
      }),
    }),
  });
  const Punch = builder.objectRef<PunchRow>("Punch").implement({
    fields: (t) => ({
      at: t.string({ resolve: instant }),
      localTime: t.string({ resolve: localTime }),
      direction: t.string({ resolve: direction }),
      user: t.field({ type: User, resolve: (punch) => punch }),
    }),
  });
  const Punches = builder.objectRef<readonly PunchRow[]>("Punches").implement({
    fields: (t) => ({ nodes: t.field({ type: [Punch], resolve: (rows) => [...rows] }) }),
  });
  const Health = builder.objectRef<Health>("Health").implement({
    fields: (t) => ({
      status: t.exposeString("status"),
      queueDepth: t.exposeInt("queueDepth"),
      queueStatus: t.exposeString("queueStatus"),
      clockDriftSeconds: t.exposeInt("clockDriftSeconds"),
    }),
  });
  const Device = builder.objectRef<DeviceRow>("Device").implement({
    fields: (t) => ({
      serialNumber: t.exposeString("DeviceSN"),
      name: t.exposeString("DeviceLabel"),
      status: t.string({ resolve: ({ Status }) => Status.toUpperCase() }),
      health: t.field({ type: Health, resolve: ({ DeviceSN }, _args, { healthOf }) => healthOf.load(DeviceSN) }),
    }),
  });

  builder.queryType({
    fields: (t) => ({
      punches: t.field({
        type: Punches,
        args: {
          from: t.arg({ type: "LocalDateTime", required: true }),
          to: t.arg({ type: "LocalDateTime", required: true }),
          order: t.arg({ type: Order, defaultValue: "ASC" }),
          first: t.arg.int({ required: true }),
        },
        resolve: (_root, { from, to, order, first }, { gateway }) =>
          gateway.punches({ from, to } satisfies Range, { order: order ?? "ASC", first }),
      }),
      device: t.field({
        type: Device,
        args: { serialNumber: t.arg.string({ required: true }) },
        resolve: (_root, { serialNumber }, { gateway }) => gateway.device(serialNumber),
      }),
    }),
  });
  return builder.toSchema();
};

/** The schema, and a context with fresh loaders for each request, for the gateway that the argument of this process names. */
export const createPeer = () => {
  const gateway = createGatewayClient(JSON.parse(process.argv[2] ?? "{}") as { url: string; token: string });
  return { schema: buildSchema(), context: () => createContext(gateway) };
};
