import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import type { RedisClient } from "../../src/redis/client.ts";
import { StoreUnavailableError } from "../../src/redis/errors.ts";
import type { World } from "./world.ts";

/** A real Redis, of which a seed decides when it crashes and what it then has. */
export interface RestartingRedis {
  readonly redis: Redis;
  /** Names the present run, as `run_id` does. */
  readonly run: () => string;
  /** What a crash leaves. */
  readonly save: () => Promise<void>;
  /** Comes back as it was saved last, as another run. */
  readonly crash: () => Promise<void>;
}

/** Begins with an empty Redis. */
export const createRestartingRedis = async (redis: Redis): Promise<RestartingRedis> => {
  // A Redis that has just started knows no scripts.
  const empty = () => Promise.all([redis.flushdb(), redis.script("FLUSH")]);
  await empty();
  let runs = 1;
  let saved: readonly (readonly [key: string, value: Buffer])[] = [];
  return {
    redis,
    run: () => `run${runs}`,
    async save() {
      const keys = await redis.keys("*");
      const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
      saved = keys.flatMap((key, index) => {
        const value = values[index];
        return value == null ? [] : [[key, value] as const];
      });
    },
    async crash() {
      runs += 1;
      await empty();
      await Promise.all(saved.map(([key, value]) => redis.restore(key, 0, value)));
    },
  };
};

/** A connection to it that the seed can cut; commands take effect, and answers arrive, when the seed chooses. */
export interface CutConnection {
  readonly client: RedisClient;
  readonly cut: () => void;
  readonly connect: () => void;
  readonly isConnected: () => boolean;
}

const CLOSED = "Connection is closed.";

/** Connects. */
export const connectTo = (server: RestartingRedis, world: World): CutConnection => {
  const events = new EventEmitter();
  const { redis: real } = server;
  let connection = 1;
  let isConnected = true;

  const send = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const own = connection;
    const requireSame = () => {
      if (own !== connection || !isConnected) throw new Error(CLOSED);
    };
    requireSame();
    const answer = await world.remote(() => {
      requireSame();
      return work();
    });
    requireSame();
    return answer;
  };

  const pipeline = () => {
    const all = real.pipeline();
    const exec = all.exec.bind(all);
    return Object.assign(all, { exec: () => send(exec) });
  };

  const redis = Object.assign(events, {
    pipeline,
    info: () => send(async () => `run_id:${server.run()}`),
    mget: (...keys: string[]) => send(() => real.mget(...keys)),
    hgetall: (key: string) => send(() => real.hgetall(key)),
    set: (key: string, value: string) => send(() => real.set(key, value)),
  }) as EventEmitter as Redis;

  return {
    client: {
      redis,
      async use(operation, work) {
        try {
          return await work(redis);
        } catch (error) {
          throw new StoreUnavailableError("event log", (error as Error).message, operation);
        }
      },
      problem: () => (isConnected ? null : CLOSED),
      start: async () => {},
      stop: async () => {},
    },
    cut() {
      connection += 1;
      isConnected = false;
      events.emit("close");
    },
    connect() {
      isConnected = true;
    },
    isConnected: () => isConnected,
  };
};
