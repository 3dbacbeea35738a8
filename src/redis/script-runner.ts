import { createScriptBatcher } from "./batch.ts";
import { createRedisClient } from "./client.ts";
import type { StoreName } from "./errors.ts";
import { createScript, type Script } from "./script.ts";
import type { RedisTarget } from "../config/redis-url.ts";

export interface ScriptRunner {
  /** Runs a script; rejects if Redis cannot, after two seconds at the latest. */
  readonly run: (lua: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/**
 * Runs scripts of other layers on a connection of their own. All their keys have to be in the slot of `key`. Resolves when it
 * is known whether Redis can be reached, and keeps trying if it cannot.
 */
export const startScriptRunner = async (
  target: RedisTarget,
  key: string,
  name: string,
  store: StoreName,
): Promise<ScriptRunner> => {
  const client = createRedisClient({ target, key, name, store });
  const runScript = createScriptBatcher({ redis: client.redis, waitReplicas: 0 });
  const scripts = new Map<string, Script>();
  const scriptOf = (lua: string): Script => {
    const script = scripts.get(lua) ?? createScript(lua);
    scripts.set(lua, script);
    return script;
  };
  await client.start();
  return {
    run: (lua, keys, args) => client.use("running a script", () => runScript({ script: scriptOf(lua), keys, args })),
    stop: client.stop,
  };
};
