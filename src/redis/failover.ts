import { Redis } from "ioredis";
import type { RedisTarget } from "../config/redis-url.ts";

const CHANNEL = "+switch-master";
/** How often to try to reach a sentinel that is away. */
const RETRY_MS = 2_000;

export interface FailoverWatch {
  readonly start: () => void;
  readonly stop: () => void;
}

/**
 * Calls `onSwitch` when a sentinel says that another server is the master now. Sentinels let the old master go on for about ten seconds
 * before they make it a replica; what it acknowledges meanwhile is lost with it. Every sentinel is watched, because the one that leads a
 * failover is the last to say so.
 */
export const watchFailover = (
  { nodes, master, sentinelPassword, tls }: RedisTarget,
  onSwitch: () => void,
): FailoverWatch => {
  const options = {
    replyMapping: "legacy",
    lazyConnect: true,
    autoResubscribe: false,
    enableReadyCheck: false,
    retryStrategy: () => RETRY_MS,
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
    ...(tls ? { tls: {} } : {}),
  } as const;
  const sentinels = nodes.map((node) => new Redis({ ...options, ...node }));
  for (const sentinel of sentinels) {
    // A sentinel that is away says nothing; the others do.
    sentinel.on("error", () => {});
    sentinel.on("ready", () => void sentinel.subscribe(CHANNEL).catch(() => {}));
    sentinel.on("message", (_channel, text: string) => {
      if (text.startsWith(`${master} `)) onSwitch();
    });
  }
  return {
    start() {
      for (const sentinel of sentinels) sentinel.connect().catch(() => {});
    },
    stop() {
      for (const sentinel of sentinels) sentinel.disconnect();
    },
  };
};
