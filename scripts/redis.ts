import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:process";

const SERVERS = ["redis-server", "valkey-server"] as const;

/** The Redis server on the PATH; undefined if there is none. */
export const redisServer = (): string | undefined =>
  SERVERS.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);

/** Package manager commands that can install it without user interaction. */
const installers = (): readonly (readonly string[])[] => {
  if (platform === "darwin") return [["brew", "install", "redis"]];
  if (platform !== "linux" || process.getuid?.() !== 0 || !isDebian()) return [];
  return [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", "redis-server"],
  ];
};

const isDebian = (): boolean => {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
};

const REDIS_MISSING =
  "The tests need redis-server (7.0 or newer) or valkey-server on the PATH: apt-get install redis-server, or brew install redis.";

/**
 * Makes sure that a Redis server is installed. Vitest calls it before all tests.
 * @throws Error with installation instructions if it cannot install one.
 */
export const setup = (): void => {
  if (redisServer() !== undefined) return;
  for (const [command = "", ...args] of installers()) {
    process.stderr.write(`Installing Redis for the tests: ${command} ${args.join(" ")}\n`);
    spawnSync(command, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
  if (redisServer() === undefined) throw new Error(REDIS_MISSING);
};
