import { setTimeout as delay } from "node:timers/promises";
import type { TestRedis } from "../../../kit/redis.ts";
import type { Relay } from "../../relay.ts";

/** The Redis of a run: one server, a cluster, or servers with sentinels. */
export interface Store {
  /** `REDIS_URL` of the instance with this index. */
  readonly urlFor: (instance: number) => string;
  /** `REDIS_URL` of an instance that no relay disturbs. */
  readonly url: string;
  /** Between each instance and Redis; empty where clients find the servers by themselves. */
  readonly relays: readonly Relay[];
  /** The server that accepts writes of the log. */
  readonly master: () => Promise<TestRedis>;
  /** Ends the server that accepts writes, and resolves when one accepts them again and the ended one is back. */
  readonly loseMaster: () => Promise<void>;
  /** Hands over to a replica in good order. */
  readonly handOver?: () => Promise<void>;
  /** Moves the log to another server of the cluster. */
  readonly moveLog?: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const ANSWER_MS = 2_000;

/** Asks a server that may be away; undefined without an answer. */
export const tryAsk = (redis: TestRedis, command: string, ...args: readonly (string | number)[]): Promise<unknown> =>
  Promise.race([redis.ask(command, ...args).catch(() => {}), delay(ANSWER_MS, undefined, { ref: false })]);

/** The key of the event log on a server; undefined if it is not there. */
export const keyOfLog = async (redis: TestRedis): Promise<string | undefined> => {
  const keys = (await tryAsk(redis, "KEYS", "portico:*:events")) as readonly string[] | undefined;
  return keys?.[0];
};
