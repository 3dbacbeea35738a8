import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../../src/sandbox/random.ts";
import { startRedis } from "../kit/redis.ts";
import { holds } from "../kit/until.ts";
import { endOfLog, type Follower, followBySocket } from "../faults/follower.ts";
import { type FeedProgress, startGateway } from "../faults/gateway.ts";
import type { Instance } from "../faults/instance.ts";
import { startRelay } from "../faults/relay.ts";
import { isFlawless, judge } from "../faults/verdict.ts";
import { type Control, startControl } from "./control.ts";
import { startPrograms, urlOf } from "./program.ts";
import { type Claim, claim, count, type Proof } from "./proof.ts";
import { startRemoteSandbox } from "./sandbox.ts";

const INSTANCES = 3;
const SUBSCRIBERS = 1_000;
const DEVICES = 100;
const OF_EACH = 2;
const PER_SECOND = 200;
/** What a restart takes beside the start of the process: subscribers are disconnected over five seconds. */
const RESTART_MS = 9_000;
/** The least that the events take. */
const MIN_SECONDS = 60;
const SPEED = 20;
const START = Date.parse("2026-06-21T05:00:00Z");
/** What is missing by then is lost, however slow the machine is. */
const WAIT = { timeoutMs: 180_000, intervalMs: 20 } as const;
const SPREAD_MS = 5_000;
/** Clients that are disconnected reconnect with a small delay. */
const SLACK_MS = 300;

/** Returns how many seconds of events the restarts need on this machine, by how long one start takes. */
const secondsOfEvents = async (): Promise<number> => {
  const gateway = await startRemoteSandbox({ people: 5 });
  const startedAt = performance.now();
  const [instance] = await startPrograms(1, { gateway });
  const startMs = performance.now() - startedAt;
  await instance?.kill();
  await gateway.stop();
  return Math.max(MIN_SECONDS, Math.ceil((INSTANCES * (RESTART_MS + 3 * startMs)) / 1_000) + 15);
};

interface Restart {
  readonly code: number | null;
  readonly ms: number;
  /** How late the machine was at the most meanwhile, in milliseconds. */
  readonly late: number;
  /** When subscribers were disconnected, in milliseconds after the signal. */
  readonly cuts: readonly number[];
}

const restart = async (instance: Instance, followers: readonly Follower[], control: Control): Promise<Restart> => {
  const startedAt = performance.now();
  const { code, ms } = await instance.stop();
  const late = control.slowestSince(startedAt);
  await delay(500);
  const cuts = followers.flatMap(({ cuts }) => cuts.filter((at) => at >= startedAt).map((at) => at - startedAt));
  await instance.start();
  return { code, ms, late, cuts: cuts.toSorted((a, b) => a - b) };
};

const busiest = (cuts: readonly number[]): number => {
  let first = 0;
  return cuts.reduce((maximum, at, index) => {
    while (at - (cuts[first] ?? at) >= 1_000) first += 1;
    return Math.max(maximum, index - first + 1);
  }, 0);
};

const claimsOf = ({ code, ms, late, cuts }: Restart, index: number): readonly Claim[] => {
  const span = (cuts.at(-1) ?? 0) - (cuts[0] ?? 0);
  const name = `restart ${index + 1}`;
  return [
    claim(
      `${name}: the exit code is 0 within 10 s`,
      `${code} in ${(ms / 1_000).toFixed(1)} s`,
      code === 0 && ms <= 10_000 + late,
    ),
    claim(
      `${name}: its subscribers are disconnected over ${SPREAD_MS / 1_000} s`,
      `${count(cuts.length)} over ${(span / 1_000).toFixed(1)} s, ${count(busiest(cuts))} in the busiest second`,
      cuts.length > 0 && span >= SPREAD_MS - SLACK_MS,
    ),
  ];
};

/** Compares what each follower received with the devices that it follows. */
const verdictsOf = (followers: readonly Follower[], progress: FeedProgress, followed: readonly (readonly string[])[]) =>
  followers.map(({ events }, index) => {
    const mine = progress.filter(({ DeviceSN }) => followed[index]?.includes(DeviceSN));
    return judge(
      mine.map((device) => ({ ...device, others: 0 })),
      events,
    );
  });

