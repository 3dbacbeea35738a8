import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { revealingJson } from "../contract/secret.ts";
import { GatewayError, InvalidInputError } from "../gateway/errors.ts";
import type { TraceSpan } from "../runtime/tracing.ts";
import type { IdempotencyRecord, IdempotencyStore } from "./idempotency-store.ts";
import type { CommandBatch, KnownCommands } from "./submit.ts";

/** The idempotency key was used before, with another input. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = "IdempotencyKeyReusedError";

  constructor() {
    super("This idempotency key was used with another input; use a new key.");
  }
}

/** All devices of a command are known to be offline: nothing was sent. */
export class AllDevicesOfflineError extends Error {
  override readonly name = "AllDevicesOfflineError";
}

export interface Idempotency {
  readonly store: IdempotencyStore;
  /** Key of the fingerprints of inputs. A PIN of four digits could be guessed from a plain hash. */
  readonly fingerprintSecret: string;
  readonly now: () => number;
}

export interface IdempotentRequest {
  /** The caller and the idempotency key. */
  readonly key: string;
  readonly operation: string;
  readonly input: unknown;
  readonly operationId: string;
  /** The span of the mutation; undefined without tracing. */
  readonly span?: TraceSpan | undefined;
  /** Devices to leave out if the command is sent now. */
  readonly offline: readonly string[];
  /** How long the command may take, in milliseconds. After that its process must have died. */
  readonly maxDurationMs: number;
  /** Aborted when the server stops: nobody is waited for then. */
  readonly stopping: AbortSignal;
  /** Whether the command may be sent again with the same OperationID. */
  readonly repeatable: boolean;
}

/** The outcome of a request, and the devices that were left out of it. */
export interface IdempotentResult extends CommandBatch {
  readonly offline: readonly string[];
}

export interface CommandExecution {
  readonly execute: (offline: readonly string[]) => Promise<CommandBatch>;
  /** Resolves with what the gateway knows of the command without these devices, which was requested at `startedAt`. */
  readonly reconcile: (offline: readonly string[], startedAt: number) => Promise<KnownCommands>;
  /** Returns the outcome of a command that may or may not have been sent. */
  readonly unknownOutcome: (offline: readonly string[], startedAt: number) => CommandBatch;
}

const INITIAL_POLL_MS = 50;
const MAX_POLL_MS = 500;

/**
 * Executes a request at most once per idempotency key. A repeated key returns the stored result.
 * @throws {IdempotencyKeyReusedError} if the key was used with another input.
 * @throws {StoreUnavailableError} if the key cannot be stored; nothing is sent.
 */
export const runIdempotent = async (
  idempotency: Idempotency,
  request: IdempotentRequest,
  execution: CommandExecution,
): Promise<IdempotentResult> => {
  const { store, now } = idempotency;
  const { key, operationId, offline } = request;
  const input = fingerprint(idempotency, request);
  const claim: IdempotencyRecord = {
    input,
    attempt: randomUUID(),
    operationId,
    offline,
    startedAt: now(),
    outcome: null,
  };
  const traced = tracedStore(store, request.span);
  const existing = await claimOrWithdraw(traced, key, claim);
  if (existing === null) return executeAndStore(traced, key, claim, execution);
  if (existing.input !== input) throw new IdempotencyKeyReusedError();
  const latest = await waitForOutcome(store, request, existing, now);
  // The first request was refused: the key is free again.
  if (latest === null) return runIdempotent(idempotency, request, execution);
  const { outcome } = latest;
  if (outcome !== null && !hasUnknownCommand(outcome)) return { ...outcome, offline: latest.offline };
  const known = await execution.reconcile(latest.offline, latest.startedAt);
  if (typeof known === "object") {
    await store.complete(key, { ...latest, outcome: known });
    return { ...known, offline: latest.offline };
  }
  if (known === "nothing" && isDead(latest, request, now()) && request.repeatable) {
    const taken = { ...latest, attempt: randomUUID(), startedAt: now() };
    // Another repeat has taken it: its outcome is waited for.
    if (!(await store.replace(key, latest, taken))) return runIdempotent(idempotency, request, execution);
    // The first command may still arrive: if this one is refused, the key is kept, and the next repeat may take it over at once.
    const handedBack = { ...taken, startedAt: latest.startedAt };
    const handBack = async () => void (await store.replace(key, taken, handedBack).catch(() => false));
    return executeAndStore({ ...store, release: handBack }, key, taken, execution);
  }
  return { ...(outcome ?? execution.unknownOutcome(latest.offline, latest.startedAt)), offline: latest.offline };
};

