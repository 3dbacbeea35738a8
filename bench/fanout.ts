import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { type ChildProgram, startChild } from "./child.ts";
import { type SubscriberCrowd, openCrowd } from "./subscribers.ts";
import { DEVICE, FANOUT_CASES, type FanoutCase, operationAmong, writeEvent, type EventForms } from "./fanout.cases.ts";
import { measureResume } from "./resume.ts";
import { median, medianWithQuartiles, quantile } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * Sends events to many subscribers: measures the server's CPU time per delivery and its latency. Portico runs next to
 * graphql-ws as documented and to the limit, `ws` sending prepared bytes. All receive events over HTTP, store nothing outside
 * their process, and take turns. Then a client comes back to a full log in Redis.
 */
const ROUNDS = 11;
const WARM_UP = 2;
/** The naive contender is so much slower that a fraction of the events is enough. */
const NAIVE_FRACTION = 6;
const TIMEOUT_MS = 30_000;
const IDLE_SOCKETS = 3_000;
const CALLBACK_SECRET = "fanout-fanout-fanout-fanout-fanout-fanout";

interface Contender {
  readonly name: string;
  readonly server: ChildProgram;
  readonly path: string;
  readonly bodyOf: (events: readonly EventForms[]) => string;
  readonly fraction: number;
}

interface Turn {
  readonly cpuUs: number;
  readonly p99Ms: number;
}

let events = 0;

/** Sends a burst of events to a contender and waits until all subscribers have them. Returns the latency of each. */
const sendEvents = async (
  { name, server, path, bodyOf }: Contender,
  crowd: SubscriberCrowd,
  size: number,
  burst: number,
) => {
  const due = crowd.received() + size * burst;
  const latencies: number[] = [];
  const forms = Array.from({ length: burst }, () => writeEvent((events += 1)));
  const startedAt = performance.now();
  const complete = new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(
      () => reject(new Error(`${name} did not deliver all events within ${TIMEOUT_MS} ms.`)),
      TIMEOUT_MS,
    );
    crowd.onResult = (at) => {
      latencies.push(at - startedAt);
      if (crowd.received() < due) return;
      clearTimeout(timeout);
      resolve();
    };
  });
  const { statusCode, body } = await request(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: bodyOf(forms),
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`An event must be answered 200; received ${statusCode}.`);
  await complete;
  return latencies;
};

const takeTurn = async (
  contender: Contender,
  crowd: SubscriberCrowd,
  { sockets, burst, bursts }: FanoutCase,
): Promise<Turn> => {
  const times = Math.max(1, Math.ceil(bursts / contender.fraction));
  const latencies: number[] = [];
  const before = await contender.server.usage();
  for (let count = 0; count < times; count += 1)
    latencies.push(...(await sendEvents(contender, crowd, sockets, burst)));
  const after = await contender.server.usage();
  const deliveries = times * sockets * burst;
  return { cpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / deliveries, p99Ms: quantile(latencies, 0.99) };
};

const measure = async (each: FanoutCase, contenders: readonly Contender[]): Promise<readonly string[]> => {
  const operationOf = operationAmong(each.operations);
  const entrants: { readonly contender: Contender; readonly crowd: SubscriberCrowd; readonly turns: Turn[] }[] = [];
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
    medianWithQuartiles(turns.map((turn, round) => turn.cpuUs / (raw[round]?.cpuUs ?? Number.NaN)));
  return [
    [
      `${each.sockets.toLocaleString("en")} sockets`,
      `${each.operations} operations`,
      each.burst === 1 ? "single" : `bursts of ${each.burst}`,
    ].join(", "),
    ...[ours, naive, raw].map((turns) => median(turns.map(({ cpuUs }) => cpuUs)).toFixed(1)),
    ratios(ours),
    ratios(naive),
    ...[ours, naive, raw].map((turns) => median(turns.map(({ p99Ms }) => p99Ms)).toFixed(0)),
  ];
};

/** The memory of one idle subscription in KB: live objects and resident set. */
const measureMemory = async ({
  server: { url, ...server },
}: Contender): Promise<readonly [held: number, resident: number]> => {
  const operationOf = operationAmong(1);
  await (await openCrowd({ url, size: 200, operationOf })).close();
  await delay(500);
  const before = [await server.heldBytes(), (await server.usage()).rssBytes] as const;
  const crowd = await openCrowd({ url, size: IDLE_SOCKETS, operationOf });
  // Longer than the time that a client has for connection_init.
  await delay(4_000);
  const after = [await server.heldBytes(), (await server.usage()).rssBytes] as const;
  await crowd.close();
  return [0, 1].map((kind) => ((after[kind] ?? 0) - (before[kind] ?? 0)) / IDLE_SOCKETS / 1_024) as [number, number];
};

const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
const environment = {
  PORT: "0",
  GATEWAY_URL: sandbox.url,
  ACCESS: "open",
  GATEWAY_AUTH_TOKEN: sandbox.token ?? "",
  LINK_SECRET: CALLBACK_SECRET,
  CALLBACK_SECRET,
  LOG_LEVEL: "error",
};
const portico = await startChild("portico", { env: environment });
const frame = ({ result }: EventForms): string =>
  JSON.stringify({ id: randomUUID(), type: "next", payload: { data: { punchAdded: result } } });
const contenders: readonly Contender[] = [
  {
    name: "Portico",
    server: portico,
    path: `/callbacks/${CALLBACK_SECRET}?stgid=${DEVICE}`,
    bodyOf: (forms) => JSON.stringify({ PunchLog: { Log: forms.map(({ row }) => row) } }),
    fraction: 1,
  },
  {
    name: "graphql-ws",
    server: await startChild("naive-fanout"),
    path: "/",
    bodyOf: (forms) => JSON.stringify(forms.map(({ result }) => result)),
    fraction: NAIVE_FRACTION,
  },
  {
    name: "ws",
    server: await startChild("raw-fanout"),
    path: "/",
    bodyOf: (forms) => forms.map(frame).join("\n"),
    fraction: 1,
  },
];

const memory: (readonly string[])[] = [];
for (const contender of contenders) {
  memory.push([contender.name, ...(await measureMemory(contender)).map((kilobytes) => kilobytes.toFixed(1))]);
}
const rows: (readonly string[])[] = [];
for (const each of FANOUT_CASES) rows.push(await measure(each, contenders));
for (const { server } of contenders) await server.stop();
const resumed = await measureResume(environment, `/callbacks/${CALLBACK_SECRET}`);
await sandbox.stop();

const head = [
  "",
  "CPU µs per delivery, Portico",
  "graphql-ws",
  "ws",
  "Portico / ws",
  "graphql-ws / ws",
  "p99 ms, Portico",
  "graphql-ws",
  "ws",
];
process.stdout.write(`${table(["one idle subscription", "KB in use", "KB resident"], memory)}

${table(head, rows)}

${table(["a client that comes back to a full log", ""], resumed)}

Medians of ${ROUNDS} rounds; ratios with quartiles.
`);
