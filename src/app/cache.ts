import type { StoreOptions } from "./stores.ts";
import { createEntityCache, type EntityCache } from "../cache/entity-cache.ts";
import { isAboutHealth, type Tag } from "../cache/tags.ts";
import { type InvalidationChannel, startInvalidationChannel } from "../cache/invalidation-channel.ts";
import type { EventLog } from "../events/log/log.ts";
import type { GatewayClient } from "../gateway/client.ts";
import type { AccountReads } from "../loaders/account-reads.ts";

/** What the cache of an account is opened from. */
interface CacheParts extends Pick<StoreOptions, "redis" | "lifecycle"> {
  /** 0 to keep nothing. */
  readonly cacheMb: number;
  /** Returns the time of the gateway in milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly redisName: string;
  readonly log: EventLog;
  readonly gateway: GatewayClient;
  readonly reads: AccountReads;
  /** Called with each drop of what may be kept, with null for all. */
  readonly onDrop: (tags: readonly Tag[] | null) => void;
}

/**
 * Opens the cache of an account. With Redis its instances inform each other of what they change, also if they keep nothing: a read after
 * a write must not join a read that another instance sent before it.
 */
export const openEntityCache = async (parts: CacheParts): Promise<EntityCache> => {
  const { redis, lifecycle, cacheMb, now, redisName, log, gateway, reads, onDrop } = parts;
  let channel: InvalidationChannel | null = null;
  const cache = createEntityCache({
    maxBytes: cacheMb * 1024 * 1024,
    now: () => performance.now(),
    gatewayNow: now,
    isInformed: () => log.problem() === null && log.isNotified() && (redis === null || channel?.isListening() === true),
    publish: async (change) => channel?.publish(change),
    onDrop(tags) {
      gateway.renew();
      if (tags === null || isAboutHealth(tags)) reads.health.drop();
      if (cacheMb > 0) onDrop(tags);
    },
  });
  if (redis !== null) {
    channel = await startInvalidationChannel({
      target: redis,
      account: redisName,
      onChange: cache.drop,
      onMissed: cache.clear,
    });
    lifecycle.add("cache invalidation", channel.stop);
  }
  return cache;
};
