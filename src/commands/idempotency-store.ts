import { dropOldest } from "../runtime/drop-oldest.ts";
import type { TraceSpan } from "../runtime/tracing.ts";
import type { CommandBatch } from "./submit.ts";

/** What is stored for an idempotency key. It is stored in Redis as JSON, so its member names must not change. */
export interface IdempotencyRecord {
  /** Fingerprint of the input of the first request. */
  readonly input: string;
  /** Identifies the request that wrote it. */
  readonly attempt: string;
  readonly operationId: string;
  /** Devices that were left out because they were known to be offline. */
  readonly offline: readonly string[];
  /** When the key was taken, before anything was sent, in milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Null while the command is being executed; it stays null if its process died. */
  readonly outcome: CommandBatch | null;
  /** Whether the execution ended without an outcome, after the command may have been sent. */
  readonly isLost?: true;
}

/**
 * Stores idempotency keys for 24 hours. A key is written before anything is sent, by any instance. All methods reject with
 * StoreUnavailableError while the store is unavailable.
 */
export interface IdempotencyStore {
  /** Writes the record if the key is free, and resolves with null; otherwise resolves with the existing record. */
  readonly claim: (key: string, record: IdempotencyRecord, span?: TraceSpan) => Promise<IdempotencyRecord | null>;
  readonly read: (key: string) => Promise<IdempotencyRecord | null>;
  readonly complete: (key: string, record: IdempotencyRecord, span?: TraceSpan) => Promise<void>;
  /** Writes the record if the key still has `previous`, as `claim` or `read` returned it; resolves with whether it did. */
  readonly replace: (key: string, previous: IdempotencyRecord, record: IdempotencyRecord) => Promise<boolean>;
  /**
   * Frees a key whose command certainly had no effect, if the record is that of this attempt; also if its claim arrives only later. While
   * the store is unavailable this is repeated until it succeeds. Resolves after the first try, and never rejects.
   */
  readonly release: (key: string, record: IdempotencyRecord) => Promise<void>;
}

export const IDEMPOTENCY_TTL_MS = 86_400_000;
const MAX_RECORDS = 100_000;

/** Creates a store whose keys are lost when the process ends. */
export const createMemoryIdempotencyStore = (now: () => number): IdempotencyStore => {
  const records = new Map<string, IdempotencyRecord>();
  const current = (key: string): IdempotencyRecord | null => {
    const record = records.get(key);
    return record === undefined || now() - record.startedAt > IDEMPOTENCY_TTL_MS ? null : record;
  };
  return {
    async claim(key, record) {
      const existing = current(key);
      if (existing !== null) return existing;
      records.delete(key);
      records.set(key, record);
      dropOldest(records, MAX_RECORDS);
      return null;
    },
    async read(key) {
      return current(key);
    },
    async complete(key, record) {
      if (records.has(key)) records.set(key, record);
    },
    async replace(key, previous, record) {
      if (records.get(key) !== previous) return false;
      records.set(key, record);
      return true;
    },
    async release(key, { attempt }) {
      if (records.get(key)?.attempt === attempt) records.delete(key);
    },
  };
};
