import { signatureKey } from "../../../redis/keys.ts";
import { createRedisClient } from "../../../redis/client.ts";
import { parseRedisUrl } from "../../../config/redis-url.ts";
import { type NonceStore, SignatureStoreUnavailable, WINDOW_SECONDS } from "./nonce-store.ts";

export interface RedisNonceStore extends NonceStore {
  readonly stop: () => Promise<void>;
}

/** The whole window, and as much again as the clocks of instances may differ. */
const KEPT_MS = 3 * WINDOW_SECONDS * 1_000;

/** Those that all instances share. */
export const startRedisNonceStore = async (url: string): Promise<RedisNonceStore> => {
  const client = createRedisClient({
    target: parseRedisUrl(url),
    key: signatureKey(""),
    name: "portico-signatures",
    store: "store of router signatures",
  });
  await client.start();
  return {
    async claim(nonce, at) {
      const key = signatureKey(`${at} ${nonce}`);
      const claimed = client.use("storing a signature", (redis) => redis.set(key, "1", "PX", KEPT_MS, "NX"));
      return claimed.then(
        (answer) => answer === "OK",
        (error: unknown) => {
          throw new SignatureStoreUnavailable(error instanceof Error ? error.message : String(error));
        },
      );
    },
    stop: client.stop,
  };
};
