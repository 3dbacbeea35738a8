import type { Config } from "../../../config/config.ts";
import type { Lifecycle } from "../../../runtime/lifecycle.ts";
import { createRouterSignatureGuard, type RouterSignatureGuard } from "./guard.ts";
import { createHiveCheck } from "./hive.ts";
import { createMemoryNonceStore } from "./nonce-store.ts";
import { startRedisNonceStore } from "./redis-nonce-store.ts";
import { createSignatureCheck } from "./signature.ts";

/** What lets through what routers have signed; null where anybody may ask. */
export const openRouterSignatureGuard = async (
  { subgraph, redisUrl }: Pick<Config, "subgraph" | "redisUrl">,
  lifecycle: Lifecycle,
): Promise<RouterSignatureGuard | null> => {
  const { routerKeys: keys, hiveHmac } = subgraph;
  if (keys.length === 0) return null;
  const shared = redisUrl === null ? null : await startRedisNonceStore(redisUrl);
  if (shared !== null) lifecycle.add("signatures", shared.stop);
  const check = createSignatureCheck({ keys, nonces: shared ?? createMemoryNonceStore(Date.now), now: Date.now });
  return createRouterSignatureGuard({ check, hive: hiveHmac ? createHiveCheck(keys) : null });
};
