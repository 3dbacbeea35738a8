import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CALLBACK_PATH } from "../../examples/supergraph/gateway.ts";
import { setup } from "../../scripts/redis.ts";
import { createRandom } from "../../src/sandbox/random.ts";
import { createInstance } from "../faults/instance.ts";
import { PORTICO } from "../faults/portico.ts";
import { startRelay } from "../faults/relay.ts";
import { bearer, keyFile, keyOf } from "../kit/portico/keys.ts";
import { freePort } from "../kit/ports.ts";
import { startRedis } from "../kit/redis.ts";
import { startRemoteSandbox } from "../proofs/sandbox.ts";
import { APOLLO } from "./apollo.ts";
import { answersOf, endingOf, failureOf } from "./behavior.ts";
import { grafbase } from "./grafbase.ts";
import { hive } from "./hive.ts";
import type { Router } from "./router.ts";

/*
 * Starts each router in front of the real program and writes what its clients see into the table of docs/federation.md. Grafbase's program
 * is installed into the temporary directory first. With the beginning of a name only the rows of that router are printed.
 */
const callbackPort = await freePort();
const ROUTERS: readonly Router[] = [
  hive("server-sent events", { upstream: "sse" }),
  hive("WebSocket, as in the example", { upstream: "ws" }),
  hive("WebSocket", { upstream: "ws", reconnects: true }),
  hive("HTTP callback", { upstream: "http-callback", callbackPort }),
  grafbase("server-sent events"),
  grafbase("WebSocket"),
  APOLLO,
];

const PUNCH_MS = 200;
const CODES = Array.from({ length: 13 }, (_, index) => String(1_001 + index));
const SCOPES = ["attendance:read", "devices:read", "doors:read", "doors:control", "users:read"];

const rowOf = async (router: Router): Promise<readonly string[]> => {
  const redis = await startRedis();
  const sandbox = await startRemoteSandbox({ start: Date.parse("2026-06-21T04:00:00Z") });
  const folder = await mkdtemp(join(tmpdir(), "portico-routers-"));
  const keys = join(folder, "keys.json");
  await writeFile(keys, keyFile({ ada: { scopes: SCOPES }, low: { scopes: ["devices:read"] } }));
  let port = 0;
  const relay = await startRelay({ targets: () => [port], random: createRandom(1, "relay") });
  const portico = await createInstance(PORTICO.file, {
    ...PORTICO.env({ gateway: sandbox, redisUrl: redis.url, publicUrl: `http://127.0.0.1:${relay.port}` }),
    ACCESS: "",
    ACCESS_API_KEYS_FILE: keys,
    SUBGRAPH_STOP_RESULT: "on",
    SUBGRAPH_CALLBACK_URLS: `http://127.0.0.1:${callbackPort}${CALLBACK_PATH}`,
  });
  ({ port } = portico);
  await portico.start();
  const [ada, low] = [bearer(keyOf("ada")), bearer(keyOf("low"))];
  const authorization = ada["authorization"] ?? "";
  const running = await router.start({ portico: `http://127.0.0.1:${port}`, authorization });
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    sandbox.punch({ DeviceSN: "SN7A2300583", EmployeeCode: CODES[number % CODES.length] ?? "" }).catch(() => {});
  }, PUNCH_MS);
  try {
    const { url } = running;
    const ending = (end: () => Promise<unknown>) =>
      router.transport === null ? Promise.resolve("-") : endingOf(url, ada, portico, end);
    const answers = await answersOf(url, ada);
    const refused = await failureOf(url, low);
    const atRestart = await ending(() => portico.stop());
    const atCrash = await ending(() => portico.kill());
    await portico.kill();
    const away = await failureOf(url, ada);
    return [router.name, router.transport ?? "no subscriptions", answers, refused, away, atRestart, atCrash];
  } finally {
    clearInterval(timer);
    await running.stop();
    await portico.kill();
    await relay.stop();
    await sandbox.stop();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const [only = ""] = process.argv.slice(2);
setup();
const HEAD = [
  "router",
  "Portico's events over",
  "operations",
  "a refused field",
  "Portico is away",
  "at a restart",
  "after a crash",
];
const rows: (readonly string[])[] = [HEAD, HEAD.map(() => "---")];
for (const router of ROUTERS.filter(({ name }) => name.startsWith(only))) {
  const row = await rowOf(router);
  process.stdout.write(`${row.join(" | ")}\n`);
  rows.push(row);
}
const file = new URL("../../docs/federation.md", import.meta.url);
const text = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
if (only !== "") process.exit(0);
const docs = await readFile(file, "utf8");
await writeFile(file, docs.replace(/(<!-- npm run routers -->\n)[^]*?(<!-- end -->)/, `$1${text}\n$2`));
process.exit(0);
