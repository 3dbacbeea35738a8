import { createHash, randomUUID } from "node:crypto";
import { createMemoryIdempotencyStore, type IdempotencyStore } from "../commands/idempotency-store.ts";
import { startRedisIdempotencyStore } from "../commands/redis-idempotency-store.ts";
import { type AccountConfig, DEFAULT_ACCOUNT } from "../config/accounts.ts";
import type { RedisTarget } from "../config/redis-url.ts";
import type { EventLog } from "../events/log/log.ts";
import { createMemoryLog } from "../events/log/memory-log.ts";
import { startRedisLog } from "../events/log/redis-log.ts";
import { createSharedBuckets } from "../gateway/resilience/rate/shared-bucket.ts";
import { bucketKeysOf } from "../redis/keys.ts";
import { startScriptRunner } from "../redis/script-runner.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { Logger } from "../runtime/logger.ts";

/** What the stores of an account need. */
export interface StoreOptions {
  /** Null to keep everything in memory. */
  readonly redis: RedisTarget | null;
  /** How many replicas of Redis must have an event before it is acknowledged. */
  readonly waitReplicas: number;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** @default 100000 */
  readonly maxEvents?: number | undefined;
}

const MAX_EVENTS = 100_000;
const DEDUPE_MS = 7 * 86_400_000;

/** Returns the account's name in Redis. A token in a file is not part of it: the token is replaced, and the account stays. */
export const redisNameOf = ({ authToken, url, name }: AccountConfig): string => {
  const identity = authToken ?? (name === DEFAULT_ACCOUNT ? url : `${url} ${name}`);
  return createHash("sha256").update(identity).digest("base64url").slice(0, 16);
};

/** Opens the event log: in Redis, where all instances share it, or in memory. */
export const openLog = async (
  options: StoreOptions & { readonly scrub: (text: string) => string },
  account: string,
): Promise<EventLog> => {
  const { redis, waitReplicas, logger, lifecycle, scrub, maxEvents = MAX_EVENTS } = options;
  const log =
    redis === null
      ? createMemoryLog({ maxEvents, dedupeMs: DEDUPE_MS, now: Date.now })
      : await startRedisLog({ target: redis, account, maxEvents, dedupeMs: DEDUPE_MS, waitReplicas, scrub, logger });
  lifecycle.add("event log", log.stop);
  return log;
};

/** Opens the store of idempotency keys: in Redis, where all instances share it, or in memory. */
export const openIdempotencyStore = async (
  { redis, lifecycle }: StoreOptions,
  account: string,
): Promise<IdempotencyStore> => {
  if (redis === null) return createMemoryIdempotencyStore(Date.now);
  const store = await startRedisIdempotencyStore(redis, account);
  lifecycle.add("idempotency keys", store.stop);
  return store;
};

/** Opens the token buckets of the rate limit that all instances share in Redis; null without Redis. */
export const openSharedBuckets = async ({ redis, logger, lifecycle }: StoreOptions, gatewayUrl: string) => {
  if (redis === null) return null;
  const keysOf = bucketKeysOf(gatewayUrl);
  const runner = await startScriptRunner(redis, keysOf("")[0], "portico-rate", "rate limit");
  lifecycle.add("rate limit", runner.stop);
  return createSharedBuckets({
    run: runner.run,
    keysOf,
    instance: randomUUID(),
    now: () => performance.now(),
    onUnavailable: (away) =>
      away
        ? logger.warn({}, "gateway rate limit is not shared; this instance uses its fraction of the limit")
        : logger.info({}, "gateway rate limit is shared again"),
  });
};
