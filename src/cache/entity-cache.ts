import type { EventName } from "../contract/events.ts";
import type { Input, OperationName, Output } from "../contract/operations.ts";
import { hasUnreadable } from "../contract/view.ts";
import type { NewEvent } from "../events/event.ts";
import { GatewayError } from "../gateway/errors.ts";
import { dropOldest } from "../runtime/drop-oldest.ts";
import { createAnswerStore, type Fill } from "./answer-store.ts";
import { keepable } from "./size.ts";
import {
  type EndedCommand,
  lastDayOver,
  ruleOf,
  type Tag,
  tagsOfCommand,
  tagsOfEvent,
  tagsOfUnreadable,
  tagsOfWrite,
} from "./tags.ts";

/** What has changed, for all instances. */
export interface CacheChange {
  readonly tags: readonly Tag[];
  /** Milliseconds in which the change may still happen, because the outcome of a write is unknown; 0 if it has happened. */
  readonly unsettledMs: number;
}

/** A read of the gateway that the cache may answer. */
export interface CachedRead<Name extends OperationName> {
  readonly name: Name;
  readonly input: Input<Name>;
  /** Callers with the same scope get the same answers; no answer passes from one scope to another. */
  readonly scope: string;
  /** Asks the gateway. */
  readonly fetch: () => Promise<Output<Name>>;
  /** Called if the cache answers. */
  readonly onHit: () => void;
  /** Called with what the answer depends on; with null if the cache does not hold it, so that nobody else may keep it either. */
  readonly onAnswer: (tags: readonly Tag[] | null) => void;
}

