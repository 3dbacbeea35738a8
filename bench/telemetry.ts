import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CASES } from "./cases.ts";
import { startChild } from "./child.ts";
import { createLoad } from "./load.ts";
import { median, medianWithQuartiles } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * Measures what telemetry costs: the processor time of a request without it, with metrics, and with metrics and traces of a tenth of the
 * requests, which are sent to a collector. The contenders take turns, and each round begins with another one.
 */
const ROUNDS = 16;
const WARM_UP = 3;
/** Makes a turn so long that what else runs on the machine does not count. */
const TURN = 8;
const CLIENTS = 8;

/** A collector that accepts everything. */
const collector = createServer((request, response) => {
  request.resume().once("end", () => response.setHeader("content-type", "application/json").end("{}"));
}).listen(0, "127.0.0.1");
await once(collector, "listening");
const { port } = collector.address() as AddressInfo;

const METRICS = { ADMIN_PORT: "0" };
const TRACES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
  OTEL_TRACES_SAMPLER_ARG: "0.1",
};
const CONTENDERS = { off: {}, metrics: METRICS, "metrics and traces of 10 %": { ...METRICS, ...TRACES } };

const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
const env = {
  PORT: "0",
  ACCESS: "open",
  LINK_SECRET: "telemetry-telemetry-telemetry-telemetry",
  GATEWAY_URL: sandbox.url,
  GATEWAY_AUTH_TOKEN: sandbox.token ?? "",
  GATEWAY_CACHE_MB: "0",
  LOG_LEVEL: "warn",
};
const rows: string[][] = [];
const processes = await Promise.all(
  Object.entries(CONTENDERS).map(async ([name, more]) => ({
    name,
    child: await startChild("portico", { env: { ...env, ...more } }),
  })),
);
for (const { name: what, query, variables, requests } of CASES.slice(0, 3)) {
  const body = JSON.stringify({ query, variables });
  const entrants = processes.map(({ name, child }) => ({
    name,
    child,
    load: createLoad({ url: child.url, method: "POST", path: "/graphql", body }, CLIENTS),
    cpuUs: [] as number[],
  }));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const first = (round + WARM_UP) % entrants.length;
    for (const { child, load, cpuUs } of [...entrants.slice(first), ...entrants.slice(0, first)]) {
      const before = await child.usage();
      await load.run(TURN * requests, CLIENTS);
      const after = await child.usage();
      if (round >= 0) cpuUs.push(((after.cpuMs - before.cpuMs) * 1_000) / (TURN * requests));
    }
  }
  const [off] = entrants;
  for (const { name, load, cpuUs } of entrants) {
    await load.stop();
    const ratios = cpuUs.map((each, round) => each / (off?.cpuUs[round] ?? Number.NaN));
    rows.push([what, name, median(cpuUs).toFixed(0), medianWithQuartiles(ratios)]);
  }
}
process.stdout.write(`${table(["request", "telemetry", "CPU, µs", "ratio"], rows)}\n`);
for (const { child } of processes) await child.stop();
await sandbox.stop();
collector.close();
