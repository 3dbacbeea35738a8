import { type TokenBucket, createTokenBucket, type TakeResult } from "./bucket.ts";
import {
  type PriorityCounts,
  type RateObservation,
  type BucketState,
  type RateSource,
  RATE_SOURCES,
} from "./bucket-state.ts";
import { TAKE } from "./script.ts";

/** Runs a script in what all instances share; rejects where it cannot. */
export type RunShared = (lua: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

export interface SharedBucketsOptions {
  readonly run: RunShared;
  /** Of one token: its bucket and its instances; in one slot of a cluster. */
  readonly keysOf: (token: string) => readonly [bucket: string, instances: string];
  /** Names this process. */
  readonly instance: string;
  /** Told when the buckets are not shared any more, and when they are again. */
  readonly onAway: (away: boolean) => void;
  readonly now: () => number;
}

/** A door waits no longer than this for what is shared. */
const PATIENCE_MS = 250;
const REST_MS = 1_000;

/**
 * Buckets that all instances share. While they cannot be reached each instance takes its share of what it knew last: the limit
 * divided by the instances there were.
 */
export const createSharedBuckets = (options: SharedBucketsOptions): ((token: string) => TokenBucket) => {
  const { now } = options;
  let isAway = false;
  let triedAt = Number.NEGATIVE_INFINITY;

  const told = (away: boolean) => {
    if (away === isAway) return;
    isAway = away;
    options.onAway(away);
  };

  return (token) => {
    let instances = 1;
    let lesson: Learned | null = null;
    const local = createTokenBucket({ now, instances: () => instances });

    const takeShared = async (wanted: PriorityCounts): Promise<TakeResult> => {
      const sent = lesson;
      lesson = null;
      triedAt = now();
      const args = [options.instance, wanted.door, wanted.interactive, wanted.bulk, ...argsOf(sent, now())];
      try {
        const taken = parseTaken(await within(PATIENCE_MS, options.run(TAKE, options.keysOf(token), args)));
        instances = Math.max(1, taken.instances);
        local.adopt(taken.level);
        told(false);
        return taken;
      } catch (error) {
        lesson ??= sent;
        told(true);
        throw error;
      }
    };

    return {
      isLocal: false,
      async take(wanted) {
        if (!isAway) return takeShared(wanted).catch(() => local.take(wanted));
        if (now() - triedAt >= REST_MS) takeShared({ door: 0, interactive: 0, bulk: 0 }).catch(() => {});
        return local.take(wanted);
      },
      observe(next) {
        local.observe(next);
        lesson = { told: next.told, refusedMs: next.refusedMs, at: now() };
      },
    };
  };
};

interface Learned extends RateObservation {
  readonly at: number;
}

/** A lesson grows old while it waits: meanwhile tokens flowed in. */
const argsOf = (lesson: Learned | null, now: number): readonly number[] => {
  const { limit, remaining, perMs } = lesson?.told ?? { limit: 0, remaining: 0, perMs: 0 };
  const age = now - (lesson?.at ?? now);
  const refusedMs = lesson?.refusedMs == null ? -1 : Math.max(0, lesson.refusedMs - age);
  return [limit, Math.min(limit, remaining + age * perMs), perMs, refusedMs, lesson === null ? 0 : 1];
};

const within = async <Value>(milliseconds: number, work: Promise<Value>): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${milliseconds} ms.`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const parseTaken = (answer: unknown): TakeResult & { readonly instances: number } => {
  const [door, interactive, bulk, source, ...rest] = answer as readonly [
    number,
    number,
    number,
    RateSource,
    ...unknown[],
  ];
  const [tokens, capacity, perMs, blockedMs, instances] = rest.map(Number);
  if (!RATE_SOURCES.includes(source) || instances === undefined) throw new Error("Another script answered.");
  const level = { source, tokens, capacity, perMs, blockedMs, cost: 1 } as BucketState;
  return { granted: { door, interactive, bulk }, level, instances };
};
