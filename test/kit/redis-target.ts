import { parseRedisUrl, type RedisTarget } from "../../src/config/redis-url.ts";

/** Parses the URL of a Redis that a test started. */
export const redisTarget = (url: string): RedisTarget => {
  const result = parseRedisUrl(url);
  if ("value" in result) return result.value;
  throw new Error(`The test's Redis URL must be ${result.expected}; received ${result.received}.`);
};
