import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "../gateway/errors.ts";
import type { KeyRecord, KeyStore } from "./keys.ts";
import type { Submitted } from "./submit.ts";

/** The key was used before, with other input. */
export class KeyReused extends Error {
  override readonly name = "KeyReused";

  constructor() {
    super("This idempotency key was used with other input; take a new one.");
  }
}

export interface Once {
  readonly store: KeyStore;
  /** Makes fingerprints that tell nothing of the input: a PIN of four digits could be guessed from a plain hash. */
  readonly fingerprintSecret: string;
  readonly now: () => number;
}

export interface Wish {
  /** Caller and idempotency key. */
  readonly key: string;
  readonly operation: string;
  readonly input: unknown;
  readonly operationId: string;
  /** How long the order may be under way, in milliseconds. */
  readonly patienceMs: number;
  /** Whether giving it again under the same OperationID is harmless. */
  readonly repeatable: boolean;
}

export interface Giving {
  readonly give: () => Promise<Submitted>;
  /** What the gateway knows of the order; null when it knows nothing. */
  readonly reconcile: () => Promise<Submitted | null>;
  /** The answer for an order that may or may not be on its way. */
  readonly unknown: () => Submitted;
}

const FIRST_LOOK_MS = 50;
const LATEST_LOOK_MS = 500;

/** Fulfils a wish once for its key: gives the order, or answers what came of it when it was given before. */
export const fulfilOnce = async (once: Once, wish: Wish, giving: Giving): Promise<Submitted> => {
  const { store, now } = once;
  const input = fingerprint(once, wish);
  const record: KeyRecord = { input, operationId: wish.operationId, startedAt: now(), outcome: null };
  const known = await store.claim(wish.key, record);
  if (known === null) return giveAndRemember(store, wish.key, record, giving);
  if (known.input !== input) throw new KeyReused();
  const outcome = (await waitFor(store, wish, known, now))?.outcome ?? null;
  if (outcome !== null && !isOpen(outcome)) return outcome;
  const found = await giving.reconcile();
  if (found !== null) {
    await store.complete(wish.key, { ...known, outcome: found });
    return found;
  }
  // Whoever gave the order died with it, or its answer was lost, and the gateway knows nothing of it: it may still come.
  if (outcome === null && wish.repeatable) return giveAndRemember(store, wish.key, known, giving);
  return outcome ?? giving.unknown();
};

const fingerprint = ({ fingerprintSecret }: Once, { operation, input }: Wish): string =>
  createHmac("sha256", fingerprintSecret)
    .update(JSON.stringify([operation, input]))
    .digest("base64url");

const isOpen = ({ commands }: Submitted): boolean => commands.some(({ status }) => status === "Unknown");

const giveAndRemember = async (
  store: KeyStore,
  key: string,
  record: KeyRecord,
  { give }: Giving,
): Promise<Submitted> => {
  let outcome: Submitted;
  try {
    outcome = await give();
  } catch (error) {
    const isRefused = !(error instanceof GatewayError) || error.facts.ambiguous !== true;
    if (isRefused) await store.release(key).catch(() => {});
    throw error;
  }
  await store.complete(key, { ...record, outcome }).catch(() => {});
  return outcome;
};

/** Another request, perhaps on another instance, is giving the order: waits until it has, or must have died. */
const waitFor = async (store: KeyStore, wish: Wish, first: KeyRecord, now: () => number): Promise<KeyRecord | null> => {
  const until = first.startedAt + wish.patienceMs;
  let record: KeyRecord | null = first;
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
