import { onTestFinished } from "vitest";
import { bucketKeysOf } from "../../../src/redis/keys.ts";
import { startScriptRunner } from "../../../src/redis/script-runner.ts";
import type { TokenBucket } from "../../../src/gateway/resilience/rate/token-bucket.ts";
import { redisTarget } from "../redis-target.ts";
import { createSharedBuckets } from "../../../src/gateway/resilience/rate/shared-bucket.ts";

export interface Instance {
  readonly bucketOf: (token: string) => TokenBucket;
  readonly isUnavailable: () => boolean;
}

/** Connects an instance to the buckets that all instances of a gateway share in Redis. */
export const joinBuckets = async (redisUrl: string, gateway: string, instance: string): Promise<Instance> => {
  const keysOf = bucketKeysOf(gateway);
  const runner = await startScriptRunner(redisTarget(redisUrl), keysOf("")[0], "test", "rate limit");
  onTestFinished(runner.stop);
  let unavailable = false;
  const bucketOf = createSharedBuckets({
    run: runner.run,
    keysOf,
    instance,
    onUnavailable: (value) => {
      unavailable = value;
    },
    now: () => performance.now(),
  });
  return { bucketOf, isUnavailable: () => unavailable };
};
