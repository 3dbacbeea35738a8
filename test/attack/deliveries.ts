import { createHmac } from "node:crypto";
import { altered, exampleOf, type Json } from "../kit/events/deliver.ts";
import { CANARIES } from "./canaries.ts";
import { type HttpAnswer, JSON_TYPE, send } from "./wire.ts";
import type { World } from "./world.ts";

export const DEVICE = "SN7A2300583";

const signatureOf = (body: string | Buffer): string =>
  `sha256=${createHmac("sha256", CANARIES["key that signs callbacks"]).update(body).digest("hex")}`;

let count = 0;

/** Creates a punch in the gateway's format that was not delivered before; its employee code is unique. */
export const newPunch = (change: Json = {}): Json => {
  count += 1;
  const wall = new Date(Date.UTC(2026, 5, 20) + count * 1_000).toISOString().replace("T", " ").slice(0, 19);
  return altered(exampleOf("AttendanceNewEvent"), {
    EventID: `evt_attack_${count}`,
    PunchID: `pun_attack_${count}`,
    DeviceSN: DEVICE,
    EmployeeCode: String(700_000 + count),
    AttendanceLog: wall,
    AuthToken: CANARIES["token of the gateway"],
    ...change,
  });
};

interface DeliveryOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** @default the signature with the registered key; null for none. */
  readonly signature?: string | null;
  readonly url?: string;
  readonly method?: string;
}

/** Delivers a body as the gateway does. Text and bytes are sent unchanged. */
export const deliver = (
  world: World,
  body: Json | string | Buffer,
  options: DeliveryOptions = {},
): Promise<HttpAnswer> => {
  const { headers = {}, url = world.callbackUrl, method = "POST" } = options;
  const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const signature = options.signature === undefined ? signatureOf(bytes) : options.signature;
  const { origin, pathname, search } = new URL(url);
  return send(
    { url: origin, headers: { ...JSON_TYPE, ...(signature === null ? {} : { "x-gateway-signature": signature }) } },
    { method, path: pathname + search, headers, body: bytes },
  );
};

/** Delivers a new punch and returns its employee code. */
export const deliverPunch = async (world: World, change: Json = {}): Promise<string> => {
  const body = newPunch(change);
  const { status, text } = await deliver(world, body);
  if (status !== 200) throw new Error(`A punch must be answered 200; received ${status}: ${text}`);
  return String(body["EmployeeCode"]);
};

/** The number of events in Redis, of all accounts. */
export const storedEvents = async ({ redis }: World): Promise<number> => {
  const keys = (await redis.ask("KEYS", "portico:*:events")) as readonly string[];
  const lengths = await Promise.all(keys.map(async (key) => Number(await redis.ask("XLEN", key))));
  return lengths.reduce((sum, length) => sum + length, 0);
};
