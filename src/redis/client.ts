import { once } from "node:events";
import { Redis } from "ioredis";
import { type ClientOptions, slotConnector } from "./slot-connector.ts";
import { describeRedisError, type StoreName, StoreUnavailableError } from "./errors.ts";
import type { RedisTarget } from "../config/redis-url.ts";

/** No command waits longer than this, whatever became of the connection. */
export const COMMAND_MS = 2_000;
const CONNECT_MS = 2_000;
const CLOSE_MS = 100;
const RECONNECT_MS = 1_000;
const STOP_MS = 500;
const BACK_OFF_MS = { first: 50, most: 500 } as const;

const backOff = (attempt: number): number => {
  const most = Math.min(BACK_OFF_MS.first * 2 ** (attempt - 1), BACK_OFF_MS.most);
  return most / 2 + Math.random() * (most / 2);
};

/**
 * ioredis sends unanswered commands again after a reconnect, queues without bound while there is no connection, and subscribes
 * again without listening for the failure: all of it is off. What fails, fails at once and to the caller. Its check whether
 * Redis has loaded its data is off too: it says nothing while it waits, and Redis itself answers LOADING.
 */
const FAIL_FAST = {
  replyMapping: "legacy",
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_MS,
  socketTimeout: COMMAND_MS,
  connectTimeout: CONNECT_MS,
  sentinelCommandTimeout: CONNECT_MS,
  disconnectTimeout: CLOSE_MS,
  enableReadyCheck: false,
  disableClientInfo: true,
  retryStrategy: backOff,
  sentinelRetryStrategy: backOff,
} as const satisfies ClientOptions;

/** Whether the node is the wrong one, and another connection may lead to the right one; says so once in a while. */
const createDetector = () => {
  let last = -Infinity;
  return ({ message }: Error): boolean => {
    if (!/^(READONLY|MOVED)/.test(message) || performance.now() - last < RECONNECT_MS) return false;
    last = performance.now();
    return true;
  };
};

/** `key` stands for the slot of a cluster that is wanted. */
const optionsFor = (target: RedisTarget, key: string, name: string): ClientOptions => {
  const { nodes, username, password, db, sentinelPassword } = target;
  const options: ClientOptions = {
    ...FAIL_FAST,
    reconnectOnError: createDetector(),
    connectionName: name,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(target.tls ? { tls: {} } : {}),
  };
  if (target.kind === "server") return { ...options, ...nodes[0] };
  if (target.kind === "cluster") {
    return { ...options, Connector: slotConnector({ seeds: nodes, key, options, closeMs: CLOSE_MS, backOff }) };
  }
  return {
    ...options,
    sentinels: [...nodes],
    // Looks at the role, too: sentinels can name a master that is none any more.
    enableReadyCheck: true,
    name: target.master,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  };
};

export interface RedisClient {
  readonly redis: Redis;
  /** Does something with Redis; rejects with StoreUnavailableError, which says what was wanted and why it failed. */
  readonly use: <Result>(wanted: string, work: (redis: Redis) => Promise<Result>) => Promise<Result>;
  /** Null while it is connected and the last use went well. */
  readonly problem: () => string | null;
  /** Resolves once it is known whether Redis can be reached; it goes on trying in any case. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface RedisClientOptions {
  readonly target: RedisTarget;
  /** On a cluster, the client connects to the node that holds the slot of this key. */
  readonly key: string;
  /** Name of the connection in Redis. */
  readonly name: string;
  /** The store that errors name. */
  readonly store: StoreName;
}

/** A single connection that reconnects indefinitely. */
export const createRedisClient = ({ target, key, name, store }: RedisClientOptions): RedisClient => {
  const redis = new Redis(optionsFor(target, key, name));
  let unreachable: string | null = "Redis is not connected yet.";
  let failing: string | null = null;
  redis.on("error", (error: unknown) => {
    unreachable = describeRedisError(error);
  });
  redis.on("ready", () => {
    unreachable = null;
  });
  redis.on("close", () => {
    unreachable ??= "The connection to Redis was lost.";
  });
  return {
    redis,
    async use(wanted, work) {
      try {
        const result = await work(redis);
        failing = null;
        return result;
      } catch (error) {
        failing = describeRedisError(error);
        throw new StoreUnavailableError(store, `${wanted} failed: ${redis.status === "ready" ? failing : unreachable}`);
      }
    },
    problem: () => (redis.status === "ready" ? failing : unreachable),
    start: () =>
      new Promise((resolve) => {
        for (const event of ["ready", "error", "close"]) redis.once(event, () => resolve());
        setTimeout(resolve, COMMAND_MS).unref();
        redis.connect().catch(() => {});
      }),
    async stop() {
      const ended = once(redis, "end", { signal: AbortSignal.timeout(STOP_MS) }).catch(() => {});
      const hasSocket = !["wait", "reconnecting", "close", "end"].includes(redis.status);
      redis.disconnect();
      if (hasSocket) await ended;
    },
  };
};
