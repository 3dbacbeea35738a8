import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { TestRedis } from "../kit/redis.ts";

/** What can happen to a Redis that lives on. Each ends by itself. */
export const REDIS_FAULTS = [
  "hang Redis",
  "forget the scripts of Redis",
  "rewrite the file of Redis",
  "fill Redis",
  "make Redis a replica",
  "change the password of Redis",
] as const;
type RedisFault = (typeof REDIS_FAULTS)[number];

export const isRedisFault = (fault: string): fault is RedisFault => (REDIS_FAULTS as readonly string[]).includes(fault);

type Ask = (command: string, ...args: readonly string[]) => Promise<unknown>;

/** Begins on a connection that stays; returns what ends it. */
const BEGIN: { readonly [Fault in RedisFault]: (ask: Ask, redis: TestRedis) => Promise<() => Promise<unknown>> } = {
  async "hang Redis"(_ask, redis) {
    redis.signal("SIGSTOP");
    return async () => redis.signal("SIGCONT");
  },
  async "forget the scripts of Redis"(ask) {
    await ask("SCRIPT", "FLUSH");
    return async () => {};
  },
  async "rewrite the file of Redis"(ask) {
    // One that is on its way is as good.
    await ask("BGREWRITEAOF").catch(() => {});
    return async () => {};
  },
  async "fill Redis"(ask) {
    await ask("CONFIG", "SET", "maxmemory", "1mb");
    return () => ask("CONFIG", "SET", "maxmemory", "0");
  },
  async "make Redis a replica"(ask) {
    await ask("REPLICAOF", "127.0.0.1", "1");
    return () => ask("REPLICAOF", "NO", "ONE");
  },
  async "change the password of Redis"(ask) {
    await ask("CONFIG", "SET", "requirepass", "another");
    await ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    return () => ask("CONFIG", "SET", "requirepass", "");
  },
};

/** Applies a fault for some milliseconds. */
export const disturbRedis = async (fault: RedisFault, redis: TestRedis, ms: number): Promise<void> => {
  const connection = new Redis({ host: "127.0.0.1", port: redis.port, enableReadyCheck: false });
  connection.on("error", () => {});
  try {
    const end = await BEGIN[fault]((command, ...args) => connection.call(command, ...args), redis);
    await delay(ms);
    await end();
  } finally {
    connection.disconnect();
  }
};
