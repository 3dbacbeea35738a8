import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { setup } from "../scripts/redis.ts";
import { freePort } from "../test/kit/ports.ts";
import { startRedis } from "../test/kit/redis.ts";
import { until } from "../test/kit/until.ts";
import { startRemoteSandbox } from "../test/proofs/sandbox.ts";
import { startSoakLoad } from "./soak.load.ts";
import type { Held } from "./soak.process.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";

/*
 * What the built program holds under a mixed load, minute by minute: it must not grow. The exit code is 1 if the heap after a collection
 * or the handles of the last quarter are above those of the second, or if a request failed or an event was lost. Run `npm run build` first.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    subscribers: { type: "string", default: "60" },
    queries: { type: "string", default: "40" },
    punches: { type: "string", default: "10" },
  },
});
const MINUTES = Number(values.minutes);
const MINUTE_MS = 60_000;
const SECRET = "soak-soak-soak-soak-soak-soak-soak-soak";
/** What a heap may differ by between two samples without growing. */
const MAX_GROWTH = { part: 0.05, bytes: 3 * 2 ** 20 } as const;

setup();
const redis = await startRedis({ appendfsync: "everysec" });
const sandbox = await startRemoteSandbox({ people: 200, ledgerLimit: 1_000 });
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const program = fork(fileURLToPath(new URL("../dist/main.js", import.meta.url)), {
  execArgv: ["--expose-gc", "--import", new URL("./soak.process.ts", import.meta.url).href],
  env: {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: String(port),
    PUBLIC_URL: url,
    GATEWAY_URL: sandbox.url,
    GATEWAY_AUTH_TOKEN: sandbox.token,
    ACCESS: "open",
    CALLBACK_SECRET: SECRET,
    LINK_SECRET: SECRET,
    REDIS_URL: redis.url,
  },
  stdio: ["ignore", "ignore", "inherit", "ipc"],
});
const isReady = () =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
await until(isReady, { what: "the program to be ready", timeoutMs: 30_000, giveUp: () => program.exitCode !== null });

const held = async (): Promise<Held> => {
  program.send("held");
  const [answer] = (await once(program, "message")) as [Held];
  return answer;
};
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

const load = startSoakLoad({
  url,
  sandbox,
  subscribers: Number(values.subscribers),
  queriesPerSecond: Number(values.queries),
  punchesPerSecond: Number(values.punches),
});
const samples: Held[] = [];
const rows: string[][] = [];
const startedAt = performance.now();
for (let minute = 1; minute <= MINUTES; minute += 1) {
  await delay(startedAt + minute * MINUTE_MS - performance.now());
  const sample = await held();
  samples.push(sample);
  const { queries, commands, punches, events, resumes, unavailable, failed, wrong } = load.counts;
  const held_ = [sample.heapBytes, sample.externalBytes, sample.rssBytes].map(megabytes);
  const open = [sample.handles, sample.sockets, sample.timers, sample.listeners + sample.warnings];
  const done = [queries, commands, punches, events, resumes, unavailable, failed + wrong];
  rows.push([String(minute), ...held_, ...[...open, ...done].map((each) => each.toLocaleString("en"))]);
  process.stderr.write(`${[...(rows.at(-1) ?? []), load.counts.failure].join(" | ")}\n`);
}
await load.stop();
const ended = once(program, "exit");
program.kill("SIGTERM");
await ended;
await sandbox.stop();
await redis.stop();

const head = ["minute", "heap MB", "external MB", "RSS MB", "handles", "sockets", "timers", "listeners", "queries"];
process.stdout.write(
  `${table([...head, "commands", "punches", "events", "resumes", "unavailable", "wrong or failed"], rows)}\n\n`,
);
const quarter = (from: number, of: (sample: Held) => number): number =>
  median(samples.slice(Math.floor(from * samples.length), Math.ceil((from + 0.25) * samples.length)).map(of));
const faults: string[] = [];
const compare = (name: string, of: (sample: Held) => number, slack: (early: number) => number) => {
  const [early, late] = [quarter(0.25, of), quarter(0.75, of)];
  process.stdout.write(`${name}: ${early.toLocaleString("en")}, then ${late.toLocaleString("en")}\n`);
  if (late > early + slack(early)) faults.push(`${name} grew from ${early} to ${late}`);
};
const ofHeap = (early: number) => Math.max(MAX_GROWTH.bytes, early * MAX_GROWTH.part);
compare("heap in bytes", ({ heapBytes }) => heapBytes, ofHeap);
compare("external bytes", ({ externalBytes }) => externalBytes, ofHeap);
compare(
  "handles",
  ({ handles }) => handles,
  (early) => 5 + early * MAX_GROWTH.part,
);
compare(
  "listeners",
  ({ listeners, warnings }) => listeners + warnings,
  () => 0,
);
const { failed, failure, wrong } = load.counts;
if (failed > 0) faults.push(`${failed} requests failed, the first with: ${failure}`);
if (wrong > 0) faults.push(`${wrong} events were lost, repeated or out of order`);
for (const fault of faults) process.stdout.write(`VIOLATION: ${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
