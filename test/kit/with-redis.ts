import { onTestFinished } from "vitest";
import { startRedis, type TestRedis, type TestRedisOptions } from "./redis.ts";

/** A Redis for one test; it stops at the end of the test. */
export const withRedis = async (options?: TestRedisOptions): Promise<TestRedis> => {
  const redis = await startRedis(options);
  onTestFinished(redis.stop);
  return redis;
};
