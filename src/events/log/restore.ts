import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Logger } from "../../runtime/logger.ts";
import { compareOffsets, isOffset } from "../cursor.ts";
import { gapEntry, type NewEvent } from "../event.ts";
import type { LogKeys } from "../../redis/keys.ts";
import type { RunScript } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import { REMEMBER, RESTORE } from "./scripts.ts";
import { claimedOffset, EVENTS_PER_SCRIPT, newLogId, type StoredEvent } from "./redis-store.ts";

export interface RestorerOptions {
  readonly writer: RedisClient;
  readonly run: RunScript;
  readonly keys: LogKeys;
  readonly maxEvents: number;
  readonly dedupeMs: number;
  readonly logger: Logger;
  /** Called when the log may be used again. */
  readonly onOpen: () => void;
}

/** How far back Redis may forget: an fsync once a second, or the lag of a replica that became the master. */
const KEEP_MS = 5_000;
const KEEP_EVENTS = 20_000;
const KEYS_PER_LOOKUP = 1_000;
/** How long the other instances have to contribute what they remember. */
const HOLD_MS = 1_000;
const STAGED_MS = 60_000;
const RESTORING = "Redis was restarted; the events that it lost are being restored.";

/**
 * Restores events that a restarted Redis has lost.
 *
 * A Redis that crashed comes back without the events of its last moments, although it acknowledged them: with
 * `appendfsync everysec` it writes to its file late while the disk is slow, and 40 crashes lost 32 of 28,644 events. So every
 * instance remembers what it acknowledged, and restores it together with the others before any instance appends or reads. An
 * instance that reaches Redis only after others have appended more is too late: what it remembers is reported as a gap.
 *
 * States: closed, on every new connection, until Redis is known to be complete; checking, while that is examined; open.
 */
export class Restorer {
  readonly #options: RestorerOptions;
  readonly #acknowledged = new AcknowledgedEvents();
  /** Counts connections: an answer on an earlier connection says nothing about the present one. */
  #connection = 0;
  #isOpen = false;
  #checking: Promise<void> | null = null;
  /** The run of Redis that this instance has found complete. */
  #completeRun: string | null = null;

  constructor(options: RestorerOptions) {
    this.#options = options;
    options.writer.redis.on("close", () => {
      this.#connection += 1;
      this.#isOpen = false;
    });
  }

  /** Remembers events that are about to be acknowledged. */
  remember(events: readonly StoredEvent[]): void {
    this.#acknowledged.add(events);
  }

  /** Finds out whether Redis is still the same run; if it is not, restores what it lost. Never rejects. */
  check(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    this.#checking ??= this.#checkConnection();
    return this.#checking;
  }

  /** Why the log must not be used now; null if it may be used. */
  problem(): string | null {
    return this.#isOpen ? null : (this.#options.writer.problem() ?? RESTORING);
  }

  /** Repeats the check until the connection is the same before and after it. */
  async #checkConnection(): Promise<void> {
    for (let checked = -1; checked !== this.#connection; ) {
      checked = this.#connection;
      await this.#options.writer.use("checking Redis", (redis) => this.#examine(redis)).catch(() => {});
    }
    this.#checking = null;
    if (this.#isOpen) this.#options.onOpen();
  }