export const RESTART: Proof = {
  name: "restart",
  about: [
    `${INSTANCES} instances on one Redis, ${count(SUBSCRIBERS)} subscribers, ${PER_SECOND} events a second`,
    "each instance is restarted in turn",
  ].join("; "),
  async run(seed) {
    const random = createRandom(seed, "subscribers");
    const redis = await startRedis({ appendfsync: "everysec" });
    const events = PER_SECOND * (await secondsOfEvents());
    const feed = { seed, speed: SPEED, start: START, events, devices: DEVICES, perSecond: PER_SECOND };
    const gateway = await startGateway(feed);
    const control = await startControl();
    const instances: Instance[] = [];
    const up = () => instances.filter(({ isUp }) => isUp());
    const balancer = await startRelay({ targets: () => up().map(({ port }) => port), random });
    const publicUrl = `http://127.0.0.1:${balancer.port}`;
    const followers: Follower[] = [];
    try {
      instances.push(...(await startPrograms(INSTANCES, { gateway, publicUrl, redisUrl: redis.url })));
      let connections = 0;
      /** Takes ready instances in turn, as a balancer does. */
      const anyUrl = () => {
        const living = up();
        const instance = living[connections++ % living.length];
        return instance === undefined ? publicUrl : urlOf(instance);
      };
      const first = await endOfLog(anyUrl());
      const serials = gateway.serials;
      const followed = Array.from({ length: SUBSCRIBERS }, (_, index) =>
        Array.from({ length: OF_EACH }, (_, place) => serials[(index * OF_EACH + place) % serials.length] ?? ""),
      );
      for (const [index, serialNumbers] of followed.entries()) {
        followers.push(followBySocket(anyUrl, first, serialNumbers));
        if (index % 50 === 49) await delay(50);
      }
      await delay(2_000);
      const startedAt = performance.now();
      gateway.begin();
      const isServed = await holds(() => followers.every(({ events: received }) => received.length > 0), WAIT);
      const restarts: Restart[] = [];
      for (const instance of instances) {
        await delay(1_000);
        restarts.push(await restart(instance, followers, control));
      }
      const [elapsedMs, acknowledged, isStillFed] = [
        performance.now() - startedAt,
        gateway.acknowledged(),
        !gateway.isDone(),
      ];
      const isDone = await holds(gateway.isDone, WAIT);
      const progress = gateway.progress();
      const dueTo = (index: number) =>
        progress.reduce((sum, { DeviceSN, punches }) => sum + (followed[index]?.includes(DeviceSN) ? punches : 0), 0);
      await holds(() => followers.every(({ events: received }, index) => received.length >= dueTo(index)), WAIT);
      await delay(500);
      const verdicts = verdictsOf(followers, progress, followed);
      const sum = (pick: (verdict: (typeof verdicts)[number]) => number) =>
        verdicts.reduce((total, verdict) => total + pick(verdict), 0);
      const complaints = instances.flatMap((instance) => [...instance.complaints.keys()]);
      return [
        claim("every subscriber is served before the first restart", String(isServed), isServed),
        claim(
          "events continue during all restarts, and all are acknowledged",
          `${count(acknowledged)} of ${count(events)} in ${(elapsedMs / 1_000).toFixed(0)} s of restarts`,
          isStillFed && isDone,
        ),
        ...restarts.flatMap(claimsOf),
        claim(
          "no event is lost, duplicated or out of order",
          [
            `${count(sum(({ received }) => received))} received`,
            `${sum(({ lost }) => lost)} lost`,
            `${sum(({ duplicated }) => duplicated)} duplicated`,
            `${sum(({ outOfOrder }) => outOfOrder)} out of order`,
          ].join(", "),
          verdicts.every(isFlawless),
        ),
        claim("no gap is reported", String(sum(({ gaps }) => gaps)), sum(({ gaps }) => gaps) === 0),
        claim("no instance logs an error", complaints.join("; "), complaints.length === 0),
      ];
    } finally {
      for (const { stop } of followers) stop();
      for (const instance of instances) await instance.kill();
      await control.stop();
      await balancer.stop();
      await gateway.stop();
      await redis.stop();
    }
  },
};
