import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import {
  type Answer,
  type MutationResult,
  inParallel,
  sendWithRetries,
  statusesOf,
  type FailureCounts,
} from "./commands.clients.ts";
import { type CommandGateway, type GatewayReport, startCommandGateway } from "./commands.gateway.ts";
import { judge, type Verdict } from "./commands.verdict.ts";
import { createRequests } from "./commands.requests.ts";
import { createInstance, type Instance } from "./instance.ts";
import { PORTICO } from "./portico.ts";
import { startRelay } from "./relay.ts";

export interface Plan {
  readonly seed: number;
  readonly mutations: number;
  /** The number of concurrent clients. */
  readonly clients: number;
  readonly kills: number;
  readonly deadlineMs: number;
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly results: readonly MutationResult[];
  readonly report: GatewayReport;
  readonly failures: FailureCounts;
  readonly kills: number;
  /** The number of keys that were used again at the end. */
  readonly repeatedKeys: number;
  readonly complaints: readonly string[];
  readonly sentInSeconds: number;
  readonly seconds: number;
}

const SPEED = 20;
const SETTLE_MS = 120_000;
const REPEATED_KEYS = 500;

const since = (startedAt: number): number => performance.now() - startedAt;

/** Kills one instance at each of these shares of the mutations and restarts it immediately. */
const killAt = async (
  points: readonly number[],
  instances: readonly Instance[],
  random: () => number,
  share: () => number,
  isFinished: () => boolean,
): Promise<number> => {
  let kills = 0;
  for (const point of points) {
    if (!(await holds(() => share() >= point, { timeoutMs: Infinity, intervalMs: 3, giveUp: isFinished }))) break;
    const instance = instances[Math.floor(random() * instances.length)];
    await instance?.kill();
    kills += 1;
    await instance?.start();
  }
  return kills;
};

/** Waits until every command is final. */
const settle = async (gateway: CommandGateway): Promise<void> => {
  const isOpen = ({ commands }: GatewayReport) =>
    commands.some(({ CommandStatus }) => CommandStatus === "Queued" || CommandStatus === "Sent");
  await holds(async () => !isOpen(await gateway.report()), { timeoutMs: SETTLE_MS, intervalMs: 500 });
};

const summary = (answer: Answer | null): string =>
  answer === null
    ? "no answer"
    : [...answer.commands.map(({ status }) => status), ...answer.refusals].join(", ") || "no command";

/** Sends requests again with the same keys; they must return the same commands. */
const repeatKeys = async (results: readonly MutationResult[], urlOf: () => string, random: () => number) => {
  const answered = results.filter(({ answer }) => answer !== null && answer.commands.length > 0);
  const step = Math.max(1, Math.floor(answered.length / REPEATED_KEYS));
  const chosen = answered.filter((_ending, index) => index % step === 0);
  const violations: string[] = [];
  await inParallel(chosen, 20, async ({ request, answer }) => {
    const { answer: second } = await sendWithRetries(request, urlOf, random, new Map());
    const ids = new Set(second?.commands.map(({ id }) => id));
    const missing = answer?.commands.filter(({ id, status }) => status !== "UNKNOWN" && !ids.has(id)) ?? [];
    if (missing.length > 0)
      violations.push(`${request.mutation} ${request.key}: first ${summary(answer)}, then ${summary(second)}`);
  });
  return { again: chosen.length, violations };
};

export const runCommands = async (plan: Plan): Promise<Outcome> => {
  const { seed, mutations, clients, deadlineMs } = plan;
  const startedAt = performance.now();
  const isAborted = () => since(startedAt) > deadlineMs;
  const random = createRandom(seed, "command run");
  const redis = await startRedis({ appendfsync: "everysec" });
  const gateway = await startCommandGateway({ seed, speed: SPEED });
  const instances: Instance[] = [];
  const balancer = await startRelay({ targets: () => instances.map(({ port }) => port), random });
  try {
    const wiring = PORTICO.env({ gateway, publicUrl: `http://127.0.0.1:${balancer.port}`, redisUrl: redis.url });
    // All clients are one caller, which must not meet its own quotas.
    const env = { ...wiring, LIMIT_CREDENTIALS: "1000000", LIMIT_DOORS: "1000000" };
    for (let count = 0; count < 2; count += 1) instances.push(await createInstance(PORTICO.file, env));
    await Promise.all(instances.map((instance) => instance.start()));
    const urlOf = () => `http://127.0.0.1:${instances[Math.floor(random() * instances.length)]?.port}`;

    const requests = createRequests(seed, mutations, gateway.devices);
    const points = Array.from({ length: plan.kills }, () => 0.02 + 0.93 * random()).toSorted((a, b) => a - b);
    const results: MutationResult[] = [];
    const failures: FailureCounts = new Map();
    let isFinished = false;
    gateway.instruct("startFaults");
    const killsPending = killAt(
      points,
      instances,
      random,
      () => results.length / mutations,
      () => isFinished,
    );
    const sendRequest = async (request: (typeof requests)[number]) => {
      results.push(await sendWithRetries(request, urlOf, random, failures));
    };
    await inParallel(requests, clients, sendRequest, isAborted);
    isFinished = true;
    const sentInSeconds = since(startedAt) / 1000;
    const kills = await killsPending;
    gateway.instruct("stopFaults");
    await settle(gateway);
    const repetition = await repeatKeys(results, urlOf, random);
    await settle(gateway);
    const ids = results.flatMap(({ answer }) => (answer?.commands ?? []).map(({ id }) => id));
    const statuses = await statusesOf(urlOf(), ids);
    const report = await gateway.report();
    const verdict = judge({ results, statuses, report });
    return {
      verdict: { ...verdict, violations: [...verdict.violations, ...repetition.violations] },
      results,
      report,
      failures,
      kills,
      repeatedKeys: repetition.again,
      complaints: instances.flatMap(({ complaints }) => [...complaints].map(([text, times]) => `${times} x ${text}`)),
      sentInSeconds,
      seconds: since(startedAt) / 1000,
    };
  } finally {
    for (const instance of instances) await instance.kill();
    await balancer.stop();
    await gateway.stop();
    await redis.stop();
  }
};
