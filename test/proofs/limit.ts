import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../../bench/statistics.ts";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { busiestSecond, startLoad } from "../kit/gateway/load.ts";
import { type GraphQLClient, createGraphQLClient } from "./client.ts";
import { startPrograms, urlOf } from "./program.ts";
import { claim, count, milliseconds, type Proof } from "./proof.ts";
import { startRemoteSandbox } from "./sandbox.ts";

const RATE = { perSecond: 10, burst: 20 };
const DOORS_A_SECOND = 4;
const TURN_MS = 8_000;
const ROUNDS = 10;
const MAX_RATIO = 2;
/** How long a device takes to open its door. */
const ACKNOWLEDGE_MS = 200;
const START = "2026-06-21T04:00:00Z";
const DOORS = ["SN7A2300583", "SN7C0400311"] as const;
const EXPORTS = 2;
const READERS = 6;

const OPEN = `mutation ($n: String!) {
  openDoor(input: { serialNumber: $n, options: { waitSeconds: 5 } }) { command { status } userErrors { code } }
}`;
const EXPORT = `query ($from: LocalDateTime!, $to: LocalDateTime!) { attendanceExport(from: $from, to: $to) { url } }`;
const READ = `query ($from: LocalDateTime!, $to: LocalDateTime!) {
  punches(from: $from, to: $to, first: 500) { nodes { localTime } pageInfo { hasNextPage } }
}`;

interface OpenDoorData {
  readonly openDoor: {
    readonly command: { readonly status: string } | null;
    readonly userErrors: readonly { readonly code: string }[];
  } | null;
}

/** Opens doors for `TURN_MS` and returns the latency of each. */
const openDoors = async (clients: readonly GraphQLClient[], doors: Map<string, number>): Promise<readonly number[]> => {
  const times: number[] = [];
  const load = startLoad(DOORS_A_SECOND, async (number) => {
    const client = clients[number % clients.length];
    const reply = await client?.ask<OpenDoorData>(OPEN, { n: DOORS[number % DOORS.length] });
    times.push(reply?.ms ?? Number.NaN);
    const { command, userErrors = [] } = reply?.data?.openDoor ?? {};
    const outcome = command?.status ?? userErrors[0]?.code ?? reply?.outcome ?? "nothing";
    doors.set(outcome, (doors.get(outcome) ?? 0) + 1);
    return outcome;
  });
  await delay(TURN_MS);
  load.stop();
  await load.ended;
  return times;
};

/** Starts bulk reads: downloads and pages, each of a different period. */
const startBulk = (urls: readonly string[], clients: readonly GraphQLClient[], random: () => number) => {
  const controller = new AbortController();
  const { signal } = controller;
  let [downloads, pages] = [0, 0];
  const period = () => {
    const from = Date.parse("2026-05-20T00:00:00Z") + Math.floor(random() * 20 * 86_400) * 1_000;
    const text = (time: number) => new Date(time).toISOString().slice(0, 19);
    return { from: text(from), to: text(from + 86_400_000 * 10) };
  };
  const anyOf = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
  const download = async () => {
    while (!signal.aborted) {
      const reply = await anyOf(clients)?.ask<{ attendanceExport: { url: string } }>(EXPORT, period());
      const url = reply?.data?.attendanceExport.url;
      const { pathname = "", search = "" } = url === undefined ? {} : new URL(url);
      const target = `${anyOf(urls)}${pathname}${search}`;
      const response = await fetch(target, { signal }).catch(() => null);
      await response?.text().catch(() => null);
      if (response?.status === 200) downloads += 1;
      else await delay(100);
    }
  };
  const page = async () => {
    while (!signal.aborted) {
      const reply = await anyOf(clients)?.ask(READ, period());
      if (reply?.outcome === "answered") pages += 1;
      else await delay(100);
    }
  };
  const loops = [...Array.from({ length: EXPORTS }, download), ...Array.from({ length: READERS }, page)];
  return {
    counts: () => `${count(downloads)} downloads, ${count(pages)} pages`,
    downloads: () => downloads,
    async stop() {
      controller.abort();
      await Promise.all(loops);
    },
  };
};

export const LIMIT: Proof = {
  name: "limit",
  about: [
    `three instances on one Redis, a gateway that accepts ${RATE.perSecond} requests a second and bursts of ${RATE.burst}`,
    "doors alone and with reports, in turns",
  ].join("; "),
  async run(seed) {
    const redis = await startRedis();
    const start = Date.parse(START);
    const sandbox = await startRemoteSandbox({ seed, start, rate: RATE, acknowledgeMs: ACKNOWLEDGE_MS });
    const instances = await startPrograms(3, { gateway: sandbox, redisUrl: redis.url });
    const urls = instances.map(urlOf);
    const clients = urls.map(createGraphQLClient);
    const random = createRandom(seed, "reports");
    try {
      const doors = new Map<string, number>();
      const [alone, withReports]: [number[], number[]] = [[], []];
      const bulkCounts: string[] = [];
      await openDoors(clients, new Map());
      let downloads = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        alone.push(...(await openDoors(clients, doors)));
        const bulk = startBulk(urls, clients, random);
        await delay(2_000);
        withReports.push(...(await openDoors(clients, doors)));
        await bulk.stop();
        bulkCounts.push(bulk.counts());
        downloads += bulk.downloads();
        // Until the bucket is full again, as it is when only doors are opened.
        await delay((RATE.burst / RATE.perSecond) * 1_000);
      }
      const entries = await sandbox.entries(0);
      const busiest = busiestSecond(entries);
      const rejected = entries.filter(({ http }) => http === 429).length;
      const seconds = ((entries.at(-1)?.realAt ?? 0) - (entries[0]?.realAt ?? 0)) / 1_000;
      const [p99Alone, p99Beside] = [quantile(alone, 0.99), quantile(withReports, 0.99)];
      const latency = (times: readonly number[]) =>
        `p50 ${milliseconds(quantile(times, 0.5))}, p99 ${milliseconds(quantile(times, 0.99))} of ${times.length}`;
      return [
        claim(
          `no second has more than ${RATE.perSecond + RATE.burst} requests`,
          `${busiest} in the busiest of ${seconds.toFixed(0)} seconds with ${count(entries.length)} requests`,
          busiest <= RATE.perSecond + RATE.burst,
        ),
        claim("at most one request in fifty is rejected", `${rejected} x 429`, rejected <= entries.length / 50),
        claim("reports use the limit", bulkCounts.join("; "), downloads > 0),
        claim(
          `p99 of openDoor with reports is at most ${MAX_RATIO} x that of openDoor alone`,
          `${(p99Beside / p99Alone).toFixed(2)} x (${latency(withReports)}; alone ${latency(alone)})`,
          p99Beside <= MAX_RATIO * p99Alone,
        ),
        claim(
          "every door opens",
          [...doors].map(([outcome, times]) => `${times} x ${outcome}`).join(", "),
          [...doors.keys()].every((outcome) => outcome === "SUCCEEDED"),
        ),
      ];
    } finally {
      await Promise.all(clients.map(({ stop }) => stop()));
      for (const instance of instances) await instance.kill();
      await sandbox.stop();
      await redis.stop();
    }
  },
};
