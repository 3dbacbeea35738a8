import type { Priority } from "../chain.ts";

/** What was learned of a token's bucket at the gateway: nothing yet, that it tells none, what it tells, or what its refusals tell. */
export const RATE_SOURCES = ["nothing", "unlimited", "told", "guessed"] as const;
export type RateSource = (typeof RATE_SOURCES)[number];

/** A bucket as it is now. */
export interface BucketState {
  readonly source: RateSource;
  readonly tokens: number;
  readonly capacity: number;
  /** Tokens that flow in, a millisecond. */
  readonly perMs: number;
  /** How long the gateway wants no call at all, in milliseconds. */
  readonly blockedMs: number;
  /** Tokens that a call costs: one, or one for each instance where they cannot tell each other. */
  readonly cost: number;
}

/** What the end of a call tells of the bucket. */
export interface RateObservation {
  /** What the gateway told; null where it told nothing. */
  readonly told: { readonly limit: number; readonly remaining: number; readonly perMs: number } | null;
  /** Set where it refused the call: how long it wants no other. */
  readonly refusedMs: number | null;
}

export type PriorityCounts = Readonly<Record<Priority, number>>;

/** The first lane first. */
export const PRIORITIES = ["door", "interactive", "bulk"] as const satisfies readonly Priority[];

/** The share of the bucket that a lane leaves to those before it. */
export const RESERVES: PriorityCounts = { door: 0, interactive: 0.1, bulk: 0.3 };

/** Before anything is known: enough to find out, not enough to do harm. */
export const UNKNOWN_STATE = { capacity: 5, perMs: 0.01 } as const;

/** Tokens that have to be there for a lane to take a call's worth. */
export const needOf = (lane: Priority, { capacity, cost }: Pick<BucketState, "capacity" | "cost">): number => {
  const reserve = RESERVES[lane] === 0 ? 0 : Math.max(1, Math.ceil(RESERVES[lane] * capacity));
  return Math.min(Math.max(1, capacity), cost + reserve);
};

/** How long a call waits at least that has so many of its lane before it, in milliseconds. */
export const waitOf = (level: BucketState, lane: Priority, before = 0): number => {
  const { source, tokens, perMs, blockedMs, cost } = level;
  if (source === "unlimited") return blockedMs;
  return Math.max(blockedMs, (needOf(lane, level) + before * cost - tokens) / perMs, 0);
};
