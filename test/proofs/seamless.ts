import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import { inParallel } from "../faults/commands.clients.ts";
import { startRelay } from "../faults/relay.ts";
import { type GraphQLClient, createGraphQLClient } from "./client.ts";
import { startPrograms, urlOf } from "./program.ts";
import { claim, count, type Proof } from "./proof.ts";
import { type RemoteSandbox, startRemoteSandbox } from "./sandbox.ts";

const ROUNDS = 1_000;
const CONCURRENCY = 20;
/** Noon in the devices' time zone: only the proof's punches are newer. */
const START = Date.parse("2026-06-21T06:30:00Z");
const DEVICES = 30;
const ANSWER_DELAY_MS = 40;
/**
 * The minimum duration of a round. The snapshot is a page of the newest 500 punches, by second and device: at more than 250 a
 * second it can lack punches that are only just made, and they look lost.
 */
const MIN_ROUND_MS = 400;
/** A punch that is missing by then is lost, however slow the machine is. */
const TIMEOUT_MS = 60_000;

/** Employee codes of the rounds; the seeded account has other codes, among them 77777777. */
const [FIRST_CODE, CODES_PER_ROUND] = [1_000_000, 10];
const isOfRound = (code: string): boolean =>
  Number(code) >= FIRST_CODE && Number(code) < FIRST_CODE + ROUNDS * CODES_PER_ROUND;

const SNAPSHOT = `{ attendanceToday { cursor punches(first: 500) { nodes { user { employeeCode } } } } }`;
const FOLLOW = `subscription ($after: EventCursor) { punchAdded(after: $after) { gap punch { user { employeeCode } } } }`;

interface Row {
  readonly user: { readonly employeeCode: string };
}
interface TodayData {
  readonly attendanceToday: { readonly cursor: string; readonly punches: { readonly nodes: readonly Row[] } } | null;
}
interface PunchAddedData {
  readonly punchAdded: { readonly gap: boolean; readonly punch: Row };
}

/** What one client received, by employee code; each punch has its own employee code. */
interface Round {
  readonly snapshot: readonly string[];
  readonly followed: readonly string[];
  /** In the order in which they were made; the last one arrives after all others. */
  readonly punches: readonly string[];
  readonly gaps: number;
}

const follow = (url: string, after: string) => {
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const codes: string[] = [];
  let gaps = 0;
  client.subscribe<PunchAddedData>(
    { query: FOLLOW, variables: { after } },
    {
      next({ data }) {
        if (data == null) return;
        codes.push(data.punchAdded.punch.user.employeeCode);
        if (data.punchAdded.gap) gaps += 1;
      },
      error: () => {},
      complete: () => {},
    },
  );
  return { codes, gaps: () => gaps, stop: () => client.dispose() };
};

interface RoundContext {
  readonly sandbox: RemoteSandbox;
  readonly clients: readonly GraphQLClient[];
  readonly urls: readonly string[];
  readonly random: () => number;
}

/** Punches before the query, during it, after its answer, and while the subscription starts. */
const runRound = async ({ sandbox, clients, urls, random }: RoundContext, number: number): Promise<Round> => {
  const DeviceSN = `SN7X${String(11 + (number % CONCURRENCY)).padStart(7, "0")}`;
  const punches: string[] = [];
  const punch = () => {
    const EmployeeCode = String(FIRST_CODE + number * CODES_PER_ROUND + punches.length);
    punches.push(EmployeeCode);
    return sandbox.punch({ DeviceSN, EmployeeCode });
  };
  const shortDelay = () => delay(random() * 20);
  const anyOf = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
  await punch();
  if (random() < 0.5) await shortDelay();
  const pendingReply = anyOf(clients)?.ask<TodayData>(SNAPSHOT);
  await shortDelay();
  await punch();
  const { data, outcome } = (await pendingReply) ?? { data: null, outcome: "no reply" };
  if (data?.attendanceToday == null) throw new Error(`The query must be answered; its outcome is ${outcome}.`);
  const { cursor, punches: page } = data.attendanceToday;
  await punch();
  if (random() < 0.5) await shortDelay();
  const follower = follow(anyOf(urls) ?? "", cursor);
  await shortDelay();
  await punch();
  const has = (code: string) => holds(() => follower.codes.includes(code), { timeoutMs: TIMEOUT_MS });
  await has(punches.at(-1) ?? "");
  await punch();
  await has(punches.at(-1) ?? "");
  await follower.stop();
  const snapshot = page.nodes.map(({ user }) => user.employeeCode);
  return { snapshot, followed: follower.codes, punches, gaps: follower.gaps() };
};

