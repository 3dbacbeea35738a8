import { startRedis } from "../../../kit/redis.ts";
import { startRelay } from "../../relay.ts";
import type { Random } from "../random.ts";
import type { Store } from "./store.ts";

/** One server. Each instance reaches it through a relay of its own. */
export const startPlain = async (instances: number, random: Random): Promise<Store> => {
  const redis = await startRedis({ appendfsync: "everysec" });
  const relays = await Promise.all(
    Array.from({ length: instances }, () => startRelay({ targets: () => [redis.port], random })),
  );
  return {
    urlFor: (instance) => `redis://127.0.0.1:${relays[instance]?.port ?? redis.port}`,
    url: redis.url,
    relays,
    master: async () => redis,
    async loseMaster() {
      await redis.kill();
      await redis.restart();
    },
    async stop() {
      await Promise.all(relays.map((relay) => relay.stop()));
      await redis.stop();
    },
  };
};
