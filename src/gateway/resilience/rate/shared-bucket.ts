import { type AvailabilityOptions, createAvailability } from "../../../runtime/availability.ts";
import type { RateObservation } from "./observation.ts";
import { STORED_SOURCES, TAKE } from "./script.ts";
import { createTokenBucket, type PriorityCounts, type TakeResult, type TokenBucket } from "./token-bucket.ts";

/** Runs a script in the store that all instances share; rejects if it cannot. */
export type RunShared = (lua: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

export interface SharedBucketsOptions extends AvailabilityOptions {
  readonly run: RunShared;
  /** Keys of one AuthToken: its bucket and its instances; both must be in one slot of a cluster. */
  readonly keysOf: (token: string) => readonly [bucket: string, instances: string];
  /** Unique name of this process. */
  readonly instance: string;
}

/**
 * Creates buckets that all instances share. While the store is unavailable, each instance takes its part of the last known limit:
 * the limit divided by the number of instances there were.
 */
export const createSharedBuckets = (options: SharedBucketsOptions): ((token: string) => TokenBucket) => {
  const { now } = options;
  const availability = createAvailability(options);

  return (token) => {
    let instances = 1;
    let pending: PendingObservation | null = null;
    const local = createTokenBucket({ now, instances: () => instances });

    const takeShared = async (wanted: PriorityCounts): Promise<TakeResult | null> => {
      const sent = pending;
      pending = null;
      const args = [options.instance, wanted.door, wanted.interactive, wanted.bulk, ...argsOf(sent, now())];
      const taken = await availability.attempt(() => options.run(TAKE, options.keysOf(token), args).then(parseTaken));
      if (taken === null) {
        pending ??= sent;
        return null;
      }
      instances = Math.max(1, taken.instances);
      local.adopt(taken.state);
      return taken;
    };

    return {
      isLocal: false,
      async take(wanted) {
        if (availability.isAvailable()) return (await takeShared(wanted)) ?? local.take(wanted);
        if (availability.isDue()) void takeShared({ door: 0, interactive: 0, bulk: 0 });
        return local.take(wanted);
      },
      observe(observation) {
        local.observe(observation);
        pending = { ...observation, at: now() };
      },
    };
  };
};

/** An observation that is sent with the next script. */
interface PendingObservation extends RateObservation {
  readonly at: number;
}

/** While an observation waits to be sent, the bucket goes on filling. */
const argsOf = (observation: PendingObservation | null, now: number): readonly number[] => {
  const { limit, remaining, perMs } = observation?.advertised ?? { limit: 0, remaining: 0, perMs: 0 };
  const ageMs = now - (observation?.at ?? now);
  const retryAfterMs = observation?.retryAfterMs == null ? -1 : Math.max(0, observation.retryAfterMs - ageMs);
  return [limit, Math.min(limit, remaining + ageMs * perMs), perMs, retryAfterMs, observation === null ? 0 : 1];
};

const parseTaken = (reply: unknown): TakeResult & { readonly instances: number } => {
  const [door, interactive, bulk, storedSource, ...rest] = reply as readonly [
    number,
    number,
    number,
    string,
    ...unknown[],
  ];
  const [tokens, capacity, perMs, blockedMs, patienceMs, instances] = rest.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number?,
  ];
  const source = STORED_SOURCES[storedSource];
  if (source === undefined || instances === undefined) throw new Error("The reply is not one of this script.");
  const state = { source, tokens, capacity, perMs, blockedMs, patienceMs, cost: 1 };
  return { granted: { door, interactive, bulk }, state, instances };
};