  async #examine(redis: Redis): Promise<void> {
    const { keys } = this.#options;
    const connection = this.#connection;
    const run = /run_id:(\w+)/.exec(await redis.info("server").catch(emptyIfForbidden))?.[1] ?? "";
    const recordedRun = await redis.get(keys.run);
    const isComplete = (recordedRun ?? run) === run && (this.#completeRun ?? run) === run;
    if (!isComplete) {
      await this.#contribute(await this.#missingIn(redis));
      await delay(HOLD_MS);
      if (connection === this.#connection) await this.#restore(await redis.hgetall(keys.recent));
      // What is still missing was refused; it would be refused, and reported, after every further restart.
      this.#acknowledged.remove(await this.#missingIn(redis));
    }
    if (connection !== this.#connection) return;
    if (recordedRun !== run) await redis.set(keys.run, run);
    this.#completeRun = run;
    this.#isOpen = connection === this.#connection;
  }

  /** The remembered events that Redis does not have. */
  async #missingIn(redis: Redis): Promise<readonly StoredEvent[]> {
    const { keys } = this.#options;
    const missing: StoredEvent[] = [];
    for (const events of chunks(this.#acknowledged.all(), KEYS_PER_LOOKUP)) {
      const [logId = null, ...claims] = await redis.mget(keys.id, ...events.map(({ key }) => keys.claim(key)));
      missing.push(...events.filter((_event, index) => claimedOffset(claims[index] ?? null, logId) === null));
    }
    return missing;
  }

  /** Adds lost events to what all instances restore. */
  async #contribute(lost: readonly StoredEvent[]): Promise<void> {
    const { run, keys } = this.#options;
    for (const events of chunks(lost, EVENTS_PER_SCRIPT)) {
      const args = [STAGED_MS, ...events.flatMap(({ offset, text }) => [offset, text])];
      await run({ script: REMEMBER, keys: [keys.recent], args });
    }
  }

  async #restore(textByOffset: Readonly<Record<string, string>>): Promise<void> {
    const { run, keys, maxEvents, dedupeMs, logger } = this.#options;
    const gap = JSON.stringify(gapEntry(new Date().toISOString()));
    let [restored, refused] = [0, 0];
    const all = Object.entries(textByOffset)
      .filter(([offset, text]) => isOffset(offset) && keyIn(text) !== null)
      .sort(([a], [b]) => compareOffsets(a, b));
    for (const events of chunks(all, EVENTS_PER_SCRIPT)) {
      const claims = events.map(([, text]) => keys.claim(keyIn(text) ?? ""));
      const args = [newLogId(), maxEvents, dedupeMs, gap, ...events.flat()];
      const answer = await run({ script: RESTORE, keys: [keys.id, keys.events, keys.recent, ...claims], args });
      const [added, late] = answer as readonly [number, number];
      [restored, refused] = [restored + added, refused + late];
    }
    if (restored > 0) logger.warn({ events: restored }, "restored events that Redis had lost");
    if (refused > 0)
      logger.warn({ events: refused }, "events that Redis had lost came too late; readers get a gap instead");
  }
}

/** The key of a stored event; null for what another program wrote. */
const keyIn = (text: string): string | null => {
  try {
    const { key } = JSON.parse(text) as Partial<NewEvent>;
    return typeof key === "string" ? key : null;
  } catch {
    return null;
  }
};

/** A user that may not ask for the run of Redis cannot distinguish runs, and works without that. */
const emptyIfForbidden = (error: Error): string => {
  if (/NOPERM|unknown command/.test(error.message)) return "";
  throw error;
};

/** The events that were acknowledged last, within a limit of time and number. */
class AcknowledgedEvents {
  #kept: { readonly event: StoredEvent; readonly at: number }[] = [];

  add(events: readonly StoredEvent[]): void {
    const at = performance.now();
    for (const event of events) this.#kept.push({ event, at });
    if (this.#kept.length > 2 * KEEP_EVENTS || at - (this.#kept[0]?.at ?? at) > 2 * KEEP_MS) this.#prune();
  }

  remove(events: readonly StoredEvent[]): void {
    const removed = new Set(events);
    this.#kept = this.#kept.filter(({ event }) => !removed.has(event));
  }

  all(): readonly StoredEvent[] {
    this.#prune();
    return this.#kept.map(({ event }) => event);
  }

  /** Age counts to the last append, not to now: nothing ages while Redis is away. */
  #prune(): void {
    const oldest = (this.#kept.at(-1)?.at ?? 0) - KEEP_MS;
    this.#kept = this.#kept.slice(-KEEP_EVENTS).filter(({ at }) => at >= oldest);
  }
}

const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
