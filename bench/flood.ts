import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { type ChildProgram, startChild } from "./child.ts";
import { FLOODS, type FloodCase } from "./flood.cases.ts";
import { quantile } from "./statistics.ts";
import { table } from "./table.ts";

/*
 * What another caller and /health/live notice while one caller floods, and without a flood for comparison: the latencies of a client that
 * sends one request after the other. The flood, the gateway and the server share the machine.
 */
const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "7" } },
  allowPositionals: true,
});
const SECONDS = Number(values.seconds);
const EVERY_MS = 20;
const START = Date.parse("2026-06-21T04:00:00Z");

const keyOf = (name: string): string => `key-of-${name}-0123456789`;
const keys = ["ada", "bob"].map((name) => ({
  name,
  sha256: createHash("sha256").update(keyOf(name)).digest("hex"),
  scopes: ["attendance:read", "devices:read", "users:read"],
}));
const directory = mkdtempSync(join(tmpdir(), "portico-flood-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
const keyFile = join(directory, "keys.json");
writeFileSync(keyFile, JSON.stringify(keys));

/** What the well-behaved client asks for; null is the probe of a balancer. */
const PROBES = [
  { name: "`/health/live`", query: null },
  { name: "`{ viewer { name } }`", query: "{ viewer { name } }" },
  { name: "a page of devices", query: "{ devices(first: 5) { nodes { serialNumber } } }" },
] as const;

const headersOf = (name: string) => ({ "content-type": "application/json", authorization: `Bearer ${keyOf(name)}` });

/** Sends a probe again and again; returns the latencies in milliseconds. */
const probe = async (pool: Pool, query: string | null): Promise<readonly number[]> => {
  const times: number[] = [];
  for (const end = performance.now() + SECONDS * 1_000; performance.now() < end; await delay(EVERY_MS)) {
    const startedAt = performance.now();
    const { statusCode, body } = await pool.request(
      query === null
        ? { method: "GET", path: "/health/live" }
        : { method: "POST", path: "/graphql", headers: headersOf("bob"), body: JSON.stringify({ query }) },
    );
    await body.dump();
    if (statusCode !== 200) throw new Error(`A well-behaved caller must be answered 200; received ${statusCode}.`);
    times.push(performance.now() - startedAt);
  }
  return times;
};

const rowOf = async (name: string, pool: Pool): Promise<readonly string[]> => {
  const all = await Promise.all(PROBES.map(({ query }) => probe(pool, query)));
  return [name, ...all.map((times) => `${quantile(times, 0.99).toFixed(0)} (${quantile(times, 0.5).toFixed(0)})`)];
};

const flood = (url: string, { query, connections, together }: FloodCase): Promise<ChildProgram> => {
  const lines = Object.entries({ host: new URL(url).host, ...headersOf("ada") }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = ["POST /graphql HTTP/1.1", ...lines, ""].join("\r\n");
  return startChild("flood", { argument: { url, connections, together, head, bodies: [JSON.stringify({ query })] } });
};

const sandbox = await startChild("sandbox", { argument: { rate: false, live: false, start: START } });
const portico = await startChild("portico", {
  env: {
    PORT: "0",
    GATEWAY_URL: sandbox.url,
    GATEWAY_AUTH_TOKEN: sandbox.token ?? "",
    ACCESS_API_KEYS_FILE: keyFile,
    CALLBACK_SECRET: "s".repeat(40),
    LINK_SECRET: "s".repeat(40),
  },
});
const pool = new Pool(portico.url, { connections: PROBES.length });
const rows = [await rowOf("none", pool)];
for (const each of FLOODS) {
  if (positionals.length > 0 && !positionals.some((part) => each.name.includes(part))) continue;
  const flooding = await flood(portico.url, each);
  await delay(1_000);
  rows.push(await rowOf(each.name, pool));
  await flooding.stop();
  await delay(1_000);
}
await pool.close();
await portico.stop();
await sandbox.stop();
process.stdout.write(`p99 (p50) in milliseconds of ${SECONDS} seconds each\n\n`);
process.stdout.write(`${table(["flood", ...PROBES.map(({ name }) => name)], rows)}\n`);
