import type { Redis } from "ioredis";
import { dropOldest } from "../../runtime/drop-oldest.ts";
import { tryParseJson } from "../../runtime/json.ts";
import { isOffset } from "../offset.ts";
import { isStoredEvent, type LoggedEvent, unreadableEvent } from "../event.ts";
import type { Logger } from "../../runtime/logger.ts";
import { keptText, keptValue } from "../../runtime/sanitize.ts";
import { type EventLog, type LogBounds, MAX_QUARANTINED, pageOf, type QuarantinedBody } from "./log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { createScriptBatcher, type ScriptCall } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import { createRedisAppend, newLogId, type RedisAppendOptions } from "./redis-append.ts";
import { BOUNDS, PROBE, QUARANTINE, QUARANTINE_ONCE, READ, RELEASE } from "./scripts.ts";

export interface RedisStore
  extends Pick<
    EventLog,
    | "append"
    | "read"
    | "readBack"
    | "bounds"
    | "length"
    | "offsetsOf"
    | "quarantine"
    | "quarantined"
    | "release"
    | "unreadable"
  > {
  /** Resolves if an event could be appended now. */
  readonly probe: () => Promise<void>;
}

export interface RedisStoreOptions extends RedisAppendOptions {
  readonly reader: RedisClient;
  readonly scrub?: (text: string) => string;
  readonly logger: Logger;
}

/** As the scripts answer them. */
type Bounds = readonly [logId: string, oldest: string, latest: string, length: number, added: number];
type Entry = readonly [id: string, fields: readonly string[]];
type Slice = readonly [bounds: Bounds, retained: number, entries: readonly Entry[]];

const UNREADABLE = "An entry of the event log cannot be read by this version.";

/** Stores the log in Redis. */
export const createRedisStore = (options: RedisStoreOptions): RedisStore => {
  const { writer, reader, run, keys, dedupeMs, problem, history } = options;
  const { scrub = (text) => text, logger } = options;
  const runRead = createScriptBatcher({ redis: reader.redis, waitReplicas: 0 });
  const log = [keys.id, keys.events];

  const requireUsable = (operation: string) => {
    const reason = problem();
    if (reason !== null) throw new StoreUnavailableError("event log", reason, operation);
  };

  const read = async <Answer>(operation: string, work: (redis: Redis) => Promise<Answer>): Promise<Answer> => {
    requireUsable(operation);
    return reader.use(operation, work);
  };

  const write = async (operation: string, call: ScriptCall): Promise<unknown> => {
    requireUsable(operation);
    return writer.use(operation, () => run(call));
  };

  const boundsIn = (answer: Bounds): LogBounds => {
    const bounds = parseBounds(answer);
    history.observe(bounds.logId, bounds.latest);
    return bounds;
  };

  /** Offsets of entries whose text is in the quarantine, or on its way. */
  const reported = new Set<string>();
  let unreadable = 0;

  /** Puts the text of an entry into the quarantine, once for all instances and all reads. */
  const reportUnreadable = (offset: string, text: string): void => {
    if (reported.has(offset)) return;
    reported.add(offset);
    unreadable += 1;
    dropOldest(reported, MAX_QUARANTINED);
    logger.warn({ offset }, "an entry of the event log cannot be read; it is in the quarantine");
    const { receivedAt } = unreadableEvent(offset);
    const value = tryParseJson(text);
    const item = {
      receivedAt,
      reason: UNREADABLE,
      body: value === undefined ? keptText(text, scrub) : keptValue(value, scrub),
    };
    const call = {
      script: QUARANTINE_ONCE,
      keys: [keys.quarantine, keys.claim(`unreadable ${offset}`)],
      args: [MAX_QUARANTINED, JSON.stringify(item), dedupeMs],
    };
    write("storing a quarantined body", call).catch(() => {
      reported.delete(offset);
      unreadable -= 1;
    });
  };

  /** The only reader of entries: for subscribers, for pages of events and for the backfill. */
  const readEvent = ([offset, [, text = ""]]: Entry): LoggedEvent => {
    const value = tryParseJson(text);
    if (isStoredEvent(value)) return { ...value, offset };
    reportUnreadable(offset, text);
    return unreadableEvent(offset);
  };

  return {
    append: createRedisAppend(options),
    read: (after, limit) =>
      read("reading events", async () => {
        const args = [newLogId(), after.logId ?? "", after.offset, limit];
        const [bounds, retained, entries] = (await runRead({ script: READ, keys: log, args })) as Slice;
        const last = entries.at(-1)?.[0] ?? null;
        const events = entries.map(readEvent);
        return pageOf(after, { events, last, isRetained: retained === 1, bounds: boundsIn(bounds) });
      }),
    unreadable: () => unreadable,
    readBack: (before, limit) =>
      read("reading events", async (redis) => {
        const entries = await redis.xrevrange(keys.events, before === null ? "+" : `(${before}`, "-", "COUNT", limit);
        return entries.map(readEvent);
      }),
    length: () => read("reading the length of the log", (redis) => redis.xlen(keys.events)),
    bounds: () =>
      read("reading the bounds of the log", async () =>
        boundsIn((await runRead({ script: BOUNDS, keys: log, args: [newLogId()] })) as Bounds),
      ),
    offsetsOf: (eventKeys) =>
      read("looking up events", async (redis) => {
        const [logId = null, ...claims] = await redis.mget(keys.id, ...eventKeys.map((key) => keys.claim(key)));
        return claims.map((claim) => claimedOffset(claim, logId));
      }),
    async quarantine(item) {
      const args = [MAX_QUARANTINED, JSON.stringify(item)];
      await write("storing a quarantined body", { script: QUARANTINE, keys: [keys.quarantine], args });
    },
    quarantined: (limit) =>
      read("reading the quarantine", async (redis) => {
        const entries = await redis.xrange(keys.quarantine, "-", "+", "COUNT", limit);
        return entries.map(quarantinedIn).filter((item) => item !== null);
      }),
    async release(id) {
      if (!isOffset(id)) return null;
      const call = { script: RELEASE, keys: [keys.quarantine], args: [id] };
      const text = await write("releasing a quarantined body", call);
      return typeof text === "string" ? quarantinedIn([id, ["item", text]]) : null;
    },
    async probe() {
      const probed = [keys.id, keys.events, keys.writers, keys.probe];
      await write("checking for writes", { script: PROBE, keys: probed, args: [] });
    },
  };
};

/** The offset in a claim of this log; null without a claim, and for a claim of a log that is gone. */
export const claimedOffset = (claim: string | null, logId: string | null): string | null => {
  const [owner, offset = null] = claim?.split(" ") ?? [];
  return owner !== undefined && owner === logId?.split(".")[0] ? offset : null;
};

const parseBounds = ([logId, oldest, latest, length, added]: Bounds): LogBounds => ({
  logId,
  oldest: oldest || null,
  latest,
  trimmed: added > length,
});

/** A quarantined body; null for an entry that another program wrote. */
const quarantinedIn = ([id, [, text = ""]]: Entry): QuarantinedBody | null => {
  const item = tryParseJson(text) as Partial<QuarantinedBody> | null | undefined;
  return typeof item?.body === "string" ? { ...(item as QuarantinedBody), id } : null;
};
