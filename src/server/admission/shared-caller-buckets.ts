import { randomUUID } from "node:crypto";
import type { RedisTarget } from "../../config/redis-url.ts";
import { callerBucketKeysOf } from "../../redis/keys.ts";
import { startScriptRunner } from "../../redis/script-runner.ts";
import { createAvailability } from "../../runtime/availability.ts";
import type { Lifecycle } from "../../runtime/lifecycle.ts";
import type { Logger } from "../../runtime/logger.ts";
import { type CallerBuckets, createLocalBuckets, createOwnBuckets } from "./caller-buckets.ts";

/** How long an instance is counted after it took a token last. */
const INSTANCE_TTL_MS = 600_000;

/**
 * The bucket of caller-buckets.ts in Redis, by the clock of Redis. KEYS: bucket, instances. ARGV: this instance, wanted tokens, tokens
 * per minute. Returns the seconds to wait or 0, the tokens that are left, instances.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wanted, perMinute = tonumber(ARGV[2]), tonumber(ARGV[3])
local saved = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(saved[1]) or perMinute, tonumber(saved[2]) or now
tokens = math.min(perMinute, tokens + math.max(0, now - at) * perMinute / 60000)
local needed, seconds = math.min(wanted, perMinute), 0
if tokens < needed then
  seconds = math.ceil((needed - tokens) * 60 / perMinute)
else
  tokens = tokens - wanted
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
  redis.call('PEXPIRE', KEYS[1], math.ceil((perMinute - tokens) * 60000 / perMinute) + 1000)
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ${INSTANCE_TTL_MS})
redis.call('PEXPIRE', KEYS[2], ${INSTANCE_TTL_MS})
return {seconds, tostring(tokens), redis.call('ZCARD', KEYS[2])}
`;

interface Taken {
  readonly seconds: number;
  readonly tokens: number;
  readonly instances: number;
}

/**
 * Opens the buckets of callers: in Redis, where all instances share them, or in memory. While Redis is away, or takes more than a quarter
 * of a second, this instance grants its part of what was left: the limit divided by the number of instances there were.
 */
export const openCallerBuckets = async (
  redis: RedisTarget | null,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<CallerBuckets> => {
  const now = () => performance.now();
  if (redis === null) return createOwnBuckets(now);
  const runner = await startScriptRunner(redis, callerBucketKeysOf("", "")[0], "portico-callers", "limits of callers");
  lifecycle.add("limits of callers", runner.stop);
  const instance = randomUUID();
  const local = createLocalBuckets(now);
  let instances = 1;
  const availability = createAvailability({
    now,
    onUnavailable(unavailable) {
      if (unavailable) logger.warn({}, "limits of callers are not shared; this instance grants its part of them");
      else logger.info({}, "limits of callers are shared again");
    },
  });

  const takeShared = async (kind: string, caller: string, tokens: number, perMinute: number): Promise<Taken> => {
    const reply = await runner.run(TAKE, callerBucketKeysOf(kind, caller), [instance, tokens, perMinute]);
    const [seconds, left, seen] = reply as readonly [number, string, number];
    return { seconds, tokens: Number(left), instances: seen };
  };

  return {
    async take(kind, caller, tokens, perMinute) {
      const key = `${kind} ${caller}`;
      const use = () => takeShared(kind, caller, tokens, perMinute);
      const taken = availability.isDue() ? await availability.attempt(use) : null;
      if (taken !== null) instances = Math.max(1, taken.instances);
      const part = Math.max(1, perMinute / instances);
      if (taken === null) return local.take(key, tokens, part);
      local.adopt(key, taken.tokens / instances, part);
      return taken.seconds;
    },
  };
};
