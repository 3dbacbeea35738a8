import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { isMembers } from "../../contract/lookup.ts";
import { tryParseJson } from "../../runtime/json.ts";
import type { Logger } from "../../runtime/logger.ts";
import { compareOffsets, isOffset } from "../offset.ts";
import { gapEntry } from "../event.ts";
import type { LogKeys } from "../../redis/keys.ts";
import { createScriptBatcher, type RunScript } from "../../redis/batch.ts";
import type { RedisClient } from "../../redis/client.ts";
import type { AppendHistory, StoredEvent } from "./append-history.ts";
import { ABSENT, ATTEND_ROLL, CLOSE_ROLL, HEARTBEAT, LEAVE, VERIFY } from "./roll-call.ts";
import { REMEMBER, RESTORE } from "./scripts.ts";
import { EVENTS_PER_SCRIPT, newLogId } from "./redis-append.ts";
import { claimedOffset } from "./redis-store.ts";

export interface RestorerOptions {
  readonly writer: RedisClient;
  readonly run: RunScript;
  readonly keys: LogKeys;
  readonly history: AppendHistory;
  /** The instance in the list of writers. */
  readonly instance: string;
  readonly maxEvents: number;
  readonly dedupeMs: number;
  readonly logger: Logger;
  /** Called when the log may be used again. */
  readonly onOpen: () => void;
  /** Waits for some milliseconds. @default a timer */
  readonly pause?: (ms: number) => Promise<unknown>;
}

const KEYS_PER_LOOKUP = 1_000;
/** How long the other instances have to say what they know; most are there within a tenth of a second. */
const HOLD_MS = 2_000;
const POLL_MS = 25;
const STAGED_MS = 60_000;
/** How long an instance without a sign of life may be one that comes back with events that nobody else has. */
const GONE_SECONDS = 60;
const RESTORING = "Redis was restarted; the events that it lost are being restored.";

/**
 * Restores events that a restarted Redis, or a replica that became the master, has lost, and has the rest reported as a gap.
 *
 * A Redis that crashed comes back without the events of its last moments, although it acknowledged them: with
 * `appendfsync everysec` it writes to its file late while the disk is slow, and 40 crashes lost 32 of 28,644 events. So every
 * instance remembers what it acknowledged, and restores it together with the others before any instance appends or reads. An
 * instance that reaches Redis only after others have appended more is too late: what it remembers is reported as a gap. So is what
 * nobody remembers: `roll-call.ts` finds out whether that can be.
 *
 * States: closed, on every new connection, until Redis is known to be complete; checking, while that is examined; open.
 */
export class Restorer {
  readonly #options: RestorerOptions;
  /** The roll call loses nothing if a replica does not have it yet. */
  readonly #call: RunScript;
  /** The instances that may append, as of the last heartbeat. */
  #peers: readonly string[] = [];
  /** Counts connections: an answer on an earlier connection says nothing about the present one. */
  #connection = 0;
  #isOpen = false;
  #checking: Promise<void> | null = null;
  /** The run of Redis that this instance has found complete. */
  #completeRun: string | null = null;

  constructor(options: RestorerOptions) {
    this.#options = options;
    this.#call = createScriptBatcher({ redis: options.writer.redis, waitReplicas: 0 });
    options.writer.redis.on("close", () => {
      this.#connection += 1;
      this.#isOpen = false;
    });
  }

  /** Finds out whether Redis is still the same run; if it is not, restores what it lost. Never rejects. */
  check(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    this.#checking ??= this.#checkConnection();
    return this.#checking;
  }

  /** Examines Redis again, although the connection is the same: the log lacks what this instance appended. */
  suspect(): void {
    this.#connection += 1;
    this.#isOpen = false;
    void this.check();
  }

  /** Says that this instance may append. Never rejects. */
  async heartbeat(): Promise<void> {
    if (this.#isOpen) await this.#register().catch(() => {});
  }

  /** Says that this instance will append no more. Never rejects. */
  async leave(): Promise<void> {
    const { keys, instance } = this.#options;
    if (this.#isOpen) await this.#call({ script: LEAVE, keys: [keys.writers], args: [instance] }).catch(() => {});
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
    const { keys, history } = this.#options;
    const connection = this.#connection;
    const run = /run_id:(\w+)/.exec(await redis.info("server").catch(emptyIfForbidden))?.[1] ?? "";
    const verify = { script: VERIFY, keys: [keys.id, keys.events, keys.run], args: [newLogId(), history.appended()] };
    const [recordedRun, lost] = (await this.#call(verify)) as readonly [string | null, number];
    const isComplete = (recordedRun ?? run) === run && (this.#completeRun ?? run) === run && lost === 0;
    if (!isComplete) {
      await this.#contribute(await this.#missingIn(redis));
      await this.#attend(run);
      if (recordedRun !== run) await this.#hold(run);
      if (connection === this.#connection) await this.#restore(await redis.hgetall(keys.recent));
      if (connection === this.#connection) await this.#close(run);
      // What is still missing was refused; it would be refused, and reported, after every further restart.
      history.drop(await this.#missingIn(redis));
    }
    if (connection !== this.#connection) return;
    if (recordedRun === null) await redis.set(keys.run, run);
    await this.#register();
    this.#completeRun = run;
    this.#isOpen = connection === this.#connection;
  }

  async #register(): Promise<void> {
    const { keys, instance } = this.#options;
    const call = { script: HEARTBEAT, keys: [keys.writers], args: [instance, GONE_SECONDS] };
    this.#peers = (await this.#call(call)) as readonly string[];
  }

  /** Says what this instance knows of the log. */
  async #attend(run: string): Promise<void> {
    const { keys, history, instance } = this.#options;
    const args = [instance, run, history.forgotten(), history.seen(), STAGED_MS, ...this.#peers];
    await this.#call({ script: ATTEND_ROLL, keys: [keys.writers, keys.roll], args });
  }

  /** Waits until every instance that may have appended is there, for a limited time. */
  async #hold(run: string): Promise<void> {
    const { keys, pause = delay } = this.#options;
    const until = performance.now() + HOLD_MS;
    const isAnyAbsent = () => this.#call({ script: ABSENT, keys: [keys.writers, keys.roll], args: [run] });
    while ((await isAnyAbsent()) !== 0 && performance.now() < until) await pause(POLL_MS);
  }

  /** Ends the roll call. */
  async #close(run: string): Promise<void> {
    const { keys, instance, logger } = this.#options;
    const args = [newLogId(), newLogId(), run, instance];
    const names = [keys.id, keys.events, keys.run, keys.writers, keys.roll];
    if ((await this.#call({ script: CLOSE_ROLL, keys: names, args })) === 1)
      logger.warn({}, "Redis may have lost events that nobody can restore; readers get a gap");
  }

  /** The remembered events that Redis does not have. */
  async #missingIn(redis: Redis): Promise<readonly StoredEvent[]> {
    const { keys } = this.#options;
    const missing: StoredEvent[] = [];
    for (const events of chunks(this.#options.history.remembered(), KEYS_PER_LOOKUP)) {
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
  const value = tryParseJson(text);
  const key = isMembers(value) ? value["key"] : undefined;
  return typeof key === "string" ? key : null;
};

/** A user that may not ask for the run of Redis cannot distinguish runs, and works without that. */
const emptyIfForbidden = (error: Error): string => {
  if (/NOPERM|unknown command/.test(error.message)) return "";
  throw error;
};

const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
