import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { revealingJson } from "../contract/secret.ts";
import { GatewayError, InvalidInputError } from "../gateway/errors.ts";
import type { IdempotencyRecord, IdempotencyStore } from "./idempotency-store.ts";
import type { CommandBatch } from "./submit.ts";

/** The key was used before, with other input. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = "KeyReused";

  constructor() {
    super("This idempotency key was used with other input; take a new one.");
  }
}

/** All devices of an order are known to be offline: nothing was given. */
export class AllDevicesOfflineError extends Error {
  override readonly name = "AllOffline";
}

export interface Idempotency {
  readonly store: IdempotencyStore;
  /** Makes fingerprints that tell nothing of the input: a PIN of four digits could be guessed from a plain hash. */
  readonly fingerprintSecret: string;
  readonly now: () => number;
}

export interface IdempotentRequest {
  /** Caller and idempotency key. */
  readonly key: string;
  readonly operation: string;
  readonly input: unknown;
  readonly operationId: string;
  /** Devices to leave out, should it be given now. */
  readonly offline: readonly string[];
  /** How long the order may be under way, in milliseconds. */
  readonly maxDurationMs: number;
  /** Whether giving it again under the same OperationID is harmless. */
  readonly repeatable: boolean;
}

/** What came of a wish, and the devices that were left out of it. */
export interface IdempotentResult extends CommandBatch {
  readonly offline: readonly string[];
}

export interface CommandExecution {
  readonly execute: (offline: readonly string[]) => Promise<CommandBatch>;
  /** What the gateway knows of the order; null when it knows nothing. */
  readonly reconcile: () => Promise<CommandBatch | null>;
  /** The answer for an order that may or may not be on its way. */
  readonly unknown: (offline: readonly string[]) => CommandBatch;
}

const FIRST_LOOK_MS = 50;
const LATEST_LOOK_MS = 500;

/** Fulfils a wish once for its key: gives the order, or answers what came of it when it was given before. */
export const runIdempotent = async (
  once: Idempotency,
  wish: IdempotentRequest,
  giving: CommandExecution,
): Promise<IdempotentResult> => {
  const { store, now } = once;
  const { key, operationId, offline } = wish;
  const input = fingerprint(once, wish);
  const record: IdempotencyRecord = { input, operationId, offline, startedAt: now(), outcome: null };
  const known = await store.claim(key, record);
  if (known === null) return giveAndRemember(store, key, record, giving);
  if (known.input !== input) throw new IdempotencyKeyReusedError();
  const latest = await waitFor(store, wish, known, now);
  // Whoever gave the order was refused: the key is free.
  if (latest === null) return runIdempotent(once, wish, giving);
  const { outcome } = latest;
  if (outcome !== null && !isOpen(outcome)) return { ...outcome, offline: latest.offline };
  const found = await giving.reconcile();
  if (found !== null) {
    await store.complete(key, { ...latest, outcome: found });
    return { ...found, offline: latest.offline };
  }
  // Whoever gave the order died with it, or its answer was lost, and the gateway knows nothing of it: it may still come. So
  // the key is kept, even if the order is refused now.
  if (outcome === null && wish.repeatable) {
    const keeping = { ...store, release: async () => {} };
    return giveAndRemember(keeping, key, latest, giving);
  }
  return { ...(outcome ?? giving.unknown(latest.offline)), offline: latest.offline };
};

const fingerprint = ({ fingerprintSecret }: Idempotency, { operation, input }: IdempotentRequest): string =>
  createHmac("sha256", fingerprintSecret)
    .update(revealingJson([operation, input]))
    .digest("base64url");

const isOpen = ({ commands }: CommandBatch): boolean => commands.some(({ status }) => status === "Unknown");

const giveAndRemember = async (
  store: Pick<IdempotencyStore, "complete" | "release">,
  key: string,
  record: IdempotencyRecord,
  { execute: give }: CommandExecution,
): Promise<IdempotentResult> => {
  let outcome: CommandBatch;
  try {
    outcome = await give(record.offline);
  } catch (error) {
    if (isRefused(error)) await store.release(key).catch(() => {});
    throw error;
  }
  await store.complete(key, { ...record, outcome }).catch(() => {});
  return { ...outcome, offline: record.offline };
};

/** Whether it is certain that nothing has happened. */
const isRefused = (error: unknown): boolean =>
  error instanceof AllDevicesOfflineError ||
  error instanceof InvalidInputError ||
  (error instanceof GatewayError && error.facts.ambiguous !== true);

/** Another request, perhaps on another instance, is giving the order: waits until it has, or must have died. */
const waitFor = async (
  store: IdempotencyStore,
  wish: IdempotentRequest,
  first: IdempotencyRecord,
  now: () => number,
): Promise<IdempotencyRecord | null> => {
  const until = first.startedAt + wish.maxDurationMs;
  let record: IdempotencyRecord | null = first;
  for (
    let pause = FIRST_LOOK_MS;
    record !== null && record.outcome === null && now() < until;
    pause = Math.min(2 * pause, LATEST_LOOK_MS)
  ) {
    await delay(pause);
    record = await store.read(wish.key);
  }
  return record;
};
