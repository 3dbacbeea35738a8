import { createRandom, pick } from "../../src/sandbox/random.ts";
import type { GatewayReady } from "./commands.gateway.ts";

/** A mutation that somebody wants to happen once. */
export interface Wish {
  readonly key: string;
  readonly mutation: "openDoor" | "enrollCard" | "setUserPassword";
  readonly input: Readonly<Record<string, unknown>>;
  readonly devices: readonly string[];
  /** How long its client waits for an answer before it tries again. */
  readonly patienceMs: number;
}

type Devices = GatewayReady["devices"];
type Random = () => number;

/** Some are less patient than an order may take. */
const PATIENCE_MS = [1_500, 4_000, 14_000, 14_000, 14_000] as const;

const oneOf = <Item>(random: Random, items: readonly Item[]): Item => pick(random, items as [Item, ...Item[]]);

const doorWish = (random: Random, devices: Devices) => {
  const { DeviceSN, doors } = oneOf(random, devices);
  const input = { serialNumber: DeviceSN, doorNumber: oneOf(random, doors) };
  return { mutation: "openDoor", input, devices: [DeviceSN] } as const;
};

const enrolmentWish = (random: Random, devices: Devices, index: number) => {
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

/** So many wishes, half of them doors; the same for the same seed. */
export const makeWishes = (seed: number, count: number, devices: Devices): readonly Wish[] => {
  const random = createRandom(seed, "wishes");
  return Array.from({ length: count }, (_, index) => {
    const key = `wish-${seed}-${String(index).padStart(6, "0")}`;
    const wish = random() < 0.5 ? doorWish(random, devices) : enrolmentWish(random, devices, index);
    const options = { idempotencyKey: key, waitSeconds: Math.floor(2 * random()), queueIfOffline: random() < 0.6 };
    return { key, ...wish, input: { ...wish.input, options }, patienceMs: oneOf(random, PATIENCE_MS) };
  });
};
