import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import { type Answer, type Ending, inParallel, insist, statusesOf, type Troubles } from "./commands.clients.ts";
import { type CommandGateway, type Report, startCommandGateway } from "./commands.gateway.ts";
import { judge, type Verdict } from "./commands.verdict.ts";
import { makeWishes } from "./commands.wishes.ts";
import { createInstance, type Instance } from "./instance.ts";
import { PORTICO } from "./portico.ts";
import { startRelay } from "./relay.ts";

export interface Plan {
  readonly seed: number;
  readonly mutations: number;
  /** How many clients at once. */
  readonly clients: number;
  readonly kills: number;
  readonly deadlineMs: number;
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly endings: readonly Ending[];
  readonly report: Report;
  readonly troubles: Troubles;
  readonly kills: number;
  /** Keys that were used once more when all was over. */
  readonly again: number;
  readonly complaints: readonly string[];
  readonly givenIn: number;
  readonly seconds: number;
}

const SPEED = 20;
const SETTLE_MS = 40_000;
const AGAIN = 500;

const since = (began: number): number => performance.now() - began;

/** Kills one of them at each of these shares of the mutations, and starts it again at once. */
const killAt = async (
  points: readonly number[],
  instances: readonly Instance[],
  random: () => number,
  share: () => number,
  isOver: () => boolean,
): Promise<number> => {
  let kills = 0;
  for (const point of points) {
    if (!(await holds(() => share() >= point, { timeoutMs: Infinity, intervalMs: 3, giveUp: isOver }))) break;
    const instance = instances[Math.floor(random() * instances.length)];
    await instance?.kill();
    kills += 1;
    await instance?.start();
  }
  return kills;
};

/** Waits until no command is queued or sent. */
const settle = async (gateway: CommandGateway): Promise<void> => {
  const isOpen = ({ commands }: Report) =>
    commands.some(({ CommandStatus }) => CommandStatus === "Queued" || CommandStatus === "Sent");
  await holds(async () => !isOpen(await gateway.report()), { timeoutMs: SETTLE_MS, intervalMs: 500 });
};

const summary = (answer: Answer | null): string =>
  answer === null
    ? "no answer"
    : [...answer.commands.map(({ status }) => status), ...answer.refusals].join(", ") || "nothing";

/** The same keys once more get the same commands. */
const tellAgain = async (endings: readonly Ending[], urlOf: () => string, random: () => number) => {
  const answered = endings.filter(({ answer }) => answer !== null && answer.commands.length > 0);
  const step = Math.max(1, Math.floor(answered.length / AGAIN));
  const chosen = answered.filter((_ending, index) => index % step === 0);
  const violations: string[] = [];
  await inParallel(chosen, 20, async ({ wish, answer }) => {
    const { answer: second } = await insist(wish, urlOf, random, new Map());
    const ids = new Set(second?.commands.map(({ id }) => id));
    const missing = answer?.commands.filter(({ id, status }) => status !== "UNKNOWN" && !ids.has(id)) ?? [];
    if (missing.length > 0)
      violations.push(`${wish.mutation} ${wish.key}: first ${summary(answer)}, then ${summary(second)}`);
  });
  return { again: chosen.length, violations };
};

export const runCommands = async (plan: Plan): Promise<Outcome> => {
  const { seed, mutations, clients, deadlineMs } = plan;
  const began = performance.now();
  const isInVain = () => since(began) > deadlineMs;
  const random = createRandom(seed, "command run");
  const redis = await startRedis({ appendfsync: "everysec" });
  const gateway = await startCommandGateway({ seed, speed: SPEED });
  const instances: Instance[] = [];
  const balancer = await startRelay({ targets: () => instances.map(({ port }) => port), random });
  try {
    const env = PORTICO.env({ gateway, publicUrl: `http://127.0.0.1:${balancer.port}`, redisUrl: redis.url });
    for (let count = 0; count < 2; count += 1) instances.push(await createInstance(PORTICO.file, env));
    await Promise.all(instances.map((instance) => instance.start()));
    const urlOf = () => `http://127.0.0.1:${instances[Math.floor(random() * instances.length)]?.port}`;

    const wishes = makeWishes(seed, mutations, gateway.devices);
    const points = Array.from({ length: plan.kills }, () => 0.02 + 0.93 * random()).toSorted((a, b) => a - b);
    const endings: Ending[] = [];
    const troubles: Troubles = new Map();
    let over = false;
    gateway.tell("strike");
    const killing = killAt(
      points,
      instances,
      random,
      () => endings.length / mutations,
      () => over,
    );
    const give = async (wish: (typeof wishes)[number]) => {
      endings.push(await insist(wish, urlOf, random, troubles));
    };
    await inParallel(wishes, clients, give, isInVain);
    over = true;
    const givenIn = since(began) / 1000;
    const kills = await killing;
    gateway.tell("heal");
    await settle(gateway);
    const told = await tellAgain(endings, urlOf, random);
    await settle(gateway);
    const ids = endings.flatMap(({ answer }) => (answer?.commands ?? []).map(({ id }) => id));
    const statuses = await statusesOf(urlOf(), ids);
    const report = await gateway.report();
    const verdict = judge({ endings, statuses, report });
    return {
      verdict: { ...verdict, violations: [...verdict.violations, ...told.violations] },
      endings,
      report,
      troubles,
      kills,
      again: told.again,
      complaints: instances.flatMap(({ complaints }) => [...complaints].map(([text, times]) => `${times} x ${text}`)),
      givenIn,
      seconds: since(began) / 1000,
    };
  } finally {
    for (const instance of instances) await instance.kill();
    await balancer.stop();
    await gateway.stop();
    await redis.stop();
  }
};
