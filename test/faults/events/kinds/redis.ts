import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { TestRedis } from "../../../kit/redis.ts";
import { keyOfLog } from "../stores/store.ts";
import type { FaultKind, Scene } from "./kind.ts";

/** Longer than a command to Redis may take. */
const MAX_HANG_MS = 3_000;
const MAX_MS = 1_000;
const KEPT_BY_TRIM = 20;

type Ask = (command: string, ...args: readonly (string | number)[]) => Promise<unknown>;

interface Disturbance extends Pick<FaultKind, "name" | "cost"> {
  readonly maxMs: number;
  /** Begins on a connection that stays; returns what ends it. */
  readonly begin: (ask: Ask, redis: TestRedis) => Promise<() => Promise<unknown>>;
}

const ends = async () => {};

/** Applies a disturbance to the server that has the log, for some milliseconds. */
const faultOf = ({ name, cost, maxMs, begin }: Disturbance): FaultKind => ({
  name,
  cost,
  async apply({ store, random }: Scene) {
    const redis = await store.master();
    const connection = new Redis({ host: "127.0.0.1", port: redis.port, enableReadyCheck: false });
    connection.on("error", () => {});
    try {
      const end = await begin((command, ...args) => connection.call(command, ...args), redis);
      await delay(random() * maxMs);
      await end();
    } finally {
      connection.disconnect();
    }
  },
});

/** Runs longer than Redis lets a script run before it answers others with BUSY. */
const BUSY_SCRIPT = "while true do end";

const DISTURBANCES: readonly Disturbance[] = [
  {
    name: "Redis hangs",
    cost: "nothing",
    maxMs: MAX_HANG_MS,
    async begin(_ask, redis) {
      redis.signal("SIGSTOP");
      return async () => redis.signal("SIGCONT");
    },
  },
  {
    name: "Redis forgets its scripts",
    cost: "nothing",
    maxMs: 0,
    async begin(ask) {
      await ask("SCRIPT", "FLUSH");
      return ends;
    },
  },
  {
    name: "Redis rewrites its file",
    cost: "nothing",
    maxMs: 0,
    async begin(ask) {
      // One that is on its way is as good.
      await ask("BGREWRITEAOF").catch(() => {});
      return ends;
    },
  },
  {
    name: "Redis is full",
    cost: "nothing",
    maxMs: MAX_MS,
    async begin(ask) {
      await ask("CONFIG", "SET", "maxmemory", "1mb");
      return () => ask("CONFIG", "SET", "maxmemory", "0");
    },
  },
  {
    name: "Redis closes all connections",
    cost: "nothing",
    maxMs: 0,
    async begin(ask) {
      for (const type of ["normal", "pubsub"]) await ask("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
      return ends;
    },
  },
  {
    name: "Redis lets clients wait",
    cost: "nothing",
    maxMs: 0,
    async begin(ask) {
      await ask("CLIENT", "PAUSE", MAX_HANG_MS, "WRITE");
      return () => delay(MAX_HANG_MS);
    },
  },
  {
    name: "a script of somebody else keeps Redis busy",
    cost: "nothing",
    maxMs: MAX_MS,
    async begin(ask, redis) {
      await ask("CONFIG", "SET", "busy-reply-threshold", 100);
      const ended = ask("EVAL", BUSY_SCRIPT, 0).catch(() => {});
      await delay(200);
      return async () => {
        // A server that was replaced meanwhile has ended the script itself.
        await redis.ask("SCRIPT", "KILL").catch(() => {});
        await ended;
      };
    },
  },
];

/** On one server, because replicas and other nodes would take part. */
const SERVER_DISTURBANCES: readonly Disturbance[] = [
  {
    name: "Redis refuses connections",
    cost: "nothing",
    maxMs: MAX_HANG_MS,
    async begin(ask) {
      await ask("CONFIG", "SET", "maxclients", 1);
      await ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      return () => ask("CONFIG", "SET", "maxclients", 10_000);
    },
  },
  {
    name: "Redis accepts no writes as a replica",
    cost: "nothing",
    maxMs: MAX_MS,
    async begin(ask) {
      await ask("REPLICAOF", "127.0.0.1", 1);
      return () => ask("REPLICAOF", "NO", "ONE");
    },
  },
  {
    name: "the password of Redis changes",
    cost: "nothing",
    maxMs: MAX_MS,
    async begin(ask) {
      await ask("CONFIG", "SET", "requirepass", "another");
      await ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      return () => ask("CONFIG", "SET", "requirepass", "");
    },
  },
];

/** Somebody changes the data of the log. */
const CHANGES: readonly Disturbance[] = [
  {
    name: "somebody writes other entries into the log",
    cost: "a gap",
    maxMs: 0,
    async begin(ask, redis) {
      const key = await keyOfLog(redis);
      if (key === undefined) return ends;
      await ask("XADD", key, "*", "event", '{"of":"another program"}');
      await ask("XADD", key, "*", "note", "no JSON");
      return ends;
    },
  },
  {
    name: "somebody trims the log",
    cost: "a gap",
    maxMs: 0,
    async begin(ask, redis) {
      const key = await keyOfLog(redis);
      if (key !== undefined) await ask("XTRIM", key, "MAXLEN", KEPT_BY_TRIM);
      return ends;
    },
  },
];

/** Somebody destroys the log. */
const DESTRUCTIONS: readonly Disturbance[] = [
  {
    name: "somebody flushes Redis",
    cost: "the log",
    maxMs: 0,
    async begin(ask) {
      await ask("FLUSHALL");
      return ends;
    },
  },
  {
    name: "Redis evicts keys",
    cost: "the log",
    maxMs: MAX_MS,
    async begin(ask) {
      await ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
      await ask("CONFIG", "SET", "maxmemory", "2mb");
      return async () => {
        await ask("CONFIG", "SET", "maxmemory", "0");
        await ask("CONFIG", "SET", "maxmemory-policy", "noeviction");
      };
    },
  },
];

export const REDIS_DISTURBED: readonly FaultKind[] = DISTURBANCES.map(faultOf);
export const SERVER_DISTURBED: readonly FaultKind[] = SERVER_DISTURBANCES.map(faultOf);
export const LOG_CHANGED: readonly FaultKind[] = CHANGES.map(faultOf);
export const LOG_DESTROYED: readonly FaultKind[] = DESTRUCTIONS.map(faultOf);
