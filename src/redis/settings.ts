import type { Redis } from "ioredis";
import type { Logger } from "../runtime/logger.ts";

/** What the settings of a Redis server may cost. */
export interface SettingsWatch {
  /** Returns one sentence for each setting with which Redis may lose data; empty while Redis was never asked. */
  readonly warnings: () => readonly string[];
  readonly stop: () => void;
}

const CHECK_MS = 60_000;

/**
 * Reads the settings of Redis at every connection and once a minute, and logs each sentence when it appears. Without
 * `appendOnly` an append-only file is not expected.
 */
export const watchSettings = (redis: Redis, logger: Logger, { appendOnly }: { appendOnly: boolean }): SettingsWatch => {
  let warnings: readonly string[] = [];
  const check = async () => {
    const found = warningsIn(`${await redis.info("persistence")}${await redis.info("memory")}`, appendOnly);
    for (const warning of found) if (!warnings.includes(warning)) logger.warn({}, warning);
    warnings = found;
  };
  // A Redis that cannot be asked, or forbids the question, is no reason to warn.
  const checkIfPossible = () => void check().catch(() => {});
  redis.on("ready", checkIfPossible);
  const timer = setInterval(checkIfPossible, CHECK_MS).unref();
  return { warnings: () => warnings, stop: () => clearInterval(timer) };
};

const warningsIn = (info: string, appendOnly: boolean): readonly string[] => {
  const value = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const [policy, limit] = [value("maxmemory_policy") ?? "noeviction", value("maxmemory") ?? "0"];
  return [
    ...(appendOnly && value("aof_enabled") === "0"
      ? ["Redis has no append-only file: set appendonly to yes, or events may be lost when Redis stops."]
      : []),
    ...(limit !== "0" && policy !== "noeviction"
      ? [
          `Redis evicts keys when it is full (${policy}): set maxmemory-policy to noeviction, or events and idempotency keys are lost.`,
        ]
      : []),
  ];
};
