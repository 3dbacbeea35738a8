import { setTimeout as delay } from "node:timers/promises";
import { pickOne } from "../random.ts";
import type { FaultKind } from "./kind.ts";

/** Longer than a command to Redis may take. */
const MAX_HANG_MS = 3_000;
const LATE_MS = 3_500;
const MAX_OUTAGE_MS = 300;

/** Faults of instances. */
export const INSTANCES: readonly FaultKind[] = [
  {
    name: "an instance is killed",
    cost: "nothing",
    async apply({ instances, random, startLater }) {
      const instance = pickOne(instances, random);
      await instance.kill();
      startLater(instance);
    },
  },
  {
    name: "all instances are killed",
    cost: "nothing",
    async apply({ instances, startLater }) {
      await Promise.all(instances.map((instance) => instance.kill()));
      for (const instance of instances) startLater(instance);
    },
  },
  {
    name: "an instance hangs",
    cost: "nothing",
    async apply({ instances, random }) {
      const id = pickOne(instances, random).pid();
      if (id === undefined) return;
      process.kill(id, "SIGSTOP");
      await delay(random() * MAX_HANG_MS);
      process.kill(id, "SIGCONT");
    },
  },
  {
    name: "an instance is restarted cleanly",
    cost: "nothing",
    async apply({ instances, random, startLater }) {
      const instance = pickOne(instances, random);
      await instance.stop();
      startLater(instance);
    },
  },
];

/** The master ends, and comes back or is replaced. */
export const REDIS_ENDS: readonly FaultKind[] = [
  {
    name: "Redis is killed",
    cost: "the last events",
    apply: ({ store }) => store.loseMaster(),
  },
  {
    name: "Redis and an instance are killed at once",
    cost: "the last events",
    async apply({ store, instances, random, startLater }) {
      const instance = pickOne(instances, random);
      await Promise.all([store.loseMaster(), instance.kill()]);
      startLater(instance);
    },
  },
];

/** Only with one server. */
export const SERVER_ENDS: readonly FaultKind[] = [
  {
    name: "Redis is restarted cleanly",
    cost: "the last events",
    async apply({ store, random }) {
      const redis = await store.master();
      await redis.kill("SIGTERM");
      await delay(random() * MAX_OUTAGE_MS);
      await redis.restart();
    },
  },
  {
    name: "Redis is killed, and an instance reaches it late",
    cost: "the last events",
    async apply({ store, random }) {
      const relay = pickOne(store.relays, random);
      relay.swallow(true);
      await store.loseMaster();
      await delay(LATE_MS);
      relay.swallow(false);
    },
  },
];

/** Only where there are replicas. */
export const REPLICAS: readonly FaultKind[] = [
  {
    name: "Redis hands over to a replica",
    cost: "the last events",
    apply: async ({ store }) => store.handOver?.(),
  },
];

/** Only on a cluster. */
export const SLOTS: readonly FaultKind[] = [
  {
    name: "the slot of the log moves to another node",
    cost: "the last events",
    apply: async ({ store }) => store.moveLog?.(),
  },
];
