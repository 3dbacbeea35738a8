import type { Redis } from "ioredis";
import type { Logger } from "../runtime/logger.ts";

/** Warns the operator if Redis reports that it keeps data in memory only. */
export const warnIfNotPersistent = async (redis: Redis, logger: Logger): Promise<void> => {
  const info = await redis.info("persistence").catch(() => "");
  if (!info.includes("aof_enabled:0")) return;
  logger.warn({}, "Redis has no append-only file: set appendonly to yes, or events may be lost when Redis stops");
};
