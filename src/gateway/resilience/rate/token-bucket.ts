import type { Priority } from "../../../contract/operation.ts";
import type { RateObservation } from "./observation.ts";

/**
 * How the limit of an AuthToken is known: not yet; the gateway has none; the gateway advertises it in headers; or it is estimated
 * from refusals.
 */
export type RateSource = "unknown" | "unlimited" | "advertised" | "estimated";

/** The bucket of an AuthToken at the gateway, as far as it is known. */
export interface BucketState {
  readonly source: RateSource;
  readonly tokens: number;
  readonly capacity: number;
  /** Tokens that are added per millisecond. */
  readonly perMs: number;
  /** How long the gateway accepts no call at all, in milliseconds. */
  readonly blockedMs: number;
  /** Tokens that a call costs: one, or one for each instance while the instances share no bucket. */
  readonly cost: number;
  /** How long until the bucket is forgotten, in milliseconds, if no call goes before. */
  readonly patienceMs: number;
}

export type PriorityCounts = Readonly<Record<Priority, number>>;

/** In the order in which calls go. */
export const PRIORITIES = ["door", "interactive", "bulk"] as const satisfies readonly Priority[];

/** The share of the bucket that a priority leaves to those before it. */
export const RESERVES: PriorityCounts = { door: 0, interactive: 0.1, bulk: 0.3 };

/** The bucket before anything is known: enough calls to find out, too few to do harm. */
export const UNKNOWN_STATE = { capacity: 5, perMs: 0.01 } as const;

/** Tokens that must be in the bucket before a call of this priority goes. */
const requiredTokens = (priority: Priority, { capacity, cost }: Pick<BucketState, "capacity" | "cost">): number => {
  const reserve = RESERVES[priority] === 0 ? 0 : Math.max(1, Math.ceil(RESERVES[priority] * capacity));
  return Math.min(Math.max(1, capacity), cost + reserve);
};

/** The shortest time that a call waits, in milliseconds, with `position` calls of its priority before it. */
export const waitMsOf = (state: BucketState, priority: Priority, position: number): number => {
  const { source, tokens, perMs, blockedMs, cost, patienceMs } = state;
  const refillMs = source === "unlimited" ? 0 : (requiredTokens(priority, state) + position * cost - tokens) / perMs;
  return Math.min(Math.max(blockedMs, refillMs, 0), patienceMs);
};

export interface TakeResult {
  readonly granted: PriorityCounts;
  /** The bucket after the calls were granted. */
  readonly state: BucketState;
}

interface SharedBucket {
  readonly isLocal: false;
  /** Takes tokens for as many of the wanted calls as may go now. Never rejects. */
  readonly take: (wanted: PriorityCounts) => Promise<TakeResult>;
  readonly observe: (observation: RateObservation) => void;
}

export interface LocalTokenBucket {
  readonly isLocal: true;
  /** Takes tokens for as many of the wanted calls as may go now. */
  readonly take: (wanted: PriorityCounts) => TakeResult;
  readonly observe: (observation: RateObservation) => void;
  /** Continues from the state of the shared bucket. */
  readonly adopt: (state: BucketState) => void;
}

/** The tokens of one AuthToken. */
export type TokenBucket = LocalTokenBucket | SharedBucket;

export interface TokenBucketOptions {
  readonly now: () => number;
  /**
   * Instances that take from the same bucket at the gateway without sharing this one.
   * @default 1
   */
  readonly instances?: () => number;
}

interface MutableState {
  source: RateSource;
  tokens: number;
  at: number;
  capacity: number;
  perMs: number;
  blockedUntil: number;
  /** Calls granted since `since`: the throughput that an estimate is measured from. */
  granted: number;
  since: number;
  grantedAt: number;
}

/**
 * What is known of a bucket that lets no call go for so long, although the gateway does not refuse, may be wrong, and without a call
 * nothing else is learned: it is forgotten.
 */
export const PATIENCE_MS = 60_000;

/** A pause this long starts a new measurement. */
export const PAUSE_MS = 1_000;
/** How long the answers to the first calls are awaited, to observe from them. */
export const CAUTION_MS = 500;
/** The share of the measured throughput that an estimate takes as the limit. */
export const ESTIMATE_RATIO = 0.9;
export const MIN_PER_MS = 0.0002;
/** An estimated limit is probed upwards while calls go: by a hundredth a second, and faster the longer there was no refusal. */
export const GROWTH = { perCall: 1e-5, perCallAndMs: 5e-12 } as const;
export const ROUNDING = 1e-9;

