import { createHmac } from "node:crypto";
import { altered, exampleOf, type Json } from "../kit/events/deliver.ts";
import { CANARIES } from "./canaries.ts";
import { type Answered, JSON_TYPE, send } from "./wire.ts";
import type { World } from "./world.ts";

export const DEVICE = "SN7A2300583";

const signatureOf = (body: string | Buffer): string =>
  `sha256=${createHmac("sha256", CANARIES["key that signs callbacks"]).update(body).digest("hex")}`;

let count = 0;

/** A punch that nobody has told before, as the gateway writes it; its employee code tells it from all others. */
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

interface DeliveryWish {
  readonly headers?: Readonly<Record<string, string>>;
  /** By default the body is signed as registered. */
  readonly signature?: string | null;
  readonly url?: string;
  readonly method?: string;
}

/** Delivers a body as the gateway does; a text or bytes go as they are. */
export const deliver = (world: World, body: Json | string | Buffer, wish: DeliveryWish = {}): Promise<Answered> => {
  const { headers = {}, url = world.callbackUrl, method = "POST" } = wish;
  const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const signature = wish.signature === undefined ? signatureOf(bytes) : wish.signature;
  const { origin, pathname, search } = new URL(url);
  return send(
    { url: origin, headers: { ...JSON_TYPE, ...(signature === null ? {} : { "x-gateway-signature": signature }) } },
    { method, path: pathname + search, headers, body: bytes },
  );
};

/** Tells of a new punch; answers its employee code. */
export const tellPunch = async (world: World, change: Json = {}): Promise<string> => {
  const body = newPunch(change);
  const { status, text } = await deliver(world, body);
  if (status !== 200) throw new Error(`A punch was answered with ${status}: ${text}`);
  return String(body["EmployeeCode"]);
};

/** How many events Redis holds, of all accounts. */
export const storedEvents = async ({ redis }: World): Promise<number> => {
  const keys = (await redis.ask("KEYS", "portico:*:events")) as readonly string[];
  const lengths = await Promise.all(keys.map(async (key) => Number(await redis.ask("XLEN", key))));
  return lengths.reduce((sum, length) => sum + length, 0);
};
