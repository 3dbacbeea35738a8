import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis, type TestRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import type { Follower } from "./follower.ts";
import { type FaultGateway, type FeedProgress, startGateway } from "./gateway.ts";
import { createInstance, type Instance } from "./instance.ts";
import { type Relay, startRelay } from "./relay.ts";
import { type FaultCounts, type Step, writeScript } from "./script.ts";
import { judge, type Verdict } from "./verdict.ts";

/** Where the parts of a run find each other. */
export interface Places {
  readonly gateway: { readonly url: string; readonly token: string };
  /** Of the balancer. */
  readonly publicUrl: string;
  readonly redisUrl: string;
}

/** A way to bring callbacks to subscribers. */
export interface Wiring {
  readonly name: string;
  /** The program that two instances run. */
  readonly file: URL;
  readonly env: (places: Places) => Readonly<Record<string, string>>;
  /** Called when both instances answer, and before the first event. */
  readonly follow: (places: Places) => Promise<readonly Follower[]>;
  /** What a fresh instance, that no fault has struck, has to tell when all is over; null where nothing is kept. */
  readonly readBack: (url: string) => Promise<Follower["news"]>;
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
  /** Deliveries that were made again. */
  readonly again: number;
  readonly isDone: boolean;
  readonly redisKills: number;
  readonly instanceKills: number;
  readonly resets: number;
  readonly verdicts: readonly { readonly reader: string; readonly returns: number | null; readonly verdict: Verdict }[];
  readonly complaints: readonly string[];
  readonly seconds: number;
}

/** Its retries come so many times faster than a real gateway's: after 50 ms at first, and 1.5 s at last. */
const SPEED = 20;
/** No instance looks for holes so long ago: what it lost would stay lost, and be seen. */
const START = Date.parse("2026-06-21T05:00:00Z");
const LONGEST_OUTAGE_MS = 300;
const SETTLE_MS = 20_000;

/** Everything that a fault can strike. */
interface Stage {
  readonly redis: TestRedis;
  readonly instances: readonly Instance[];
  readonly balancer: Relay;
  readonly redisRelays: readonly Relay[];
}

const one = <Item>(items: readonly Item[], choice: number): Item => {
  const item = items[Math.floor(choice * items.length)];
  if (item === undefined) throw new Error("There is nothing to choose from.");
  return item;
};

/** Does what the script says, and waits for Redis; an instance comes back while the run goes on. */
const strike = async ({ fault, choice }: Step, stage: Stage, starting: Set<Promise<void>>): Promise<void> => {
  const { redis, instances, balancer, redisRelays } = stage;
  if (fault === "kill Redis") {
    await redis.kill();
    await delay(choice * LONGEST_OUTAGE_MS);
    return redis.restart();
  }
  if (fault === "kill an instance") {
    await Promise.all(starting);
    const instance = one(instances, choice);
    await instance.kill();
    const started = instance.start().finally(() => starting.delete(started));
    starting.add(started);
    return;
  }
  if (fault === "reset a connection to an instance") balancer.reset();
  else if (fault === "lose an answer of an instance") balancer.loseAnswer();
  else if (fault === "reset a connection to Redis") one(redisRelays, choice).reset();
  else one(redisRelays, choice).loseAnswer();
};

const carryOut = async (plan: Plan, stage: Stage, gateway: FaultGateway, giveUp: () => boolean): Promise<void> => {
  const starting = new Set<Promise<void>>();
  gateway.begin();
  for (const step of writeScript(plan.seed, plan.counts)) {
    if (!(await holds(() => gateway.acknowledged() >= step.at * plan.events, { timeoutMs: Infinity, giveUp }))) break;
    await strike(step, stage, starting);
  }
  await Promise.all(starting);
};

const total = (progress: FeedProgress, member: "acknowledged" | "failed"): number =>
  progress.reduce((sum, device) => sum + device[member], 0);

/** Two instances of a wiring behind a balancer, a gateway that sends, a Redis, and the script of faults. */
export const runUnderFaults = async (wiring: Wiring, plan: Plan): Promise<Outcome> => {
  const began = performance.now();
  const { seed, events, counts, deadlineMs } = plan;
  const random = createRandom(seed, "connections");
  const redis = await startRedis({ appendfsync: "everysec" });
  const gateway = await startGateway({ seed, speed: SPEED, start: START, events, devices: 10, perSecond: null });
  const instances: Instance[] = [];
  const giveUp = () => performance.now() > began + deadlineMs || instances.some(({ hasFallen }) => hasFallen());
  const living = () => instances.filter(({ isUp }) => isUp()).map(({ port }) => port);
  const balancer = await startRelay({ targets: living, random });
  const redisRelays = await Promise.all([1, 2].map(() => startRelay({ targets: () => [redis.port], random })));
  const placesBehind = (redisPort: number): Places => ({
    gateway,
    publicUrl: `http://127.0.0.1:${balancer.port}`,
    redisUrl: `redis://127.0.0.1:${redisPort}`,
  });
  const stage = { redis, instances, balancer, redisRelays };
  try {
    for (const relay of redisRelays) {
      const instance = await createInstance(wiring.file, wiring.env(placesBehind(relay.port)));
      instances.push(instance);
      await instance.start();
    }
    const followers = await wiring.follow(placesBehind(redis.port));
    await carryOut(plan, stage, gateway, giveUp);
    const isDone = await holds(gateway.isDone, { timeoutMs: Infinity, giveUp });
    const progress = gateway.progress();
    const acknowledged = total(progress, "acknowledged");
    const isCaughtUp = () => followers.every(({ news }) => news.length >= acknowledged);
    await holds(isCaughtUp, { timeoutMs: SETTLE_MS, giveUp });
    await delay(500);
    for (const { stop } of followers) stop();

    const verdicts: { reader: string; returns: number | null; verdict: Verdict }[] = followers.map(
      ({ name, news, cuts }) => ({
        reader: name,
        returns: cuts.length,
        verdict: judge(progress, news),
      }),
    );
    if (wiring.readerName !== null) {
      await redis.kill();
      await redis.restart();
      const fresh = await createInstance(wiring.file, wiring.env(placesBehind(redis.port)));
      instances.push(fresh);
      await fresh.start();
      const news = await wiring.readBack(`http://127.0.0.1:${fresh.port}`);
      verdicts.unshift({ reader: wiring.readerName, returns: null, verdict: judge(progress, news) });
    }
    return {
      wiring: wiring.name,
      acknowledged,
      again: total(progress, "failed"),
      isDone,
      redisKills: counts["kill Redis"],
      instanceKills: counts["kill an instance"],
      resets: [balancer, ...redisRelays].reduce((sum, relay) => sum + relay.resets(), 0),
      verdicts,
      complaints: instances.flatMap(({ complaints }) => [...complaints].map(([text, times]) => `${times} x ${text}`)),
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    for (const instance of instances) await instance.kill();
    await Promise.all([balancer, ...redisRelays].map((relay) => relay.stop()));
    await gateway.stop();
    await redis.stop();
  }
};