/** Finds the round's own punches that are missing, and any that arrived twice, including those of concurrent rounds. */
const findFaults = ({ snapshot, followed, punches }: Round) => {
  const codes = new Set<string>();
  const duplicates = [...snapshot, ...followed].filter(
    (code) => isOfRound(code) && codes.size === codes.add(code).size,
  );
  return { missing: punches.filter((code) => !codes.has(code)), duplicates };
};

export const SEAMLESS: Proof = {
  name: "seamless",
  about: [
    `${count(ROUNDS)} times today's snapshot from one of two instances, then a subscription at one of them`,
    "punches before, between and after",
  ].join("; "),
  async run(seed) {
    const random = createRandom(seed, "seamless");
    const redis = await startRedis();
    const sandbox = await startRemoteSandbox({ seed, start: START, people: 5, devices: DEVICES });
    const ports: number[] = [];
    const balancer = await startRelay({ targets: () => ports, random });
    const publicUrl = `http://127.0.0.1:${balancer.port}`;
    const starting = startPrograms(2, { gateway: sandbox, publicUrl, redisUrl: redis.url });
    const instances = await starting;
    ports.push(...instances.map(({ port }) => port));
    const urls = instances.map(urlOf);
    const clients = urls.map(createGraphQLClient);
    try {
      await sandbox.addFault({ operation: "GetTodayAttendance", kind: "delay", ms: ANSWER_DELAY_MS, times: null });
      const rounds: Round[] = [];
      const numbers = Array.from({ length: ROUNDS }, (_, number) => number);
      await inParallel(numbers, CONCURRENCY, async (number) => {
        const [round] = await Promise.all([runRound({ sandbox, clients, urls, random }, number), delay(MIN_ROUND_MS)]);
        rounds.push(round);
      });
      const verdicts = rounds.map(findFaults);
      const missing = verdicts.flatMap((verdict) => verdict.missing);
      const duplicates = verdicts.flatMap((verdict) => verdict.duplicates);
      const split = [0, 1, 2, 3, 4].map((place) => {
        const inSnapshot = rounds.filter(({ snapshot, punches }) => snapshot.includes(punches[place] ?? "")).length;
        return `${count(inSnapshot)} : ${count(ROUNDS - inSnapshot)}`;
      });
      const inBoth = rounds.filter(({ snapshot, punches }) => snapshot.includes(punches[1] ?? "")).length;
      const gaps = rounds.reduce((sum, round) => sum + round.gaps, 0);
      return [
        claim(
          "punches fall on both sides of the snapshot",
          `in the snapshot : in the subscription, for the five punches of each round: ${split.join("; ")}`,
          inBoth > ROUNDS / 20 && inBoth < ROUNDS * 0.95,
        ),
        claim("no punch is missing", `${missing.length} ${missing.slice(0, 5).join(", ")}`, missing.length === 0),
        claim(
          "no punch arrives twice",
          `${duplicates.length} ${duplicates.slice(0, 5).join(", ")}`,
          duplicates.length === 0,
        ),
        claim("no gap is reported", String(gaps), gaps === 0),
      ];
    } finally {
      await Promise.all(clients.map(({ stop }) => stop()));
      for (const instance of instances) await instance.kill();
      await balancer.stop();
      await sandbox.stop();
      await redis.stop();
    }
  },
};
