import type { Redis } from "ioredis";

/**
 * Calls `onMessage` for each message of a sharded channel, and with null whenever messages may have been missed. It subscribes
 * on each new connection. Call `ensureSubscribed` periodically: it tries again if that failed.
 */
export const listenToChannel = (
  redis: Redis,
  channel: string,
  onMessage: (message: string | null) => void,
): { readonly ensureSubscribed: () => void; readonly isSubscribed: () => boolean } => {
  let isSubscribed = false;

  const subscribe = async () => {
    if (isSubscribed || redis.status !== "ready") return;
    await redis.ssubscribe(channel);
    isSubscribed = true;
    onMessage(null);
  };
  const ensureSubscribed = () => void subscribe().catch(() => {});

  redis.on("ready", ensureSubscribed);
  redis.on("close", () => {
    isSubscribed = false;
  });
  // The slot has moved to another node of the cluster.
  redis.on("moved", () => redis.disconnect(true));
  redis.on("smessage", (_channel: string, message: string) => onMessage(message));
  return { ensureSubscribed, isSubscribed: () => isSubscribed };
};
