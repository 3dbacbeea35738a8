import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis, type TestRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import type { Follower } from "./follower.ts";
import { type FaultGateway, type FeedProgress, startGateway } from "./gateway.ts";
import { createInstance, type Instance } from "./instance.ts";
import { disturbRedis, isRedisFault } from "./redis-faults.ts";
import { type Relay, startRelay } from "./relay.ts";
import { type FaultCounts, type Step, writeScript } from "./script.ts";
import { judge, type Verdict } from "./verdict.ts";

/** How the parts of a run reach each other. */
export interface Endpoints {
  readonly gateway: { readonly url: string; readonly token: string };
  /** The balancer's URL. */
  readonly publicUrl: string;
  readonly redisUrl: string;
}

/** A way to deliver callbacks to subscribers. */
export interface Wiring {
  readonly name: string;
  /** The program that three instances run. */
  readonly file: URL;
  readonly env: (places: Endpoints) => Readonly<Record<string, string>>;
  /** Called after all instances answer and before the first event. */
  readonly follow: (places: Endpoints) => Promise<readonly Follower[]>;
  /** Reads the log at the end from a new instance that no fault has affected; empty if nothing is stored. */
  readonly readBack: (url: string) => Promise<Follower["events"]>;
  readonly readerName: string | null;
}

export interface Plan {
  readonly seed: number;
  readonly events: number;
  readonly counts: FaultCounts;
  readonly deadlineMs: number;
}

export interface Outcome {
  readonly wiring: string;
  readonly acknowledged: number;
  /** Deliveries that were repeated. */
  readonly redelivered: number;
  readonly isDone: boolean;
  readonly redisKills: number;
  readonly instanceKills: number;
  readonly resets: number;
  readonly verdicts: readonly { readonly reader: string; readonly returns: number | null; readonly verdict: Verdict }[];
  readonly complaints: readonly string[];
  readonly seconds: number;
}

/** The clock's speed: retries follow after 50 ms at first and 1.5 s at last. */
const SPEED = 20;
/** Too long ago for any backfill: a lost event stays lost and is detected. */
const START = Date.parse("2026-06-21T05:00:00Z");
const MAX_OUTAGE_MS = 300;
/** Longer than a command to Redis may take. */
const MAX_HANG_MS = 3_000;
const DELAY_MS = 150;
const SETTLE_MS = 20_000;

/** Everything that a fault can affect. */
interface FaultTargets {
  readonly redis: TestRedis;
  readonly instances: readonly Instance[];
  readonly balancer: Relay;
  readonly redisRelays: readonly Relay[];
}

const pickOne = <Item>(items: readonly Item[], choice: number): Item => {
  const item = items[Math.floor(choice * items.length)];
  if (item === undefined) throw new Error("The list must not be empty.");
  return item;
};

/** Stops a process, and lets it go on. */
const hang = async ({ pid }: Instance, ms: number): Promise<void> => {
  const id = pid();
  if (id === undefined) return;
  process.kill(id, "SIGSTOP");
  await delay(ms);
  process.kill(id, "SIGCONT");
};

/** Applies one step of the script and waits for Redis; an instance restarts while the run continues. */
const applyFault = async (
  { fault, choice }: Step,
  targets: FaultTargets,
  starting: Set<Promise<void>>,
): Promise<void> => {
  const { redis, instances, balancer, redisRelays } = targets;
  if (fault === "kill Redis") {
    await redis.kill();
    await delay(choice * MAX_OUTAGE_MS);
    return redis.restart();
  }
  if (fault === "kill an instance") {
    await Promise.all(starting);
    const instance = pickOne(instances, choice);
    await instance.kill();
    const started = instance.start().finally(() => starting.delete(started));
    starting.add(started);
    return;
  }
  if (fault === "hang an instance") {
    await Promise.all(starting);
    return hang(pickOne(instances, choice), choice * MAX_HANG_MS);
  }
  if (isRedisFault(fault))
    return disturbRedis(fault, redis, choice * (fault === "hang Redis" ? MAX_HANG_MS : MAX_OUTAGE_MS));
  const redisRelay = pickOne(redisRelays, choice);
  if (fault === "delay what an instance and Redis say") {
    redisRelay.delay(DELAY_MS);
    await delay(MAX_HANG_MS);
    return redisRelay.delay(0);
  }
  if (fault === "swallow what an instance and Redis say") {
    redisRelay.swallow(true);
    await delay(choice * MAX_HANG_MS);
    return redisRelay.swallow(false);
  }
  if (fault === "reset a connection to an instance") balancer.reset();
  else if (fault === "lose an answer of an instance") balancer.loseResponse();
  else if (fault === "reset a connection to Redis") redisRelay.reset();
  else redisRelay.loseResponse();
};

