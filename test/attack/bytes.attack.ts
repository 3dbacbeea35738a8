import { Pool } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { between, createRandom } from "../../src/sandbox/random.ts";
import { bearer, keyOf } from "../kit/portico/callers.ts";
import { deliver } from "./deliveries.ts";
import { mutated } from "./fuzz/mutate.ts";
import { bodies, callbacks, framed, heads, messages } from "./fuzz/seeds.ts";
import { createTally, inCrowd, wishOf } from "./fuzz/wish.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { exchange, JSON_TYPE, statusesIn } from "./wire.ts";
import { startWorld, type World } from "./world.ts";

const { seed, count } = wishOf(100_000);
const PATIENCE_MS = 3_600_000;
const UPGRADE =
  heads()
    .at(-1)
    ?.toString()
    .replace("\r\n\r\n", `\r\nX-Api-Key: ${keyOf("reader")}\r\n\r\n`) ?? "";

let world: World;
let invariants: Invariants;

beforeAll(async () => {
  world = await startWorld(new URL("../../dist/main.js", import.meta.url));
  invariants = await watchInvariants(world);
}, 60_000);

afterAll(() => world?.stop(), 60_000);

/** What a status of a fault is answered to, for whoever has to look into it. */
const expectSound = (status: number, text: string, sent: Buffer): void => {
  const isSound = status < 500 && !text.includes("INTERNAL_SERVER_ERROR");
  if (!isSound) expect.fail(`${status} ${text.slice(0, 500)} came of ${sent.toString("base64")}`);
};

interface Way {
  readonly name: string;
  /** Of all mutations. */
  readonly share: number;
  readonly crowd: number;
  readonly put: (bytes: Buffer, random: () => number) => Promise<string>;
  readonly seeds: readonly Buffer[];
}

/** A connection that says nothing any more is left alone after a while. */
const SILENCE_MS = 200;

const rawly = async (bytes: string | Buffer, isEnough: (answer: string) => boolean): Promise<string> => {
  const late = AbortSignal.timeout(SILENCE_MS);
  return exchange(world.program, bytes, isEnough, late);
};

const WAYS: readonly Way[] = [
  {
    name: "bodies",
    share: 0.5,
    crowd: 32,
    seeds: bodies(),
    async put(body, random) {
      pool ??= new Pool(world.program.url, { connections: 32 });
      // Who may only read moves no door by a letter that is another one by chance.
      const headers = { ...JSON_TYPE, ...bearer(keyOf(body.includes("mutation") ? "reader" : "ada")) };
      const accept = random() < 0.2 ? "text/event-stream" : "application/json";
      const answer = await pool.request({ path: "/graphql", method: "POST", headers: { ...headers, accept }, body });
      const isStream = String(answer.headers["content-type"]).startsWith("text/event-stream");
      const text = isStream ? await firstOf(answer.body) : await answer.body.text();
      expectSound(answer.statusCode, text, body);
      return String(answer.statusCode);
    },
  },
  {
    name: "heads",
    share: 0.15,
    crowd: 64,
    seeds: heads(),
    async put(bytes) {
      const answer = await rawly(bytes, (told) => told.includes("\r\n\r\n"));
      const [status = 0] = statusesIn(answer);
      expectSound(status, answer, bytes);
      return status === 0 ? "no answer" : String(status);
    },
  },
  {
    name: "frames",
    share: 0.2,
    crowd: 64,
    seeds: messages().map(framed),
    async put(bytes) {
      const hello = framed(Buffer.from(`{"type":"connection_init"}`));
      const answer = await rawly(Buffer.concat([Buffer.from(UPGRADE), hello, bytes]), () => false);
      expectSound(statusesIn(answer)[0] ?? 0, answer, bytes);
      return /\x88[\s\S](?<code>[\s\S]{2})/.test(answer) ? "closed" : "open";
    },
  },
  {
    name: "callbacks",
    share: 0.15,
    crowd: 32,
    seeds: callbacks(),
    async put(bytes, random) {
      const type = ["application/json", "application/x-www-form-urlencoded", "text/plain"][between(random, 0, 2)] ?? "";
      const { status, text } = await deliver(world, bytes, { headers: { "content-type": type } });
      expectSound(status, text, bytes);
      return String(status);
    },
  },
];

let pool: Pool | undefined;

const firstOf = async (body: AsyncIterable<Buffer> & { destroy: () => unknown }): Promise<string> => {
  for await (const part of body) return part.toString();
  return "";
};

test.each(WAYS)(
  "mutated $name: nothing fails that is not the sender's fault",
  { timeout: PATIENCE_MS },
  async (way) => {
    const tally = createTally();
    const size = Math.round(count * way.share);
    const began = performance.now();
    await inCrowd(size, way.crowd, async (index) => {
      const random = createRandom(seed, way.name, index);
      tally.add(await way.put(mutated(random, way.seeds), random));
    });
    const seconds = (performance.now() - began) / 1_000;
    process.stdout.write(`${way.name}: ${size} with seed ${seed} in ${seconds.toFixed(0)} s; ${tally.text()}\n`);
    await pool?.close();
    pool = undefined;
    await invariants.check({ explains: [], faults: false });
  },
);
