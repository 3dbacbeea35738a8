import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Logger } from "../../runtime/logger.ts";
import { compareOffsets } from "../cursor.ts";
import type { NewEvent } from "../event.ts";
import type { LogKeys } from "../../redis/keys.ts";
import type { RunScript } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import { REMEMBER, RESTORE } from "./scripts.ts";
import { claimedOffset, EVENTS_PER_SCRIPT, newLogId, type StoredEvent } from "./redis-store.ts";

export interface Restorer {
  /** Remembers what is about to be acknowledged. */
  readonly remember: (events: readonly StoredEvent[]) => void;
  /** Finds out whether Redis is the one it was; where it is not, puts back what it lost. Never rejects. */
  readonly check: () => Promise<void>;
  /** Why the log must not be used now; null when it may. */
  readonly closed: () => string | null;
}

export interface RestorerOptions {
  readonly writer: RedisClient;
  readonly run: RunScript;
  readonly keys: LogKeys;
  readonly maxEvents: number;
  readonly dedupeMs: number;
  readonly logger: Logger;
  readonly onOpen: () => void;
}

/** How far back Redis may forget: fsync once a second, or the lag of a replica that became master. */
const KEEP_MS = 5_000;
const KEEP_EVENTS = 20_000;
const KEYS_PER_LOOK = 1_000;
/** How long the other instances have to tell what they remember. */
const HOLD_MS = 1_000;
const STAGED_MS = 60_000;
const RESTORING = "Redis was restarted: what it lost is being put back.";

/**
 * A Redis that crashed comes back without the events of its last moments, although it answered for them: with
 * `appendfsync everysec` it writes to its file late while the disk is slow, and 40 crashes lost 32 of 28,644 events. So every
 * instance remembers what it acknowledged, and puts it back together with the others before anybody appends or reads.
 */
export const createRestorer = (options: RestorerOptions): Restorer => {
  const { writer, run, keys, maxEvents, dedupeMs, logger, onOpen } = options;
  const memory = createMemory();
  /** Counts connections: an answer on an earlier one says nothing about the present one. */
  let connection = 0;
  let isOpen = false;
  let checking: Promise<void> | null = null;
  let myRun: string | null = null;

  writer.redis.on("close", () => {
    connection += 1;
    isOpen = false;
  });

  const missing = async (redis: Redis): Promise<readonly StoredEvent[]> => {
    const found: StoredEvent[] = [];
    for (const events of chunks(memory.all(), KEYS_PER_LOOK)) {
      const [logId = null, ...claims] = await redis.mget(keys.id, ...events.map(({ key }) => keys.claim(key)));
      found.push(...events.filter((_event, index) => claimedOffset(claims[index] ?? null, logId) === null));
    }
    return found;
  };

  const tell = async (lost: readonly StoredEvent[]) => {
    for (const events of chunks(lost, EVENTS_PER_SCRIPT)) {
      const args = [STAGED_MS, ...events.flatMap(({ offset, text }) => [offset, text])];
      await run({ script: REMEMBER, keys: [keys.recent], args });
    }
  };

  const restore = async (told: Readonly<Record<string, string>>) => {
    let restored = 0;
    const all = Object.entries(told).sort(([a], [b]) => compareOffsets(a, b));
    for (const events of chunks(all, EVENTS_PER_SCRIPT)) {
      const claims = events.map(([, text]) => keys.claim((JSON.parse(text) as NewEvent).key));
      const args = [newLogId(), maxEvents, dedupeMs, ...events.flat()];
      restored += (await run({ script: RESTORE, keys: [keys.id, keys.events, ...claims], args })) as number;
    }
    if (restored > 0) logger.warn({ events: restored }, "events that Redis had lost were put back");
  };

  const examine = async (redis: Redis) => {
    const begun = connection;
    const present = /run_id:(\w+)/.exec(await redis.info("server").catch(emptyIfForbidden))?.[1] ?? "";
    const wholeIn = await redis.get(keys.run);
    const isKnown = (wholeIn ?? present) === present && (myRun ?? present) === present;
    if (!isKnown) {
      await tell(await missing(redis));
      await delay(HOLD_MS);
      if (begun === connection) await restore(await redis.hgetall(keys.recent));
    }
    if (begun !== connection) return;
    if (wholeIn !== present) await redis.set(keys.run, present);
    myRun = present;
    isOpen = begun === connection;
  };

  const checkAll = async () => {
    for (let begun = -1; begun !== connection; ) {
      begun = connection;
      await writer.use("Checking Redis", examine).catch(() => {});
    }
    checking = null;
    if (isOpen) onOpen();
  };

  return {
    remember: memory.add,
    check() {
      if (isOpen) return Promise.resolve();
      checking ??= checkAll();
      return checking;
    },
    closed: () => (isOpen ? null : (writer.problem() ?? RESTORING)),
  };
};

/** Who may not ask which run this is, cannot tell one from another, and does without. */
const emptyIfForbidden = (error: Error): string => {
  if (/NOPERM|unknown command/.test(error.message)) return "";
  throw error;
};

const createMemory = () => {
  let kept: { readonly event: StoredEvent; readonly at: number }[] = [];
  /** What is old when the last was stored, not now: nothing ages while Redis is away. */
  const prune = () => {
    const oldest = (kept.at(-1)?.at ?? 0) - KEEP_MS;
    kept = kept.slice(-KEEP_EVENTS).filter(({ at }) => at >= oldest);
  };
  return {
    add: (events: readonly StoredEvent[]) => {
      const at = performance.now();
      for (const event of events) kept.push({ event, at });
      if (kept.length > 2 * KEEP_EVENTS || at - (kept[0]?.at ?? at) > 2 * KEEP_MS) prune();
    },
    all: () => {
      prune();
      return kept.map(({ event }) => event);
    },
  };
};

const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
