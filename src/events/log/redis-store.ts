import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { isOffset } from "../cursor.ts";
import type { LoggedEvent, NewEvent } from "../event.ts";
import type { LogKeys } from "../../redis/keys.ts";
import { type AppendResult, type EventLog, MAX_QUARANTINED, type QuarantinedBody } from "./log.ts";
import { StoreUnavailableError } from "../../redis/errors.ts";
import { createScriptBatcher, type RunScript, type ScriptCall } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import { APPEND, BOUNDS, PROBE, QUARANTINE, RELEASE } from "./scripts.ts";

/** An event as it is stored. */
export interface StoredEvent {
  readonly key: string;
  readonly offset: string;
  readonly text: string;
}

export interface RedisStore
  extends Pick<EventLog, "append" | "read" | "bounds" | "offsetsOf" | "quarantine" | "quarantined" | "release"> {
  /** Resolves if an event could be written now. */
  readonly probe: () => Promise<void>;
}

export interface RedisStoreOptions {
  readonly writer: RedisClient;
  readonly reader: RedisClient;
  /** On the connection of the writer. */
  readonly run: RunScript;
  readonly keys: LogKeys;
  readonly maxEvents: number;
  readonly dedupeMs: number;
  /** Why the log is neither to be read nor written now; null when it is. */
  readonly closed: () => string | null;
  /** Told of all that is about to be acknowledged. */
  readonly onStored: (events: readonly StoredEvent[]) => void;
}

/** A script holds up everybody else in Redis. */
export const EVENTS_PER_SCRIPT = 64;

/** What the log keeps in Redis. */
export const createRedisStore = (options: RedisStoreOptions): RedisStore => {
  const { writer, reader, run, keys, maxEvents, dedupeMs, closed, onStored } = options;
  const runRead = createScriptBatcher({ redis: reader.redis, waitReplicas: 0 });
  const log = [keys.id, keys.events];

  const guard = (wanted: string) => {
    const reason = closed();
    if (reason !== null) throw new StoreUnavailableError("event log", `${wanted} failed: ${reason}`);
  };

  const read = async <Answer>(wanted: string, work: (redis: Redis) => Promise<Answer>): Promise<Answer> => {
    guard(wanted);
    return reader.use(wanted, work);
  };

  const write = async (wanted: string, call: ScriptCall): Promise<unknown> => {
    guard(wanted);
    return writer.use(wanted, () => run(call));
  };

  const appendSome = async (events: readonly NewEvent[]): Promise<readonly AppendResult[]> => {
    const claims = events.map(({ key }) => keys.claim(key));
    const texts = events.map((event) => JSON.stringify(event));
    const args = [newLogId(), maxEvents, dedupeMs, keys.channel, ...texts];
    const answer = await write("Storing an event", { script: APPEND, keys: [...log, ...claims], args });
    const facts = answer as readonly (string | number)[];
    const appended = events.map((_event, index) => ({
      offset: String(facts[2 * index]),
      duplicate: facts[2 * index + 1] === 1,
    }));
    onStored(
      events.map(({ key }, index) => ({ key, offset: appended[index]?.offset ?? "", text: texts[index] ?? "" })),
    );
    return appended;
  };

  return {
    async append(events) {
      const appended: AppendResult[] = [];
      for (let start = 0; start < events.length; start += EVENTS_PER_SCRIPT) {
        appended.push(...(await appendSome(events.slice(start, start + EVENTS_PER_SCRIPT))));
      }
      return appended;
    },
    read: (after, limit) =>
      read("Reading events", async (redis) => {
        const entries = await redis.xrange(keys.events, `(${after}`, "+", "COUNT", limit);
        return entries.map((entry) => parseEntry<LoggedEvent>(entry, "offset"));
      }),
    bounds: () =>
      read("Asking for the bounds of the log", async () => {
        const answer = await runRead({ script: BOUNDS, keys: log, args: [newLogId()] });
        const [logId, oldest, latest, length, added] = answer as readonly [string, string, string, number, number];
        return { logId, oldest: oldest || null, latest, trimmed: added > length };
      }),
    offsetsOf: (known) =>
      read("Looking up events", async (redis) => {
        const [logId = null, ...claims] = await redis.mget(keys.id, ...known.map((key) => keys.claim(key)));
        return claims.map((claim) => claimedOffset(claim, logId));
      }),
    async quarantine(item) {
      const args = [MAX_QUARANTINED, JSON.stringify(item)];
      await write("Storing an unreadable body", { script: QUARANTINE, keys: [keys.quarantine], args });
    },
    quarantined: (limit) =>
      read("Reading the quarantine", async (redis) => {
        const entries = await redis.xrange(keys.quarantine, "-", "+", "COUNT", limit);
        return entries.map((entry) => parseEntry<QuarantinedBody>(entry, "id"));
      }),
    async release(id) {
      if (!isOffset(id)) return null;
      const call = { script: RELEASE, keys: [keys.quarantine], args: [id] };
      const text = await write("Releasing an unreadable body", call);
      return typeof text === "string" ? parseEntry<QuarantinedBody>([id, ["item", text]], "id") : null;
    },
    async probe() {
      await write("Writing", { script: PROBE, keys: [keys.probe], args: [] });
    },
  };
};

/** Random bytes proper are drawn from the system one by one, which took a tenth of the time of an append. */
export const newLogId = (): string => randomUUID().slice(-17).replace("-", "");

/** What a claim of this log says; null for none, and for one of a log that is gone. */
export const claimedOffset = (claim: string | null, logId: string | null): string | null => {
  const [owner, offset = null] = claim?.split(" ") ?? [];
  return owner === logId ? offset : null;
};

const parseEntry = <Entry>([id, [, text = ""]]: readonly [string, readonly string[]], place: keyof Entry): Entry => {
  try {
    return { ...(JSON.parse(text) as Entry), [place]: id };
  } catch {
    throw new Error(`foreign entry ${id}`);
  }
};
