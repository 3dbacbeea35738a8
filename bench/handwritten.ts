import { direction, type GatewayClient, instant, localTime, type Range } from "./gateway-client.ts";

/** Memoizes `read` per key. */
const memoize = <Value>(read: (key: string) => Promise<Value>): ((key: string) => Promise<Value>) => {
  const results = new Map<string, Promise<Value>>();
  return (key) => {
    const known = results.get(key) ?? read(key);
    results.set(key, known);
    return known;
  };
};

/** The screens of the benchmark as a developer writes them for just these: the minimum cost of their answers. */
export const createHandwritten = (gateway: GatewayClient) => ({
  /** The newest punches, the devices of their users and the doors of those devices. */
  async newest(range: Range) {
    const doors = memoize((key) => gateway.doorsOf(key));
    const devices = memoize(async (code) => {
      const found = await gateway.devicesOf(code);
      return Promise.all(
        found.map(async ({ DeviceSN, DeviceLabel }) => ({
          serialNumber: DeviceSN,
          name: DeviceLabel,
          doors: await doors(DeviceSN),
        })),
      );
    });
    const rows = await gateway.punches(range, { order: "DESC", first: 20 });
    const nodes = await Promise.all(
      rows.map(async (punch) => ({
        localTime: localTime(punch),
        user: {
          employeeCode: punch.EmployeeCode,
          name: punch.EmployeeName,
          devices: { nodes: await devices(punch.EmployeeCode) },
        },
      })),
    );
    return { punches: { nodes } };
  },

  /** Five hundred punches with the names of their users. */
  async day(range: Range) {
    const rows = await gateway.punches(range, { order: "ASC", first: 500 });
    const nodes = rows.map((punch) => ({
      at: instant(punch),
      localTime: localTime(punch),
      direction: direction(punch),
      user: { employeeCode: punch.EmployeeCode, name: punch.EmployeeName },
    }));
    return { punches: { nodes } };
  },

  /** One device with its state and health. */
  async device(serialNumber: string) {
    const [device, health] = await Promise.all([gateway.device(serialNumber), gateway.healthOf(serialNumber)]);
    if (device === null) return { device: null };
    return { device: { serialNumber, name: device.DeviceLabel, status: device.Status.toUpperCase(), health } };
  },
});
