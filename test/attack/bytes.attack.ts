import { Pool } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { between, createRandom } from "../../src/sandbox/random.ts";
import { bearer, keyOf } from "../kit/portico/callers.ts";
import { deliver } from "./deliveries.ts";
import { mutated } from "./fuzz/mutate.ts";
import { bodies, callbacks, framed, heads, messages } from "./fuzz/seeds.ts";
import { createTally, runConcurrently, fuzzOptions } from "./fuzz/run.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { sendBytes, JSON_TYPE, statusesIn } from "./wire.ts";
import { startWorld, type World } from "./world.ts";

const { seed, count } = fuzzOptions(100_000);
const TIMEOUT_MS = 3_600_000;
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

/** Expects no server fault; the failure message contains the input for reproduction. */
const expectSound = (status: number, text: string, sent: Buffer): void => {
  const isSound = status < 500 && !text.includes("INTERNAL_SERVER_ERROR");
  if (!isSound) expect.fail(`The input ${sent.toString("base64")} was answered ${status} ${text.slice(0, 500)}`);
};

interface InputKind {
  readonly name: string;
  /** The share of all mutated inputs. */
  readonly share: number;
  readonly concurrency: number;
  readonly send: (bytes: Buffer, random: () => number) => Promise<string>;
  readonly seeds: readonly Buffer[];
}

/** How long to wait for more bytes on a connection. */
const IDLE_MS = 200;

const sendRaw = async (bytes: string | Buffer, isEnough: (answer: string) => boolean): Promise<string> => {
  const timeout = AbortSignal.timeout(IDLE_MS);
  return sendBytes(world.program, bytes, isEnough, timeout);
};

const INPUT_KINDS: readonly InputKind[] = [
  {
    name: "bodies",
    share: 0.5,
    concurrency: 32,
    seeds: bodies(),
    async send(body, random) {
      pool ??= new Pool(world.program.url, { connections: 32 });
      // Mutations run with a read-only key, so that a random change cannot open a door.
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
    concurrency: 64,
    seeds: heads(),
    async send(bytes) {
      const answer = await sendRaw(bytes, (answer) => answer.includes("\r\n\r\n"));
      const [status = 0] = statusesIn(answer);
      expectSound(status, answer, bytes);
      return status === 0 ? "no answer" : String(status);
    },
  },
  {
    name: "frames",
    share: 0.2,
    concurrency: 64,
    seeds: messages().map(framed),
    async send(bytes) {
      const init = framed(Buffer.from(`{"type":"connection_init"}`));
      const answer = await sendRaw(Buffer.concat([Buffer.from(UPGRADE), init, bytes]), () => false);
      expectSound(statusesIn(answer)[0] ?? 0, answer, bytes);
      return /\x88[\s\S](?<code>[\s\S]{2})/.test(answer) ? "closed" : "open";
    },
  },
  {
    name: "callbacks",
    share: 0.15,
    concurrency: 32,
    seeds: callbacks(),
    async send(bytes, random) {
      const type = ["application/json", "application/x-www-form-urlencoded", "text/plain"][between(random, 0, 2)] ?? "";
      const { status, text } = await deliver(world, bytes, { headers: { "content-type": type } });
      expectSound(status, text, bytes);
      return String(status);
    },
  },
];

let pool: Pool | undefined;

const firstOf = async (body: AsyncIterable<Buffer> & { destroy: () => unknown }): Promise<string> => {
  for await (const chunk of body) return chunk.toString();
  return "";
};

test.each(INPUT_KINDS)("mutated $name cause no server fault", { timeout: TIMEOUT_MS }, async (way) => {
  const tally = createTally();
  const size = Math.round(count * way.share);
  const startedAt = performance.now();
  await runConcurrently(size, way.concurrency, async (index) => {
    const random = createRandom(seed, way.name, index);
    tally.add(await way.send(mutated(random, way.seeds), random));
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  process.stdout.write(`${way.name}: ${size} with seed ${seed} in ${seconds.toFixed(0)} s; ${tally.text()}\n`);
  await pool?.close();
  pool = undefined;
  await invariants.check({ allowedCommands: [], logsErrors: false });
});
