import { Redis } from "ioredis";
import { setup } from "../scripts/redis.ts";
import { startRedis } from "../test/kit/redis.ts";
import { type ChildProgram, startChild } from "./child.ts";
import { type Poster, startPoster } from "./poster.ts";
import { median, medianWithQuartiles, quantile } from "./statistics.ts";
import { table } from "./table.ts";
import { BUSY_WORLD } from "./world.ts";

/**
 * Measures from a callback to its acknowledgement, with a real Redis and its append-only file: Portico, which authenticates,
 * decodes, deduplicates, stores and publishes, next to a route inside Yoga that does the same, and to the limit, node:http
 * and XADD. They take turns.
 */
const ROUNDS = 11;
/** What runs once in a request is at its best after 10,000 to 20,000 requests. */
const WARM_UP = 20;
const REQUESTS = 2_000;
/** A gateway sends the events of a device one at a time, so its concurrency is its number of devices. */
const DEVICES = [10, 64] as const;
const SECRET = "ingest-ingest-ingest-ingest-ingest-ingest";

interface Contender {
  readonly server: ChildProgram;
  readonly path: string;
}

interface Turn {
  readonly cpuUs: number;
  readonly redisCpuUs: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

setup();
const redis = await startRedis({ appendfsync: "everysec" });
const client = new Redis(redis.url);
const sandbox = await startChild("sandbox", { argument: BUSY_WORLD });
const token = sandbox.token ?? "";
const { url: REDIS_URL } = redis;

let events = 0;
/** Creates a punch that was not sent before. */
const nextBody = (): string => {
  events += 1;
  const at = new Date(Date.parse("2026-06-21T00:00:00Z") + events * 1_000).toISOString();
  return JSON.stringify({
    Event: "attendance.new",
    EventID: `evt_${events}`,
    AuthToken: token,
    Time: `${at.slice(0, 10)} ${at.slice(11, 19)} GMT +0000`,
    Attempt: 1,
    DeviceSN: "SN7A2300583",
    DeviceLabel: "Main Gate",
    EmployeeCode: String(events % 5_000),
    AttendanceLog: `${at.slice(0, 10)} ${at.slice(11, 19)}`,
    UtcOffset: "+00:00",
    Type: "face",
    Direction: "CheckIn",
    PunchID: `pun_${events}`,
    Temperature: 36.6,
    FaceMask: null,
    HasPhoto: true,
  });
};

const redisCpuMs = async (): Promise<number> => {
  const info = await client.info("cpu");
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1]);
  return (seconds("used_cpu_sys") + seconds("used_cpu_user")) * 1_000;
};

const takeTurn = async ({ server }: Contender, poster: Poster): Promise<Turn> => {
  const [before, redisBefore] = [await server.usage(), await redisCpuMs()];
  const startedAt = performance.now();
  const latencies = await poster.run(REQUESTS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const [after, redisAfter] = [await server.usage(), await redisCpuMs()];
  return {
    cpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / REQUESTS,
    redisCpuUs: ((redisAfter - redisBefore) * 1_000) / REQUESTS,
    perSecond: REQUESTS / seconds,
    p99Ms: quantile(latencies, 0.99),
  };
};

const measure = async (connections: number, contenders: readonly Contender[]): Promise<readonly string[][]> => {
  const entrants: { readonly contender: Contender; readonly poster: Poster; readonly turns: Turn[] }[] = [];
  for (const contender of contenders) {
    const poster = await startPoster({ url: contender.server.url, path: contender.path, connections, nextBody });
    entrants.push({ contender, poster, turns: [] });
  }
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const { contender, poster, turns } of entrants) {
      const turn = await takeTurn(contender, poster);
      if (round >= 0) turns.push(turn);
    }
  }
  for (const { poster } of entrants) poster.stop();
  const limit = entrants.at(-1)?.turns ?? [];
  const ratio = (turns: readonly Turn[], pick: (turn: Turn) => number) =>
    medianWithQuartiles(turns.map((turn, round) => pick(turn) / pick(limit[round] ?? turn)));
  return entrants.map(({ turns }, index) => [
    `${CONTENDER_NAMES[index]}, ${connections} connections`,
    median(turns.map(({ cpuUs }) => cpuUs)).toFixed(0),
    ratio(turns, ({ cpuUs }) => cpuUs),
    median(turns.map(({ redisCpuUs }) => redisCpuUs)).toFixed(0),
    Math.round(median(turns.map(({ perSecond }) => perSecond))).toLocaleString("en"),
    ratio(turns, ({ perSecond }) => perSecond),
    median(turns.map(({ p99Ms }) => p99Ms)).toFixed(1),
  ]);
};

const CONTENDER_NAMES = ["Portico", "a route inside Yoga", "node:http and XADD"] as const;
const env = { REDIS_URL };
const contenders: readonly Contender[] = [
  {
    server: await startChild("portico", {
      env: {
        ...env,
        PORT: "0",
        GATEWAY_URL: sandbox.url,
        ACCESS: "open",
        GATEWAY_AUTH_TOKEN: token,
        LINK_SECRET: SECRET,
        CALLBACK_SECRET: SECRET,
      },
    }),
    path: `/callbacks/${SECRET}`,
  },
  { server: await startChild("naive-ingest", { env: { ...env, TOKEN: token } }), path: "/callbacks" },
  { server: await startChild("raw-ingest", { env }), path: "/callbacks" },
];

const rows: (readonly string[])[] = [];
for (const connections of DEVICES) rows.push(...(await measure(connections, contenders)));
for (const { server } of contenders) await server.stop();
await sandbox.stop();
client.disconnect();
await redis.stop();

const head = [
  "",
  "CPU µs per acknowledgement",
  "ratio to the limit",
  "CPU µs of Redis",
  "acknowledgements/s",
  "ratio to the limit",
  "p99 ms",
];
process.stdout.write(`${table(head, rows)}

Medians of ${ROUNDS} rounds; ratios with quartiles.
`);
