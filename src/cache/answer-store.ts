import type { Tag } from "./tags.ts";

/**
 * What the gateway answered: a value, or an error that is an answer, such as that it has no such person. The value is never copied: a
 * copy of a row would lack members that are decoded on demand.
 */
export type KeptAnswer = { readonly value: object } | { readonly error: Error };

/** An answer in the store. */
export interface StoredAnswer {
  readonly answer: KeptAnswer;
  readonly tags: readonly Tag[];
}

/** A read that may fill the store, from before it is sent until its answer is here. */
export interface Fill {
  /** Keeps the answer, unless something that it depends on has changed since the read began. Returns whether it is kept. */
  readonly keep: (answer: KeptAnswer, tags: readonly Tag[], bytes: number) => boolean;
  /** Ends the read. */
  readonly end: () => void;
}

/** Answers by key, bounded in bytes: the answer that was used longest ago goes first. */
export interface AnswerStore {
  readonly get: (key: string) => StoredAnswer | undefined;
  /** Call it before the read is sent. */
  readonly beginFill: (key: string) => Fill;
  /** Drops every answer with one of the tags, and keeps reads in flight from filling them with what was true before. */
  readonly drop: (tags: readonly Tag[]) => void;
  /**
   * Drops as `drop` does, and stores no answer with one of the tags whose read begins within `ms` milliseconds: the change may still
   * happen.
   */
  readonly hold: (tags: readonly Tag[], ms: number) => void;
  /** Drops all answers; what is held stays held. */
  readonly clear: () => void;
  readonly bytes: () => number;
  readonly size: () => number;
}

export interface AnswerStoreOptions {
  readonly maxBytes: number;
  /** How long an answer is kept, from the beginning of its read. */
  readonly maxAgeMs: number;
  /** The monotonic clock in milliseconds. */
  readonly now: () => number;
}

interface Entry extends StoredAnswer {
  readonly bytes: number;
  readonly expiresAt: number;
}

/** Bytes of an entry and of a tag beside their text. */
const ENTRY_BYTES = 256;
const TAG_BYTES = 96;
/** An answer beyond this part of the store would drop too many others. */
const MAX_PART = 8;

/** Creates an empty store. */
export const createAnswerStore = ({ maxBytes, maxAgeMs, now }: AnswerStoreOptions): AnswerStore => {
  /** In the order of use. */
  const entries = new Map<string, Entry>();
  const keysByTag = new Map<Tag, Set<string>>();
  /** What has changed since each read in flight began; null if everything may have. */
  const changes = new Set<{ tags: Set<Tag> | null }>();
  /** Until when a change with the tag may still come. */
  const held = new Map<Tag, number>();
  let total = 0;

  const remove = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    total -= entry.bytes;
    for (const tag of entry.tags) {
      const keys = keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) keysByTag.delete(tag);
    }
  };

  const put = (key: string, entry: Entry): boolean => {
    remove(key);
    if (entry.bytes > maxBytes / MAX_PART) return false;
    entries.set(key, entry);
    total += entry.bytes;
    for (const tag of entry.tags) {
      const keys = keysByTag.get(tag) ?? new Set();
      keysByTag.set(tag, keys.add(key));
    }
    for (const oldest of entries.keys()) {
      if (total <= maxBytes) break;
      remove(oldest);
    }
    return true;
  };

  const drop = (tags: readonly Tag[]): void => {
    for (const tag of tags) {
      for (const key of keysByTag.get(tag) ?? []) remove(key);
      for (const change of changes) change.tags?.add(tag);
    }
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (now() >= entry.expiresAt) {
        remove(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    beginFill(key) {
      const change = { tags: new Set<Tag>() as Set<Tag> | null };
      const begin = now();
      changes.add(change);
      return {
        keep(answer, tags, bytes) {
          const changed = change.tags;
          if (changed === null || tags.some((tag) => changed.has(tag) || (held.get(tag) ?? 0) > begin)) return false;
          const own = tags.reduce((sum, tag) => sum + tag.length + TAG_BYTES, key.length + ENTRY_BYTES);
          return put(key, { answer, tags, bytes: bytes + own, expiresAt: begin + maxAgeMs });
        },
        end: () => void changes.delete(change),
      };
    },
    drop,
    hold(tags, ms) {
      drop(tags);
      // A read that began while it was held may still be under way.
      for (const [tag, until] of held) if (until + maxAgeMs < now()) held.delete(tag);
      for (const tag of tags) held.set(tag, Math.max(held.get(tag) ?? 0, now() + ms));
    },
    clear() {
      entries.clear();
      keysByTag.clear();
      total = 0;
      for (const change of changes) change.tags = null;
    },
    bytes: () => total,
    size: () => entries.size,
  };
};
