import type { CommandBatch } from "./submit.ts";

/** What is known of an idempotency key. */
export interface IdempotencyRecord {
  /** Fingerprint of the input it was used with first. */
  readonly input: string;
  readonly operationId: string;
  /** Devices that were left out, because they were known to be offline. */
  readonly offline: readonly string[];
  /** When it was written, before anything was sent, in milliseconds since 1970 UTC. */
  readonly startedAt: number;
  /** Null while the order is under way, or for ever when the process that gave it died. */
  readonly outcome: CommandBatch | null;
}

/** Remembers idempotency keys for 24 hours: written before anything is sent, by whichever instance. Rejects while it cannot. */
export interface IdempotencyStore {
  /** Writes the record if the key is free; else answers the one that is there. */
  readonly claim: (key: string, record: IdempotencyRecord) => Promise<IdempotencyRecord | null>;
  readonly read: (key: string) => Promise<IdempotencyRecord | null>;
  readonly complete: (key: string, record: IdempotencyRecord) => Promise<void>;
  /** Frees a key whose order was refused: nothing happened under it. */
  readonly release: (key: string) => Promise<void>;
}

export const IDEMPOTENCY_MS = 86_400_000;
const MOST = 100_000;

/** Keys that end with their process. */
export const createMemoryIdempotencyStore = (now: () => number): IdempotencyStore => {
  const records = new Map<string, IdempotencyRecord>();
  const current = (key: string): IdempotencyRecord | null => {
    const record = records.get(key);
    return record === undefined || now() - record.startedAt > IDEMPOTENCY_MS ? null : record;
  };
  return {
    async claim(key, record) {
      const known = current(key);
      if (known !== null) return known;
      records.delete(key);
      records.set(key, record);
      for (const oldest of records.keys()) {
        if (records.size <= MOST) break;
        records.delete(oldest);
      }
      return null;
    },
    async read(key) {
      return current(key);
    },
    async complete(key, record) {
      if (records.has(key)) records.set(key, record);
    },
    async release(key) {
      records.delete(key);
    },
  };
};
