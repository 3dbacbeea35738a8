import { spawnSync } from "node:child_process";
import { installProgram } from "./install-program.ts";

const SERVERS = ["redis-server", "valkey-server"] as const;

/** The Redis server on the PATH; undefined if there is none. */
export const redisServer = (): string | undefined =>
  SERVERS.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);

const REDIS_MISSING =
  "The tests need redis-server (7.0 or newer) or valkey-server on the PATH: apt-get install redis-server, or brew install redis.";

/**
 * Makes sure that a Redis server is installed. Vitest calls it before all tests.
 * @throws Error with installation instructions if it cannot install one.
 */
export const setup = (): void => {
  const isInstalled = () => redisServer() !== undefined;
  if (!installProgram({ title: "Redis", isInstalled, apt: "redis-server", brew: ["redis"] }))
    throw new Error(REDIS_MISSING);
};
