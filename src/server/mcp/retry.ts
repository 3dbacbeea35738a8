import { createHmac } from "node:crypto";
import type { Idempotency } from "../../commands/idempotency.ts";
import { idempotencyRecordKey, type Viewer } from "../../schema/kernel/viewer.ts";

/** One call of a mutation. */
export interface MutationCall {
  readonly tool: string;
  /** The arguments that decide what is done: all but the reason, with their defaults. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The idempotency key of a call, and the call that it repeats. */
export interface RecognizedCall {
  readonly idempotencyKey: string;
  /** Milliseconds since the call that this one repeats; null if it repeats none. */
  readonly repeatsAfterMs: number | null;
}

/**
 * Returns the idempotency key of a call: the key of the same call of the same caller if that was made within the last `windowMs`
 * milliseconds, otherwise a new one. Time is divided into periods of that length and a key belongs to one of them, so two reads of the
 * store find an earlier call, on any instance; nothing else is kept.
 *
 * @throws {StoreUnavailableError} if the store of idempotency keys cannot be read.
 */
export const recognizeCall = async (
  { store, fingerprintSecret, now }: Idempotency,
  viewer: Viewer,
  { tool, values }: MutationCall,
  windowMs: number,
): Promise<RecognizedCall> => {
  const at = now();
  const period = Math.floor(at / windowMs);
  // With a key, because a PIN of four digits could be guessed from a plain hash.
  const keyIn = (each: number): string =>
    createHmac("sha256", fingerprintSecret)
      .update(JSON.stringify(["mcp", tool, sorted(values), windowMs, each]))
      .digest("base64url");
  const keys = [keyIn(period), keyIn(period - 1)] as const;
  const records = await Promise.all(keys.map((key) => store.read(idempotencyRecordKey(viewer, key))));
  for (const [index, idempotencyKey] of keys.entries()) {
    const record = records[index];
    if (record == null || at - record.startedAt >= windowMs) continue;
    return { idempotencyKey, repeatsAfterMs: Math.max(0, at - record.startedAt) };
  }
  return { idempotencyKey: keys[0], repeatsAfterMs: null };
};

/** Equal for values whose members only stand in another order. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
};
