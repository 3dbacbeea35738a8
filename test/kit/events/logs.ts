import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import type { EventLog } from "../../../src/events/log/log.ts";
import { createMemoryLog } from "../../../src/events/log/memory-log.ts";
import { type RedisLogOptions, startRedisLog } from "../../../src/events/log/redis-log.ts";
import { createLogger, type Logger } from "../../../src/runtime/logger.ts";
import { redisTarget } from "../redis-target.ts";
import { startRedis } from "../redis.ts";

const DAY_MS = 86_400_000;

/** Creates a logger that keeps its lines. */
export const createRecordingLogger = (): { readonly logger: Logger; readonly lines: readonly string[] } => {
  const lines: string[] = [];
  return { logger: createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } }), lines };
};

/** Opens a log in Redis for one test, and stops it at the end. */
export const openRedisLog = async ({
  url,
  ...options
}: Partial<Omit<RedisLogOptions, "target">> & { readonly url: string }): Promise<EventLog> => {
  const log = await startRedisLog({
    target: redisTarget(url),
    account: randomUUID(),
    maxEvents: 100_000,
    dedupeMs: DAY_MS,
    waitReplicas: 0,
    logger: createLogger({ level: "silent" }),
    ...options,
  });
  onTestFinished(log.stop);
  return log;
};

interface Settings {
  readonly maxEvents?: number;
  readonly dedupeMs?: number;
}

/** One kind of log, as one test sees it. */
export interface Store {
  readonly open: (settings?: Settings) => Promise<EventLog>;
  /** Loses everything that the store holds for the test, as a flush of Redis or the end of a process does; returns the next log. */
  readonly lose: (log: EventLog) => Promise<EventLog>;
}

export interface LogKind {
  readonly name: string;
  /** Whether several instances share one log. */
  readonly shared: boolean;
  readonly start: () => Promise<{ readonly store: () => Store; readonly stop: () => Promise<void> }>;
}

const memory: LogKind = {
  name: "memory",
  shared: false,
  async start() {
    const open = async ({ maxEvents = 100_000, dedupeMs = DAY_MS }: Settings = {}) =>
      createMemoryLog({ maxEvents, dedupeMs, now: Date.now });
    return { store: () => ({ open, lose: () => open() }), stop: async () => {} };
  },
};

/** Uses REDIS_URL if it is set: only what the test wrote is deleted there. */
const redis = (name: string, url: string | undefined, cluster: boolean): LogKind => ({
  name,
  shared: true,
  async start() {
    const server = url === undefined ? await startRedis({ cluster }) : undefined;
    const at = server?.url ?? url ?? "";
    const store = (): Store => {
      const account = randomUUID();
      const wipe = () => (server === undefined ? deleteKeys(at, account) : server.ask("FLUSHALL"));
      if (server === undefined) onTestFinished(async () => void (await wipe()));
      return {
        open: (settings) => openRedisLog({ url: at, account, ...settings }),
        async lose(log) {
          await wipe();
          return log;
        },
      };
    };
    return { store, stop: async () => server?.stop() };
  },
});

const deleteKeys = async (url: string, account: string): Promise<void> => {
  const client = new Redis(url);
  const keys = await client.keys(`*{${account}}*`);
  if (keys.length > 0) await client.del(keys);
  client.disconnect();
};

/** Every kind of log; all have to behave in the same way. */
export const LOG_KINDS: readonly LogKind[] = [
  memory,
  redis("Redis", process.env["REDIS_URL"], false),
  redis("Redis Cluster", undefined, true),
];
