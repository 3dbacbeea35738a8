import type { Redis } from "ioredis";
import type { Logger } from "../runtime/logger.ts";

/** Tells the operator, where Redis says so, that what is acknowledged lives in its memory only. */
export const warnIfNotPersistent = async (redis: Redis, logger: Logger): Promise<void> => {
  const info = await redis.info("persistence").catch(() => "");
  if (!info.includes("aof_enabled:0")) return;
  logger.warn({}, "Redis keeps no append-only file: set appendonly yes, or events may be lost with it");
};
