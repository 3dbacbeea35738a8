import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import { inParallel } from "../faults/commands.clients.ts";
import { startRelay } from "../faults/relay.ts";
import { type Asker, createAsker } from "./asker.ts";
import { startPrograms, urlOf } from "./program.ts";
import { claim, count, type Proof } from "./proof.ts";
import { type RemoteSandbox, startRemoteSandbox } from "./sandbox.ts";

const ROUNDS = 1_000;
const AT_ONCE = 20;
/** Noon where the devices are: nothing but their punches is newer. */
const START = Date.parse("2026-06-21T06:30:00Z");
const DEVICES = 30;
const SLOWEST_ANSWER_MS = 40;
const MAX_WAIT_MS = 15_000;

const SNAPSHOT = `{ attendanceToday { cursor punches(first: 500) { nodes { user { employeeCode } } } } }`;
const FOLLOW = `subscription ($after: EventCursor) { punchAdded(after: $after) { gap punch { user { employeeCode } } } }`;

interface Row {
  readonly user: { readonly employeeCode: string };
}
interface Today {
  readonly attendanceToday: { readonly cursor: string; readonly punches: { readonly nodes: readonly Row[] } } | null;
}
interface Followed {
  readonly punchAdded: { readonly gap: boolean; readonly punch: Row };
}

/** What one client got, by employee code; each punch here is of somebody else. */
interface Round {
  readonly snapshot: readonly string[];
  readonly followed: readonly string[];
  /** In the order in which they were made; the last one comes when all others have. */
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
  client.subscribe<Followed>(
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

interface Scene {
  readonly sandbox: RemoteSandbox;
  readonly askers: readonly Asker[];
  readonly urls: readonly string[];
  readonly random: () => number;
}

/** Somebody punches before the question, during it, after its answer, and while the subscription begins. */
const play = async ({ sandbox, askers, urls, random }: Scene, number: number): Promise<Round> => {
  const DeviceSN = `SN7X${String(11 + (number % AT_ONCE)).padStart(7, "0")}`;
  const punches: string[] = [];
  const punch = () => {
    const EmployeeCode = String(1_000_000 + number * 10 + punches.length);
    punches.push(EmployeeCode);
    return sandbox.punch({ DeviceSN, EmployeeCode });
  };
  const soon = () => delay(random() * 20);
  const any = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
  await punch();
  if (random() < 0.5) await soon();
  const asking = any(askers)?.ask<Today>(SNAPSHOT);
  await soon();
  await punch();
  const { data, outcome } = (await asking) ?? { data: null, outcome: "nothing" };
  if (data?.attendanceToday == null) throw new Error(`The question was answered with ${outcome}.`);
  const { cursor, punches: page } = data.attendanceToday;
  await punch();
  if (random() < 0.5) await soon();
  const follower = follow(any(urls) ?? "", cursor);
  await soon();
  await punch();
  const has = (code: string) => holds(() => follower.codes.includes(code), { timeoutMs: MAX_WAIT_MS });
  await has(punches.at(-1) ?? "");
  await punch();
  await has(punches.at(-1) ?? "");
  await follower.stop();
  const snapshot = page.nodes.map(({ user }) => user.employeeCode);
  return { snapshot, followed: follower.codes, punches, gaps: follower.gaps() };
};

/** Own punches that did not come, and any that came twice: also those of other rounds, which run at the same time. */
const judge = ({ snapshot, followed, punches }: Round) => {
  const seen = new Set<string>();
  const twice = [...snapshot, ...followed].filter(
    (code) => Number(code) >= 1_000_000 && seen.size === seen.add(code).size,
  );
  return { missing: punches.filter((code) => !seen.has(code)), twice };
};

export const SEAMLESS: Proof = {
  name: "seamless",
  about: `${count(ROUNDS)} times today's snapshot at one of two instances, then a subscription at one of them, with punches before, between and behind`,
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
    const askers = urls.map(createAsker);
    try {
      await sandbox.misbehave({ operation: "GetTodayAttendance", kind: "delay", ms: SLOWEST_ANSWER_MS, times: null });
      const rounds: Round[] = [];
      const numbers = Array.from({ length: ROUNDS }, (_, number) => number);
      await inParallel(numbers, AT_ONCE, async (number) => {
        rounds.push(await play({ sandbox, askers, urls, random }, number));
      });
      const verdicts = rounds.map(judge);
      const missing = verdicts.flatMap((verdict) => verdict.missing);
      const twice = verdicts.flatMap((verdict) => verdict.twice);
      const split = [0, 1, 2, 3, 4].map((place) => {
        const shown = rounds.filter(({ snapshot, punches }) => snapshot.includes(punches[place] ?? "")).length;
        return `${count(shown)} : ${count(ROUNDS - shown)}`;
      });
      const inBoth = rounds.filter(({ snapshot, punches }) => snapshot.includes(punches[1] ?? "")).length;
      const gaps = rounds.reduce((sum, round) => sum + round.gaps, 0);
      return [
        claim(
          "punches fall on either side of the snapshot",
          `shown by it : followed, of the five of each round: ${split.join("; ")}`,
          inBoth > ROUNDS / 20 && inBoth < ROUNDS * 0.95,
        ),
        claim("none is missing", `${missing.length} ${missing.slice(0, 5).join(", ")}`, missing.length === 0),
        claim("none comes twice", `${twice.length} ${twice.slice(0, 5).join(", ")}`, twice.length === 0),
        claim("no gap is told", String(gaps), gaps === 0),
      ];
    } finally {
      await Promise.all(askers.map(({ stop }) => stop()));
      for (const instance of instances) await instance.kill();
      await balancer.stop();
      await sandbox.stop();
      await redis.stop();
    }
  },
};
