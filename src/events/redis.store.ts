import { randomBytes } from "node:crypto";
import { isPosition } from "./cursor.ts";
import type { LoggedEvent, NewEvent } from "./event.ts";
import type { LogKeys } from "./keys.ts";
import { type Appended, type EventLog, MAX_QUARANTINED, type Quarantined } from "./log.ts";
import { createBatcher } from "./redis.batch.ts";
import type { RedisClient } from "./redis.client.ts";
import { APPEND, BOUNDS, PROBE, QUARANTINE, RELEASE, type Script } from "./redis.script.ts";

export interface RedisStore
  extends Pick<EventLog, "append" | "read" | "bounds" | "positionsOf" | "quarantine" | "quarantined" | "release"> {
  /** Resolves if an event could be written now. */
  readonly probe: () => Promise<void>;
}

export interface RedisStoreOptions {
  readonly writer: RedisClient;
  readonly reader: RedisClient;
  readonly keys: LogKeys;
  readonly maxEvents: number;
  readonly dedupeMs: number;
  readonly waitReplicas: number;
}

/** A script holds up everybody else in Redis. */
const EVENTS_PER_SCRIPT = 64;

/** What the log keeps in Redis. */
export const createRedisStore = (options: RedisStoreOptions): RedisStore => {
  const { writer, reader, keys, maxEvents, dedupeMs, waitReplicas } = options;
  const runWrite = createBatcher({ redis: writer.redis, waitReplicas });
  const runRead = createBatcher({ redis: reader.redis, waitReplicas: 0 });
  const log = [keys.id, keys.events];

  const write = <Answer>(
    wanted: string,
    script: Script,
    names: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Answer> => writer.use(wanted, () => runWrite({ script, keys: names, args }) as Promise<Answer>);

  const appendSome = async (events: readonly NewEvent[]): Promise<readonly Appended[]> => {
    const claims = events.map(({ key }) => keys.claim(key));
    const texts = events.map((event) => JSON.stringify(event));
    const limits = [newLogId(), maxEvents, dedupeMs, keys.channel];
    const names = [...log, ...claims];
    const answer = await write<readonly unknown[]>("Storing an event", APPEND, names, [...limits, ...texts]);
    return events.map((_event, index) => ({
      position: String(answer[2 * index]),
      duplicate: answer[2 * index + 1] === 1,
    }));
  };

  return {
    async append(events) {
      const appended: Appended[] = [];
      for (let start = 0; start < events.length; start += EVENTS_PER_SCRIPT) {
        appended.push(...(await appendSome(events.slice(start, start + EVENTS_PER_SCRIPT))));
      }
      return appended;
    },
    read: (after, limit) =>
      reader.use("Reading events", async (redis) => {
        const entries = await redis.xrange(keys.events, `(${after}`, "+", "COUNT", limit);
        return entries.map((entry) => parseEntry<LoggedEvent>(entry, "position"));
      }),
    bounds: () =>
      reader.use("Asking for the bounds of the log", async () => {
        const answer = await runRead({ script: BOUNDS, keys: log, args: [newLogId()] });
        const [logId, oldest, latest, length, added] = answer as readonly [string, string, string, number, number];
        return { logId, oldest: oldest || null, latest, trimmed: added > length };
      }),
    positionsOf: (known) =>
      known.length === 0
        ? Promise.resolve([])
        : reader.use("Looking up events", (redis) => redis.mget(known.map((key) => keys.claim(key)))),
    async quarantine(item) {
      await write("Storing an unreadable body", QUARANTINE, [keys.quarantine], [MAX_QUARANTINED, JSON.stringify(item)]);
    },
    quarantined: (limit) =>
      reader.use("Reading the quarantine", async (redis) => {
        const entries = await redis.xrange(keys.quarantine, "-", "+", "COUNT", limit);
        return entries.map((entry) => parseEntry<Quarantined>(entry, "id"));
      }),
    async release(id) {
      if (!isPosition(id)) return null;
      const text = await write("Releasing an unreadable body", RELEASE, [keys.quarantine], [id]);
      return typeof text === "string" ? parseEntry<Quarantined>([id, ["item", text]], "id") : null;
    },
    async probe() {
      await write("Writing", PROBE, [keys.probe], []);
    },
  };
};

const newLogId = (): string => randomBytes(8).toString("base64url");

const parseEntry = <Entry>([id, [, text = ""]]: readonly [string, readonly string[]], place: keyof Entry): Entry => {
  try {
    return { ...(JSON.parse(text) as Entry), [place]: id };
  } catch {
    throw new Error(`foreign entry ${id}`);
  }
};
