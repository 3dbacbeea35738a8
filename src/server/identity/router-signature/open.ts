import type { Config } from "../../../config/config.ts";
import type { Lifecycle } from "../../../runtime/lifecycle.ts";
import { createRouterGate, type RouterGate } from "./gate.ts";
import { createHiveCheck } from "./hive.ts";
import { createMemoryNonces } from "./nonces.ts";
import { startRedisNonces } from "./redis-nonces.ts";
import { createSignatureCheck } from "./signature.ts";

/** What lets through what routers have signed; null where anybody may ask. */
export const openRouterGate = async (
  { subgraph, redisUrl }: Pick<Config, "subgraph" | "redisUrl">,
  lifecycle: Lifecycle,
): Promise<RouterGate | null> => {
  const { routerKeys: keys, hiveHmac } = subgraph;
  if (keys.length === 0) return null;
  const shared = redisUrl === null ? null : await startRedisNonces(redisUrl);
  if (shared !== null) lifecycle.add("signatures", shared.stop);
  const check = createSignatureCheck({ keys, nonces: shared ?? createMemoryNonces(Date.now), now: Date.now });
  return createRouterGate({ check, hive: hiveHmac ? createHiveCheck(keys) : null });
};