/** Whether the execution has no end so far: the process lives, or died. */
const hasNoEnd = ({ outcome, isLost }: IdempotencyRecord): boolean => outcome === null && isLost !== true;

/** Whether the process that executed the command must have died. */
const isDead = (record: IdempotencyRecord, { maxDurationMs }: IdempotentRequest, time: number): boolean =>
  hasNoEnd(record) && time >= record.startedAt + maxDurationMs;

/** A claim that gets no answer may be written all the same, and nothing is sent for it. */
const claimOrWithdraw = async (store: IdempotencyStore, key: string, claim: IdempotencyRecord) => {
  try {
    return await store.claim(key, claim);
  } catch (error) {
    void store.release(key, claim);
    throw error;
  }
};

const fingerprint = ({ fingerprintSecret }: Idempotency, { operation, input }: IdempotentRequest): string =>
  createHmac("sha256", fingerprintSecret)
    .update(revealingJson([operation, input]))
    .digest("base64url");

const hasUnknownCommand = ({ commands }: CommandBatch): boolean => commands.some(({ status }) => status === "Unknown");

/** Writes the outcome within the span of the mutation. */
const tracedStore = (store: IdempotencyStore, span: TraceSpan | undefined): IdempotencyStore =>
  span === undefined
    ? store
    : {
        ...store,
        claim: (key, record) => store.claim(key, record, span),
        complete: (key, record) => store.complete(key, record, span),
      };

const executeAndStore = async (
  store: Pick<IdempotencyStore, "complete" | "replace" | "release">,
  key: string,
  record: IdempotencyRecord,
  { execute }: CommandExecution,
): Promise<IdempotentResult> => {
  let outcome: CommandBatch;
  try {
    outcome = await execute(record.offline);
  } catch (error) {
    if (hasNoEffect(error)) await store.release(key, record);
    else await store.replace(key, record, { ...record, isLost: true }).catch(() => false);
    throw error;
  }
  await store.complete(key, { ...record, outcome }).catch(() => {});
  return { ...outcome, offline: record.offline };
};

/** Whether it is certain that the command had no effect. */
const hasNoEffect = (error: unknown): boolean =>
  error instanceof AllDevicesOfflineError ||
  error instanceof InvalidInputError ||
  (error instanceof GatewayError && error.facts.ambiguous !== true);

/**
 * Waits for another request, perhaps on another instance, that is executing the command: until it has an outcome, until its
 * process must have died, or until this server stops. Null if the request was refused and its key is free.
 */
const waitForOutcome = async (
  store: IdempotencyStore,
  request: IdempotentRequest,
  first: IdempotencyRecord,
  now: () => number,
): Promise<IdempotencyRecord | null> => {
  let record: IdempotencyRecord | null = first;
  let pauseMs = INITIAL_POLL_MS;
  let seenAt = performance.now();
  // The clock that dates a record may be set back, or be that of another instance: nobody is waited for longer than a command takes.
  const isOver = () => performance.now() - seenAt >= request.maxDurationMs;
  while (record !== null && hasNoEnd(record) && !isDead(record, request, now()) && !request.stopping.aborted) {
    if (isOver()) return record;
    await delay(pauseMs);
    const { attempt }: IdempotencyRecord = record;
    record = await store.read(request.key);
    if (record?.attempt !== attempt) seenAt = performance.now();
    pauseMs = Math.min(2 * pauseMs, MAX_POLL_MS);
  }
  return record;
};
