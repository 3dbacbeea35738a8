import type { Redis } from "ioredis";

/**
 * Calls back for each message of a sharded channel, and whenever messages may have been missed. Subscribes anew on each
 * connection; where that fails, `keep`, to be called now and then, tries again.
 */
export const listenToChannel = (
  redis: Redis,
  channel: string,
  onMessage: () => void,
): { readonly keep: () => void } => {
  let subscribed = false;

  const subscribe = async () => {
    if (subscribed || redis.status !== "ready") return;
    await redis.ssubscribe(channel);
    subscribed = true;
    onMessage();
  };
  const keep = () => void subscribe().catch(() => {});

  redis.on("ready", keep);
  redis.on("close", () => {
    subscribed = false;
  });
  // The slot went to another node of the cluster.
  redis.on("moved", () => redis.disconnect(true));
  redis.on("smessage", onMessage);
  return { keep };
};
