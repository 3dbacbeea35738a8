import { signatureKey } from "../../../redis/keys.ts";
import { createRedisClient } from "../../../redis/client.ts";
import type { RedisTarget } from "../../../config/redis-url.ts";
import { type NonceStore, SignatureStoreUnavailable, WINDOW_SECONDS } from "./nonce-store.ts";

export interface RedisNonceStore extends NonceStore {
  readonly stop: () => Promise<void>;
}

/** The validity of a signature, plus the difference that the clocks of instances may have. */
const RETENTION_MS = 3 * WINDOW_SECONDS * 1_000;

/** Starts a store that all instances share in Redis. */
export const startRedisNonceStore = async (target: RedisTarget): Promise<RedisNonceStore> => {
  const client = createRedisClient({
    target,
    key: signatureKey(""),
    name: "portico-signatures",
    store: "store of router signatures",
  });
  await client.start();
  return {
    async claim(nonce, at) {
      const key = signatureKey(`${at} ${nonce}`);
      const claimed = client.use("storing a nonce", (redis) => redis.set(key, "1", "PX", RETENTION_MS, "NX"));
      return claimed.then(
        (reply) => reply === "OK",
        (error: unknown) => {
          throw new SignatureStoreUnavailable(error instanceof Error ? error.message : String(error));
        },
      );
    },
    stop: client.stop,
  };
};