/** What the cache has done since the process began, and what it holds. */
export interface CacheStatistics {
  readonly hits: number;
  readonly misses: number;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Answers of the gateway that are kept across the requests of one account. It follows what changes even if it keeps nothing: reads in
 * flight must not be joined after a change either.
 */
export interface EntityCache {
  /** Whether it keeps answers. If not, every read asks the gateway. */
  readonly keepsAnswers: boolean;
  /** Answers a read from the cache, or asks the gateway and keeps the answer if its operation allows it. */
  readonly read: <Name extends OperationName>(read: CachedRead<Name>) => Promise<Output<Name>>;
  /**
   * Drops what a write may have changed, here and on the other instances. Call it when the write has ended, however it ended.
   * Nothing that the write is about is kept for a minute if its outcome is unknown, because it may still arrive at the gateway.
   */
  readonly written: <Name extends OperationName>(name: Name, input: Input<Name>, isKnown: boolean) => Promise<void>;
  /**
   * Drops what a command has changed, here and on the other instances, once for each command. Call it whenever a command is seen
   * to have ended; it resolves when the other instances are informed.
   */
  readonly commandEnded: (command: EndedCommand) => Promise<void>;
  /** Drops what an event says has changed. Call it before the event is acknowledged or delivered to anyone. */
  readonly observe: (event: NewEvent) => void;
  /**
   * Drops what an event may have changed that cannot be read, here and on the other instances, which do not find it in the log; with
   * undefined for a kind that is not known. Call it before the event is acknowledged.
   */
  readonly observeUnreadable: (kind: EventName | undefined) => Promise<void>;
  /** Drops what another instance has changed. */
  readonly drop: (change: CacheChange) => void;
  /** Drops everything. Call it when changes may have been missed. */
  readonly clear: () => void;
  readonly statistics: () => CacheStatistics;
}

export interface EntityCacheOptions {
  /** 0 to keep nothing. */
  readonly maxBytes: number;
  /** @default 30000 */
  readonly maxAgeMs?: number;
  /** The monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Returns the time of the gateway in milliseconds since 1970 UTC. */
  readonly gatewayNow: () => number;
  /** Whether changes reach this process now. While they do not, every read asks the gateway. */
  readonly isInformed: () => boolean;
  /** Informs the other instances of what has changed; it does not reject. */
  readonly publish: (change: CacheChange) => Promise<void>;
  /** Called with each drop, with null for all: reads made from now on must not join a request of the gateway made before. */
  readonly onDrop: (tags: readonly Tag[] | null) => void;
}

const MAX_AGE_MS = 30_000;
/** A "not found" beside its key and its tags. */
const ERROR_BYTES = 512;

/** How long a write of unknown outcome may take to reach the gateway. */
const UNSETTLED_MS = 60_000;
/** How many ended commands are remembered. Lists of commands show the same ones again and again. */
const MAX_ENDED = 10_000;

/** Of all failures only "not found" is an answer that can be cached. */
const isAnswer = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && error.code === "UPSTREAM_NOT_FOUND";

/** Creates an empty cache. */
export const createEntityCache = (options: EntityCacheOptions): EntityCache => {
  const { maxBytes, maxAgeMs = MAX_AGE_MS, now, gatewayNow, isInformed, publish, onDrop } = options;
  const store = createAnswerStore({ maxBytes, maxAgeMs, now });
  /** When the other instances were informed of each command. */
  const ended = new Map<string, Promise<void>>();
  let hits = 0;
  let misses = 0;

  const drop = ({ tags, unsettledMs }: CacheChange): void => {
    if (unsettledMs > 0) store.hold(tags, unsettledMs);
    else store.drop(tags);
    onDrop(tags);
  };

  const dropEverywhere = async (tags: readonly Tag[], unsettledMs: number): Promise<void> => {
    if (tags.length === 0) return;
    drop({ tags, unsettledMs });
    await publish({ tags, unsettledMs });
  };

  const clear = (): void => {
    store.clear();
    onDrop(null);
  };

  const commandEnded = (command: EndedCommand): Promise<void> => {
    const known = ended.get(command.CommandID);
    if (known !== undefined) return known;
    const informed = dropEverywhere(tagsOfCommand(command), 0);
    ended.set(command.CommandID, informed);
    dropOldest(ended, MAX_ENDED);
    return informed;
  };

  const keep = (filling: Fill, answer: object, tags: readonly Tag[]): boolean => {
    const { value, bytes } = keepable(answer, maxBytes);
    return filling.keep({ value }, tags, bytes);
  };

  /** Asks the gateway, and keeps its answer if no row is missing in it and every member can be read. */
  const fill = async <Name extends OperationName>(
    key: string,
    tags: readonly Tag[],
    { name, fetch, onAnswer }: CachedRead<Name>,
  ): Promise<Output<Name>> => {
    const filling = store.beginFill(key);
    try {
      const value = await fetch();
      const allTags = [...tags, ...(ruleOf(name)?.ofAnswer?.(value) ?? [])];
      const isKept = value.rejected === 0 && !hasUnreadable(value) && keep(filling, value, allTags);
      onAnswer(isKept ? allTags : null);
      return value;
    } catch (error) {
      onAnswer(isAnswer(error) && filling.keep({ error }, tags, ERROR_BYTES) ? tags : null);
      throw error;
    } finally {
      filling.end();
    }
  };

  return {
    keepsAnswers: maxBytes > 0,
    async read(read) {
      const { name, input, scope, fetch, onHit, onAnswer } = read;
      const tags = ruleOf(name)?.ofInput(input, lastDayOver(gatewayNow())) ?? null;
      if (tags === null) {
        onAnswer(null);
        return fetch();
      }
      if (!isInformed()) {
        onAnswer(null);
        if (store.size() > 0) store.clear();
        return fetch();
      }
      const key = JSON.stringify([scope, name, input]);
      const known = store.get(key);
      if (known === undefined) {
        misses += 1;
        return fill(key, tags, read);
      }
      hits += 1;
      onHit();
      onAnswer(known.tags);
      if ("error" in known.answer) throw known.answer.error;
      return known.answer.value as Output<typeof name>;
    },
    written: (name, input, isKnown) => dropEverywhere(tagsOfWrite(name, input), isKnown ? 0 : UNSETTLED_MS),
    commandEnded,
    observe(event) {
      try {
        drop({ tags: tagsOfEvent(event), unsettledMs: 0 });
      } catch {
        // Another version may have written it in another form: anything may have changed.
        clear();
      }
    },
    observeUnreadable: (kind) => dropEverywhere(tagsOfUnreadable(kind), 0),
    drop,
    clear,
    statistics: () => ({ hits, misses, bytes: store.bytes(), entries: store.size() }),
  };
};