const runScript = async (
  plan: Plan,
  targets: FaultTargets,
  gateway: FaultGateway,
  giveUp: () => boolean,
): Promise<void> => {
  const starting = new Set<Promise<void>>();
  gateway.begin();
  for (const step of writeScript(plan.seed, plan.counts)) {
    if (!(await holds(() => gateway.acknowledged() >= step.at * plan.events, { timeoutMs: Infinity, giveUp }))) break;
    await applyFault(step, targets, starting);
  }
  await Promise.all(starting);
};

const total = (progress: FeedProgress, member: "acknowledged" | "failed"): number =>
  progress.reduce((sum, device) => sum + device[member], 0);

/** Runs three instances of a wiring behind a balancer, with a gateway that sends events, a Redis, and a script of faults. */
export const runUnderFaults = async (wiring: Wiring, plan: Plan): Promise<Outcome> => {
  const startedAt = performance.now();
  const { seed, events, counts, deadlineMs } = plan;
  const random = createRandom(seed, "connections");
  const redis = await startRedis({ appendfsync: "everysec" });
  const gateway = await startGateway({ seed, speed: SPEED, start: START, events, devices: 10, perSecond: null });
  const instances: Instance[] = [];
  const giveUp = () => performance.now() > startedAt + deadlineMs || instances.some(({ hasCrashed }) => hasCrashed());
  const runningPorts = () => instances.filter(({ isUp }) => isUp()).map(({ port }) => port);
  const balancer = await startRelay({ targets: runningPorts, random });
  const redisRelays = await Promise.all([1, 2, 3].map(() => startRelay({ targets: () => [redis.port], random })));
  const endpointsBehind = (redisPort: number): Endpoints => ({
    gateway,
    publicUrl: `http://127.0.0.1:${balancer.port}`,
    redisUrl: `redis://127.0.0.1:${redisPort}`,
  });
  const targets = { redis, instances, balancer, redisRelays };
  try {
    for (const relay of redisRelays) {
      const instance = await createInstance(wiring.file, wiring.env(endpointsBehind(relay.port)));
      instances.push(instance);
      await instance.start();
    }
    const followers = await wiring.follow(endpointsBehind(redis.port));
    await runScript(plan, targets, gateway, giveUp);
    const isDone = await holds(gateway.isDone, { timeoutMs: Infinity, giveUp });
    const progress = gateway.progress();
    const acknowledged = total(progress, "acknowledged");
    const isCaughtUp = () => followers.every(({ events: received }) => received.length >= acknowledged);
    await holds(isCaughtUp, { timeoutMs: SETTLE_MS, giveUp });
    await delay(500);
    for (const { stop } of followers) stop();

    const verdicts: { reader: string; returns: number | null; verdict: Verdict }[] = followers.map(
      ({ name, events, cuts }) => ({
        reader: name,
        returns: cuts.length,
        verdict: judge(progress, events),
      }),
    );
    if (wiring.readerName !== null) {
      await redis.kill();
      await redis.restart();
      const fresh = await createInstance(wiring.file, wiring.env(endpointsBehind(redis.port)));
      instances.push(fresh);
      await fresh.start();
      const events = await wiring.readBack(`http://127.0.0.1:${fresh.port}`);
      verdicts.unshift({ reader: wiring.readerName, returns: null, verdict: judge(progress, events) });
    }
    return {
      wiring: wiring.name,
      acknowledged,
      redelivered: total(progress, "failed"),
      isDone,
      redisKills: counts["kill Redis"],
      instanceKills: counts["kill an instance"],
      resets: [balancer, ...redisRelays].reduce((sum, relay) => sum + relay.resets(), 0),
      verdicts,
      complaints: instances.flatMap(({ complaints }) => [...complaints].map(([text, times]) => `${times} x ${text}`)),
      seconds: (performance.now() - startedAt) / 1_000,
    };
  } finally {
    for (const instance of instances) await instance.kill();
    await Promise.all([balancer, ...redisRelays].map((relay) => relay.stop()));
    await gateway.stop();
    await redis.stop();
  }
};
