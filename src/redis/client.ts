import { once } from "node:events";
import { Redis } from "ioredis";
import { type ClientOptions, slotConnector } from "./slot-connector.ts";
import { watchFailover } from "./failover.ts";
import { describeRedisError, type StoreName, StoreUnavailableError } from "./errors.ts";
import type { TraceSpan } from "../runtime/tracing.ts";
import type { RedisTarget } from "../config/redis-url.ts";

/** No command waits longer than this, whatever happens to the connection. */
export const COMMAND_MS = 2_000;
const CONNECT_MS = 2_000;
const CLOSE_MS = 100;
const RECONNECT_MS = 1_000;
const STOP_MS = 500;
const BACKOFF_MS = { first: 50, max: 500 } as const;

/** Exponential backoff with jitter, in milliseconds. */
const backoff = (attempt: number): number => {
  const limit = Math.min(BACKOFF_MS.first * 2 ** (attempt - 1), BACKOFF_MS.max);
  return limit / 2 + Math.random() * (limit / 2);
};

/**
 * By default ioredis resends unanswered commands after a reconnect, queues commands without bound while there is no connection,
 * and resubscribes without handling a failure; all of that is off. A command that fails rejects at once, for its caller to
 * handle. The check whether Redis has loaded its data is off too: it reports nothing while it waits, and Redis answers LOADING.
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
  retryStrategy: backoff,
  sentinelRetryStrategy: backoff,
} as const satisfies ClientOptions;

/** Detects that the node is the wrong one, so that a new connection may lead to the right one; at most once a second. */
const createWrongNodeDetector = () => {
  let lastDetectedAt = -Infinity;
  return ({ message }: Error): boolean => {
    if (!/^(READONLY|MOVED)/.test(message) || performance.now() - lastDetectedAt < RECONNECT_MS) return false;
    lastDetectedAt = performance.now();
    return true;
  };
};

/** `key` determines the slot, and so the node, of a cluster. */
const optionsFor = (target: RedisTarget, key: string, name: string): ClientOptions => {
  const { nodes, username, password, db, sentinelPassword } = target;
  const options: ClientOptions = {
    ...FAIL_FAST,
    reconnectOnError: createWrongNodeDetector(),
    connectionName: name,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(target.tls ? { tls: {} } : {}),
  };
  if (target.kind === "server") return { ...options, ...nodes[0] };
  if (target.kind === "cluster") {
    return { ...options, Connector: slotConnector({ seeds: nodes, key, options, closeMs: CLOSE_MS, backoff }) };
  }
  return {
    ...options,
    sentinels: [...nodes],
    // Checks the role too: sentinels can name a node that is no longer the master.
    enableReadyCheck: true,
    name: target.master,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  };
};

/** A command that is part of a span. */
export interface TracedCommand {
  readonly span: TraceSpan;
  /** The command of Redis, such as `SET`. */
  readonly command: string;
}

export interface RedisClient {
  readonly redis: Redis;
  /**
   * Uses Redis; `operation` names the work in the error, such as "storing an event".
   *
   * @throws {StoreUnavailableError}
   */
  readonly use: <Result>(
    operation: string,
    work: (redis: Redis) => Promise<Result>,
    traced?: TracedCommand,
  ) => Promise<Result>;
  /** Null while it is connected and the last use succeeded. */
  readonly problem: () => string | null;
  /** Resolves when it is known whether Redis can be reached; the client keeps trying in any case. */
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

/** The keys and values are no attributes: they hold events and outcomes. */
const beginCommand = ({ span, command }: TracedCommand, operation: string, { nodes, db }: RedisTarget): TraceSpan => {
  const [node] = nodes;
  return span.begin(command, {
    kind: "client",
    attributes: {
      "db.system.name": "redis",
      "db.operation.name": command,
      "db.namespace": String(db),
      "db.query.summary": operation,
      ...(node === undefined ? {} : { "server.address": node.host, "server.port": node.port }),
    },
  });
};

/** A single connection that reconnects indefinitely. */
export const createRedisClient = ({ target, key, name, store }: RedisClientOptions): RedisClient => {
  const redis = new Redis(optionsFor(target, key, name));
  // A client that is about to connect asks the sentinels itself, and would never connect again if it were interrupted.
  const leave = () => void (["connect", "ready"].includes(redis.status) && redis.disconnect(true));
  const failover = target.kind === "sentinel" ? watchFailover(target, leave) : null;
  let connectionProblem: string | null = "Redis is not connected yet.";
  let commandProblem: string | null = null;
  redis.on("error", (error: unknown) => {
    connectionProblem = describeRedisError(error);
  });
  redis.on("ready", () => {
    connectionProblem = null;
  });
  redis.on("close", () => {
    connectionProblem ??= "The connection to Redis was lost.";
  });
  return {
    redis,
    async use(operation, work, traced) {
      const span = traced && beginCommand(traced, operation, target);
      try {
        const result = await work(redis);
        commandProblem = null;
        span?.end();
        return result;
      } catch (error) {
        span?.end((error as Error).name);
        commandProblem = describeRedisError(error);
        const problem = redis.status === "ready" ? commandProblem : (connectionProblem ?? commandProblem);
        throw new StoreUnavailableError(store, problem, operation);
      }
    },
    problem: () => (redis.status === "ready" ? commandProblem : connectionProblem),
    start: () =>
      new Promise((resolve) => {
        for (const event of ["ready", "error", "close"]) redis.once(event, () => resolve());
        setTimeout(resolve, COMMAND_MS).unref();
        redis.connect().catch(() => {});
        failover?.start();
      }),
    async stop() {
      failover?.stop();
      const ended = once(redis, "end", { signal: AbortSignal.timeout(STOP_MS) }).catch(() => {});
      const hasSocket = !["wait", "reconnecting", "close", "end"].includes(redis.status);
      redis.disconnect();
      if (hasSocket) await ended;
    },
  };
};
