import { randomUUID } from "node:crypto";
import type { RedisTarget } from "../config/redis-url.ts";
import { createRedisClient } from "../redis/client.ts";
import { StoreUnavailableError } from "../redis/errors.ts";
import { cacheChannelOf } from "../redis/keys.ts";
import { listenToChannel } from "../redis/listener.ts";
import { tryParseJson } from "../runtime/json.ts";
import type { CacheChange } from "./entity-cache.ts";

/** Informs the instances of an account of what the commands of one of them have changed. */
export interface InvalidationChannel {
  /** Resolves when Redis has passed it on, or cannot. It does not reject. */
  readonly publish: (change: CacheChange) => Promise<void>;
  /** Whether messages arrive now. */
  readonly isListening: () => boolean;
  readonly stop: () => Promise<void>;
}

export interface InvalidationChannelOptions {
  readonly target: RedisTarget;
  /** The account's name in Redis. */
  readonly account: string;
  /** Called for each message of another instance. */
  readonly onChange: (change: CacheChange) => void;
  /** Called whenever messages may have been missed. */
  readonly onMissed: () => void;
}

const CHECK_MS = 1_000;

const isTags = (value: unknown): value is CacheChange["tags"] =>
  Array.isArray(value) && value.every((tag) => typeof tag === "string");

/**
 * Starts the channel on two connections of its own. Resolves when it is known whether Redis can be reached, and keeps trying
 * if it cannot.
 */
export const startInvalidationChannel = async (options: InvalidationChannelOptions): Promise<InvalidationChannel> => {
  const { target, account, onChange, onMissed } = options;
  const channel = cacheChannelOf(account);
  const instance = randomUUID();
  const connect = (role: "publish" | "subscribe") =>
    createRedisClient({ target, key: channel, name: `portico-cache-${role}`, store: "cache invalidation" });
  const [sender, listener] = [connect("publish"), connect("subscribe")];
  const receive = (message: string | null): void => {
    if (message === null) return onMissed();
    const [from, tags, unsettledMs] = parseMessage(message);
    if (from === instance) return;
    if (isTags(tags) && typeof unsettledMs === "number") onChange({ tags, unsettledMs });
    else onMissed();
  };
  const { ensureSubscribed, isSubscribed } = listenToChannel(listener.redis, channel, receive);
  listener.redis.on("close", onMissed);
  await Promise.all([sender.start(), listener.start()]);
  const timer = setInterval(() => {
    ensureSubscribed();
    // A connection that hangs is detected by a command that gets no answer.
    listener.redis.ping().catch(() => {});
  }, CHECK_MS).unref();
  return {
    async publish({ tags, unsettledMs }) {
      const message = JSON.stringify([instance, tags, unsettledMs]);
      await sender
        .use("publishing what a command changed", (redis) => redis.spublish(channel, message))
        .catch((error: unknown) => {
          if (!(error instanceof StoreUnavailableError)) throw error;
        });
    },
    isListening: isSubscribed,
    async stop() {
      clearInterval(timer);
      await Promise.all([sender.stop(), listener.stop()]);
    },
  };
};

/** Another version may send another form: everything may have changed then. */
const parseMessage = (text: string): readonly unknown[] => {
  const message = tryParseJson(text);
  return Array.isArray(message) ? message : [];
};
