import { setTimeout as delay } from "node:timers/promises";
import type { Relay } from "../../relay.ts";
import { pickOne } from "../random.ts";
import type { FaultKind, Scene } from "./kind.ts";

/** Longer than a command to Redis may take. */
const MAX_MS = 3_000;
const LATE_MS = 150;
const BURST = 10;
const BETWEEN_MS = 50;

/** Does something to one connection after the other. */
const burst = (choose: (scene: Scene) => Relay, disturb: (relay: Relay) => void) => async (scene: Scene) => {
  for (let times = 0; times < BURST; times += 1) {
    disturb(choose(scene));
    await delay(scene.random() * 2 * BETWEEN_MS);
  }
};

const slow = (choose: (scene: Scene) => Relay) => async (scene: Scene) => {
  const relay = choose(scene);
  relay.delay(LATE_MS);
  await delay(MAX_MS);
  relay.delay(0);
};

const swallow = (choose: (scene: Scene) => Relay) => async (scene: Scene) => {
  const relay = choose(scene);
  relay.swallow(true);
  await delay(scene.random() * MAX_MS);
  relay.swallow(false);
};

const balancerOf = ({ balancer }: Scene): Relay => balancer;
const redisRelayOf = ({ store, random }: Scene): Relay => pickOne(store.relays, random);
const half = (relay: Relay) => relay.resetHalf(Math.random() < 0.5 ? "client" : "server");

/** Between clients and instances. */
export const CLIENT_CONNECTIONS: readonly FaultKind[] = [
  { name: "connections to instances are reset", cost: "nothing", apply: burst(balancerOf, (relay) => relay.reset()) },
  { name: "answers of instances are lost", cost: "nothing", apply: burst(balancerOf, (relay) => relay.loseResponse()) },
  { name: "connections to instances are half open", cost: "nothing", apply: burst(balancerOf, half) },
  { name: "the balancer is slow", cost: "nothing", apply: slow(balancerOf) },
  { name: "the balancer swallows everything", cost: "nothing", apply: swallow(balancerOf) },
];

/** Between instances and Redis. */
export const REDIS_CONNECTIONS: readonly FaultKind[] = [
  { name: "connections to Redis are reset", cost: "nothing", apply: burst(redisRelayOf, (relay) => relay.reset()) },
  { name: "answers of Redis are lost", cost: "nothing", apply: burst(redisRelayOf, (relay) => relay.loseResponse()) },
  { name: "connections to Redis are half open", cost: "nothing", apply: burst(redisRelayOf, half) },
  { name: "an instance is far from Redis", cost: "nothing", apply: slow(redisRelayOf) },
  { name: "an instance cannot reach Redis", cost: "nothing", apply: swallow(redisRelayOf) },
];
