import { commandKeysOf } from "../redis/keys.ts";
import { createRedisClient } from "../redis/client.ts";
import type { RedisTarget } from "../config/redis-url.ts";
import { IDEMPOTENCY_TTL_MS, type IdempotencyRecord, type IdempotencyStore } from "./idempotency-store.ts";

export interface RedisIdempotencyStore extends IdempotencyStore {
  readonly stop: () => Promise<void>;
}

/** Connects to the store of keys that all instances of an account share. */
export const startRedisIdempotencyStore = async (
  target: RedisTarget,
  account: string,
): Promise<RedisIdempotencyStore> => {
  const keyOf = commandKeysOf(account);
  const client = createRedisClient({
    target,
    key: keyOf(""),
    name: "portico-commands",
    store: "store of idempotency keys",
  });
  await client.start();
  const parse = (text: string | null): IdempotencyRecord | null =>
    text === null ? null : (JSON.parse(text) as IdempotencyRecord);
  const read = (key: string) => client.use("reading an idempotency key", (redis) => redis.get(keyOf(key))).then(parse);
  return {
    async claim(key, record, span) {
      const text = JSON.stringify(record);
      const existing = await client.use(
        "writing an idempotency key",
        (redis) => redis.set(keyOf(key), text, "PX", IDEMPOTENCY_TTL_MS, "NX", "GET"),
        span && { span, command: "SET" },
      );
      return parse(existing);
    },
    read,
    async complete(key, record, span) {
      const text = JSON.stringify(record);
      await client.use(
        "writing the outcome of a command",
        (redis) => redis.set(keyOf(key), text, "KEEPTTL", "XX"),
        span && { span, command: "SET" },
      );
    },
    async release(key) {
      await client.use("releasing an idempotency key", (redis) => redis.del(keyOf(key)));
    },
    stop: client.stop,
  };
};