/** Creates a bucket of this process alone. The script in script.ts does the same for all instances: change both. */
export const createTokenBucket = ({ now, instances = () => 1 }: TokenBucketOptions): LocalTokenBucket => {
  const state: MutableState = {
    source: "unknown",
    tokens: UNKNOWN_STATE.capacity,
    at: now(),
    capacity: UNKNOWN_STATE.capacity,
    perMs: UNKNOWN_STATE.perMs,
    blockedUntil: 0,
    granted: 0,
    since: now(),
    grantedAt: now(),
  };

  const restartMeasurement = () => Object.assign(state, { granted: 0, since: state.at });

  const forget = () => {
    const { capacity, perMs } = UNKNOWN_STATE;
    Object.assign(state, {
      source: "unknown",
      tokens: capacity,
      capacity,
      perMs,
      blockedUntil: 0,
      grantedAt: state.at,
    });
    restartMeasurement();
  };

  /** When the bucket is forgotten. A gateway that refuses all calls for a time is believed. */
  const forgottenAt = () => Math.max(state.grantedAt, state.blockedUntil) + PATIENCE_MS;

  /** Brings the bucket to the present, which `state.at` then is. */
  const refill = () => {
    const at = now();
    const elapsedMs = Math.max(0, at - state.at);
    const pauseMs = at - Math.max(state.at, state.blockedUntil);
    state.at = at;
    if (pauseMs > PAUSE_MS) restartMeasurement();
    if (state.source === "unknown" && state.granted > 0 && at - state.since > CAUTION_MS) state.source = "unlimited";
    state.tokens = Math.min(state.capacity, state.tokens + elapsedMs * state.perMs);
    if (state.tokens < state.capacity && at >= forgottenAt()) forget();
  };

  const raise = (perMs: number) => {
    state.perMs += perMs;
    state.capacity = Math.max(1, state.perMs * 1000);
  };

  const growth = () => GROWTH.perCall + (GROWTH.perCallAndMs * (state.at - state.since)) / state.perMs;

  const estimate = () => {
    const measured = (ESTIMATE_RATIO * state.granted) / Math.max(PAUSE_MS, state.at - state.since);
    const lowest = state.source === "estimated" ? state.perMs / 2 : MIN_PER_MS;
    state.source = "estimated";
    state.perMs = 0;
    raise(Math.max(measured, lowest));
    restartMeasurement();
  };

  const snapshot = (): BucketState => ({
    source: state.source,
    tokens: state.tokens,
    capacity: state.capacity,
    perMs: state.perMs,
    blockedMs: Math.max(0, state.blockedUntil - state.at),
    cost: Math.min(instances(), Math.max(1, state.capacity)),
    patienceMs: Math.max(0, forgottenAt() - state.at),
  });

  const grant = (priority: Priority, wanted: number): number => {
    if (wanted === 0 || state.blockedUntil > state.at) return 0;
    if (state.source === "unlimited") return wanted;
    const current = snapshot();
    const spare = state.tokens - requiredTokens(priority, current) + ROUNDING;
    const granted = spare < 0 ? 0 : Math.min(wanted, Math.floor(spare / current.cost) + 1);
    state.tokens -= granted * current.cost;
    if (state.source === "estimated") raise(granted * growth());
    return granted;
  };

  return {
    isLocal: true,
    take(wanted) {
      refill();
      const granted = {
        door: grant("door", wanted.door),
        interactive: grant("interactive", wanted.interactive),
        bulk: grant("bulk", wanted.bulk),
      };
      if (state.source === "unknown" && state.granted === 0) state.since = state.at;
      const sum = granted.door + granted.interactive + granted.bulk;
      state.granted += sum;
      if (sum > 0) state.grantedAt = state.at;
      return { granted, state: snapshot() };
    },
    observe({ advertised, retryAfterMs }) {
      refill();
      if (advertised !== null) {
        // The gateway rounds down. Its first advertisement may not count any of the calls that were made already.
        const isFirst = state.source !== "advertised";
        state.tokens = Math.min(
          isFirst ? advertised.limit : state.tokens,
          Math.max(0, advertised.remaining + 1 - (isFirst ? state.granted : 0)),
        );
        Object.assign(state, { source: "advertised", capacity: advertised.limit, perMs: advertised.perMs });
      } else if (retryAfterMs !== null && state.source !== "advertised" && state.blockedUntil <= state.at) {
        estimate();
      } else if (state.source === "unknown") {
        state.source = "unlimited";
      }
      if (retryAfterMs === null) return;
      state.tokens = Math.min(state.tokens, 0);
      state.blockedUntil = Math.max(state.blockedUntil, state.at + retryAfterMs);
    },
    adopt({ source, tokens, capacity, perMs, blockedMs, patienceMs }) {
      const at = now();
      const grantedAt = at + patienceMs - PATIENCE_MS;
      Object.assign(state, { source, tokens, capacity, perMs, at, blockedUntil: at + blockedMs, grantedAt });
    },
  };
};
