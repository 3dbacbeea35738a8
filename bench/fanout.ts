import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { type Child, startChild } from "./child.ts";
import { type Crowd, openCrowd } from "./crowd.ts";
import { DEVICE, FANOUT_CASES, type FanoutCase, operationAmong, writeEvent, type Written } from "./fanout.cases.ts";
import { median, quantile, spread } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * An event to many subscribers: CPU time of the server for one delivery, and how late it comes. Portico beside graphql-ws
 * as it is documented and beside the limit, `ws` that sends ready-made bytes. All are told of events by HTTP, keep nothing
 * beyond their process, and take turns.
 */
const ROUNDS = 11;
const WARM_UP = 2;
/** The naive one is so much slower that a fraction of the events tells as much. */
const NAIVE_FRACTION = 6;
const PATIENCE_MS = 30_000;
const IDLE_SOCKETS = 3_000;
const CALLBACK_SECRET = "fanout-fanout-fanout-fanout-fanout-fanout";

interface Contender {
  readonly name: string;
  readonly server: Child;
  readonly path: string;
  readonly bodyOf: (events: readonly Written[]) => string;
  readonly fraction: number;
}

interface Turn {
  readonly cpuUs: number;
  readonly p99Ms: number;
}

let events = 0;

/** Tells a contender of some events at once, and waits until all its subscribers have them. Tells how late each came. */
const fire = async ({ name, server, path, bodyOf }: Contender, crowd: Crowd, size: number, burst: number) => {
  const due = crowd.received() + size * burst;
  const late: number[] = [];
  const written = Array.from({ length: burst }, () => writeEvent((events += 1)));
  const began = performance.now();
  const complete = new Promise<void>((resolve, reject) => {
    const inVain = setTimeout(() => reject(new Error(`${name} did not deliver everything.`)), PATIENCE_MS);
    crowd.onResult = (at) => {
      late.push(at - began);
      if (crowd.received() < due) return;
      clearTimeout(inVain);
      resolve();
    };
  });
  const { statusCode, body } = await request(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: bodyOf(written),
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`An event was answered ${statusCode}.`);
  await complete;
  return late;
};

const takeTurn = async (contender: Contender, crowd: Crowd, { sockets, burst, bursts }: FanoutCase): Promise<Turn> => {
  const times = Math.max(1, Math.ceil(bursts / contender.fraction));
  const late: number[] = [];
  const before = await contender.server.usage();
  for (let count = 0; count < times; count += 1) late.push(...(await fire(contender, crowd, sockets, burst)));
  const after = await contender.server.usage();
  const deliveries = times * sockets * burst;
  return { cpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / deliveries, p99Ms: quantile(late, 0.99) };
};

const measure = async (each: FanoutCase, contenders: readonly Contender[]): Promise<readonly string[]> => {
  const operationOf = operationAmong(each.operations);
  const entrants: { readonly contender: Contender; readonly crowd: Crowd; readonly turns: Turn[] }[] = [];
  for (const contender of contenders) {
    const crowd = await openCrowd({ url: contender.server.url, size: each.sockets, operationOf });
    entrants.push({ contender, crowd, turns: [] });
  }
  await delay(200);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const { contender, crowd, turns } of entrants) {
      const turn = await takeTurn(contender, crowd, each);
      if (round >= 0) turns.push(turn);
    }
  }
  for (const { crowd } of entrants) await crowd.close();
  const [ours = [], naive = [], raw = []] = entrants.map(({ turns }) => turns);
  const ratios = (turns: readonly Turn[]) =>
    spread(turns.map((turn, round) => turn.cpuUs / (raw[round]?.cpuUs ?? Number.NaN)));
  return [
    `${each.sockets.toLocaleString("en")} sockets, ${each.operations} operations, ${each.burst === 1 ? "single" : `bursts of ${each.burst}`}`,
    ...[ours, naive, raw].map((turns) => median(turns.map(({ cpuUs }) => cpuUs)).toFixed(1)),
    ratios(ours),
    ratios(naive),
    ...[ours, naive, raw].map((turns) => median(turns.map(({ p99Ms }) => p99Ms)).toFixed(0)),
  ];
};

/** Memory that one idle subscription holds, in KB: of live objects, and of the process. */
const weigh = async ({ server: { url, ...server } }: Contender): Promise<readonly [held: number, resident: number]> => {
  const operationOf = operationAmong(1);
  await (await openCrowd({ url, size: 200, operationOf })).close();
  await delay(500);
  const before = [await server.held(), (await server.usage()).rssBytes] as const;
  const crowd = await openCrowd({ url, size: IDLE_SOCKETS, operationOf });
  // Beyond the time that a client has to introduce itself.
  await delay(4_000);
  const after = [await server.held(), (await server.usage()).rssBytes] as const;
  await crowd.close();
  return [0, 1].map((kind) => ((after[kind] ?? 0) - (before[kind] ?? 0)) / IDLE_SOCKETS / 1_024) as [number, number];
};

const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
const portico = await startChild("portico", {
  env: {
    PORT: "0",
    GATEWAY_URL: sandbox.url,
    ACCESS: "open",
    GATEWAY_AUTH_TOKEN: sandbox.token ?? "",
    LINK_SECRET: CALLBACK_SECRET,
    CALLBACK_SECRET,
    LOG_LEVEL: "error",
  },
});
const frame = ({ result }: Written): string =>
  JSON.stringify({ id: randomUUID(), type: "next", payload: { data: { punchAdded: result } } });
const contenders: readonly Contender[] = [
  {
    name: "Portico",
    server: portico,
    path: `/callbacks/${CALLBACK_SECRET}?stgid=${DEVICE}`,
    bodyOf: (written) => JSON.stringify({ PunchLog: { Log: written.map(({ row }) => row) } }),
    fraction: 1,
  },
  {
    name: "graphql-ws",
    server: await startChild("naive-fanout"),
    path: "/",
    bodyOf: (written) => JSON.stringify(written.map(({ result }) => result)),
    fraction: NAIVE_FRACTION,
  },
  {
    name: "ws",
    server: await startChild("raw-fanout"),
    path: "/",
    bodyOf: (written) => written.map(frame).join("\n"),
    fraction: 1,
  },
];

const weights: (readonly string[])[] = [];
for (const contender of contenders) {
  weights.push([contender.name, ...(await weigh(contender)).map((kilobytes) => kilobytes.toFixed(1))]);
}
const rows: (readonly string[])[] = [];
for (const each of FANOUT_CASES) rows.push(await measure(each, contenders));
for (const { server } of contenders) await server.stop();
await sandbox.stop();

const head = [
  "",
  "CPU µs a delivery, Portico",
  "graphql-ws",
  "ws",
  "Portico / ws",
  "graphql-ws / ws",
  "p99 ms, Portico",
  "graphql-ws",
  "ws",
];
process.stdout.write(`${table(["an idle subscription", "KB in use", "KB resident"], weights)}

${table(head, rows)}

Medians of ${ROUNDS} rounds, ratios with the least and the most.
`);
