import { createRandom, pick } from "../../src/sandbox/random.ts";
import type { GatewayReady } from "./commands.gateway.ts";

/** A mutation that must take effect once. */
export interface MutationRequest {
  readonly key: string;
  readonly mutation: "openDoor" | "enrollCard" | "setUserPassword";
  readonly input: Readonly<Record<string, unknown>>;
  readonly devices: readonly string[];
  /** How long the client waits for an answer before it retries. */
  readonly timeoutMs: number;
}

type Devices = GatewayReady["devices"];
type Random = () => number;

/** Some timeouts are shorter than a command may take. */
const TIMEOUTS_MS = [1_500, 4_000, 14_000, 14_000, 14_000] as const;

const oneOf = <Item>(random: Random, items: readonly Item[]): Item => pick(random, items as [Item, ...Item[]]);

const doorRequest = (random: Random, devices: Devices) => {
  const { DeviceSN, doors } = oneOf(random, devices);
  const input = { serialNumber: DeviceSN, doorNumber: oneOf(random, doors) };
  return { mutation: "openDoor", input, devices: [DeviceSN] } as const;
};

const enrollmentRequest = (random: Random, devices: Devices, index: number) => {
  const employeeCode = oneOf(random, oneOf(random, devices).employees);
  const where = devices.filter(({ employees }) => employees.includes(employeeCode)).map(({ DeviceSN }) => DeviceSN);
  const serialNumbers = where.slice(0, 1 + Math.floor(3 * random()));
  const about = { employeeCode, serialNumbers };
  return random() < 0.5
    ? ({
        mutation: "enrollCard",
        input: { ...about, cardNumber: String(1_000_000 + index) },
        devices: serialNumbers,
      } as const)
    : ({
        mutation: "setUserPassword",
        input: { ...about, password: String(10_000 + index) },
        devices: serialNumbers,
      } as const);
};

/** Creates requests, half of them for doors; the same seed creates the same ones. */
export const createRequests = (seed: number, count: number, devices: Devices): readonly MutationRequest[] => {
  const random = createRandom(seed, "requests");
  return Array.from({ length: count }, (_, index) => {
    const key = `request-${seed}-${String(index).padStart(6, "0")}`;
    const request = random() < 0.5 ? doorRequest(random, devices) : enrollmentRequest(random, devices, index);
    const options = { idempotencyKey: key, waitSeconds: Math.floor(2 * random()), queueIfOffline: random() < 0.6 };
    return { key, ...request, input: { ...request.input, options }, timeoutMs: oneOf(random, TIMEOUTS_MS) };
  });
};
