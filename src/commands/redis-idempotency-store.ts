import { createScriptBatcher, type ScriptCall } from "../redis/batch.ts";
import { createRedisClient } from "../redis/client.ts";
import { commandKeysOf } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import type { RedisTarget } from "../config/redis-url.ts";
import { dropOldest } from "../runtime/drop-oldest.ts";
import { IDEMPOTENCY_TTL_MS, type IdempotencyRecord, type IdempotencyStore } from "./idempotency-store.ts";

export interface RedisIdempotencyStore extends IdempotencyStore {
  readonly stop: () => Promise<void>;
}

/**
 * KEYS: record, withdrawal. ARGV: a record, how long it lasts in milliseconds. Writes the record and returns nothing if the key is free;
 * otherwise returns the existing record. A claim that was withdrawn before it arrived fails: its sender has gone.
 */
const CLAIM = createScript(`
if redis.call('EXISTS', KEYS[2]) == 1 then return redis.error_reply('ERR this claim was withdrawn') end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX', 'GET')
`);

/** KEYS: record. ARGV: the text that is there, the one to write, how long it lasts in milliseconds. Returns 1 if it wrote. */
const REPLACE = createScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`);

/** KEYS: record, withdrawal. ARGV: the attempt, how long the withdrawal lasts in milliseconds. */
const RELEASE_CLAIM = createScript(`
redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
local text = redis.call('GET', KEYS[1])
if text and cjson.decode(text).attempt == ARGV[1] then redis.call('DEL', KEYS[1]) end
`);

/** Much longer than a claim may be on its way, in the buffers of a connection that was given up. */
const WITHDRAWAL_MS = 3_600_000;
const REPEAT_MS = 250;
const MAX_WAITING = 10_000;

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
  const run = createScriptBatcher({ redis: client.redis, waitReplicas: 0 });
  const keysFor = (key: string, { attempt }: IdempotencyRecord) => [keyOf(key), keyOf(`withdrawn ${attempt}`)];
  /** Releases that did not succeed yet, by attempt. */
  const waiting = new Map<string, ScriptCall>();

  const release = async (attempt: string, call: ScriptCall): Promise<void> => {
    try {
      await client.use("releasing an idempotency key", () => run(call));
      waiting.delete(attempt);
    } catch {
      waiting.set(attempt, call);
      dropOldest(waiting, MAX_WAITING);
    }
  };
  const repeatAll = () => {
    if (client.redis.status !== "ready") return;
    for (const [attempt, call] of waiting) void release(attempt, call);
  };

  await client.start();
  const timer = setInterval(repeatAll, REPEAT_MS).unref();
  const parse = (text: string | null): IdempotencyRecord | null =>
    text === null ? null : (JSON.parse(text) as IdempotencyRecord);
  const read = (key: string) => client.use("reading an idempotency key", (redis) => redis.get(keyOf(key))).then(parse);
  return {
    async claim(key, record, span) {
      const call = { script: CLAIM, keys: keysFor(key, record), args: [JSON.stringify(record), IDEMPOTENCY_TTL_MS] };
      const traced = span && { span, command: "EVALSHA" };
      return parse((await client.use("writing an idempotency key", () => run(call), traced)) as string | null);
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
    async replace(key, previous, record) {
      const args = [JSON.stringify(previous), JSON.stringify(record), IDEMPOTENCY_TTL_MS];
      const call = { script: REPLACE, keys: [keyOf(key)], args };
      return (await client.use("taking over an idempotency key", () => run(call))) === 1;
    },
    release(key, record) {
      const args = [record.attempt, WITHDRAWAL_MS];
      return release(record.attempt, { script: RELEASE_CLAIM, keys: keysFor(key, record), args });
    },
    async stop() {
      clearInterval(timer);
      await client.stop();
    },
  };
};
