import { onTestFinished } from "vitest";
import { bucketKeysOf } from "../../../src/redis/keys.ts";
import { startScriptRunner } from "../../../src/redis/script-runner.ts";
import type { TokenBucket } from "../../../src/gateway/resilience/rate/bucket.ts";
import { createSharedBuckets } from "../../../src/gateway/resilience/rate/shared-bucket.ts";

export interface Instance {
  readonly bucketOf: (token: string) => TokenBucket;
  readonly isAway: () => boolean;
}

/** An instance's way to the buckets that all instances of a gateway share in a Redis. */
export const joinBuckets = async (redisUrl: string, gateway: string, instance: string): Promise<Instance> => {
  const keysOf = bucketKeysOf(gateway);
  const runner = await startScriptRunner(redisUrl, keysOf("")[0], "test", "rate limit");
  onTestFinished(runner.stop);
  let away = false;
  const bucketOf = createSharedBuckets({
    run: runner.run,
    keysOf,
    instance,
    onAway: (now) => {
      away = now;
    },
    now: () => performance.now(),
  });
  return { bucketOf, isAway: () => away };
};
