import { createScriptBatcher } from "./batch.ts";
import { createRedisClient } from "./client.ts";
import type { StoreName } from "./errors.ts";
import { createScript, type Script } from "./script.ts";
import { parseRedisUrl } from "../config/redis-url.ts";

export interface ScriptRunner {
  /** Runs a script; rejects where Redis cannot, at the latest after two seconds. */
  readonly run: (lua: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/**
 * Runs scripts that others bring along, on a connection of their own. All their keys lie in the slot of `key`. Resolves as soon
 * as it is known whether Redis can be reached, and goes on trying where it cannot. Throws RedisUrlError.
 */
export const startScriptRunner = async (
  url: string,
  key: string,
  name: string,
  store: StoreName,
): Promise<ScriptRunner> => {
  const client = createRedisClient({ target: parseRedisUrl(url), key, name, store });
  const runScript = createScriptBatcher({ redis: client.redis, waitReplicas: 0 });
  const scripts = new Map<string, Script>();
  const scriptOf = (lua: string): Script => {
    const script = scripts.get(lua) ?? createScript(lua);
    scripts.set(lua, script);
    return script;
  };
  await client.start();
  return {
    run: (lua, keys, args) => client.use("Running a script", () => runScript({ script: scriptOf(lua), keys, args })),
    stop: client.stop,
  };
};
