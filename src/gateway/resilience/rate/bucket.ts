import {
  type PriorityCounts,
  type RateObservation,
  type BucketState,
  needOf,
  type RateSource,
  UNKNOWN_STATE,
} from "./bucket-state.ts";
import type { Priority } from "../chain.ts";

export interface TakeResult {
  readonly granted: PriorityCounts;
  /** What is left. */
  readonly level: BucketState;
}

interface SharedBucket {
  readonly isLocal: false;
  /** Takes tokens for as many of each lane as may go now. Never rejects. */
  readonly take: (wanted: PriorityCounts) => Promise<TakeResult>;
  readonly observe: (lesson: RateObservation) => void;
}

export interface LocalTokenBucket {
  readonly isLocal: true;
  readonly take: (wanted: PriorityCounts) => TakeResult;
  readonly observe: (lesson: RateObservation) => void;
  /** Goes on from what others know better. */
  readonly adopt: (level: BucketState) => void;
}

/** The tokens of one AuthToken. */
export type TokenBucket = LocalTokenBucket | SharedBucket;

export interface TokenBucketOptions {
  readonly now: () => number;
  /** Instances that take from the same bucket without knowing of each other. */
  readonly instances?: () => number;
}

interface State {
  source: RateSource;
  tokens: number;
  at: number;
  capacity: number;
  perMs: number;
  blockedUntil: number;
  /** Granted since `since`: the throughput that a refusal is measured against. */
  granted: number;
  since: number;
}

/** A pause this long begins a new measurement. */
export const PAUSE_MS = 1_000;
/** How long the first calls are waited for, to observe from them. */
export const CAUTION_MS = 500;
export const REFUSED_SHARE = 0.9;
export const LEAST_PER_MS = 0.0002;
/** A guessed limit is probed upwards while calls go: by a hundredth a second, and faster the longer nothing was refused. */
export const GROWTH = { perCall: 1e-5, perCallAndMs: 5e-12 } as const;
export const ROUNDING = 1e-9;

/** A bucket of this process alone. The script in rate.script.ts says the same for all instances: change both. */
export const createTokenBucket = ({ now, instances = () => 1 }: TokenBucketOptions): LocalTokenBucket => {
  const state: State = {
    source: "nothing",
    tokens: UNKNOWN_STATE.capacity,
    at: now(),
    capacity: UNKNOWN_STATE.capacity,
    perMs: UNKNOWN_STATE.perMs,
    blockedUntil: 0,
    granted: 0,
    since: now(),
  };

  const restart = () => Object.assign(state, { granted: 0, since: now() });

  const fill = () => {
    const passed = Math.max(0, now() - state.at);
    if (now() - Math.max(state.at, state.blockedUntil) > PAUSE_MS) restart();
    if (state.source === "nothing" && state.granted > 0 && now() - state.since > CAUTION_MS) state.source = "unlimited";
    state.tokens = Math.min(state.capacity, state.tokens + passed * state.perMs);
    state.at = now();
  };

  const raise = (perMs: number) => {
    state.perMs += perMs;
    state.capacity = Math.max(1, state.perMs * 1000);
  };

  const growth = () => GROWTH.perCall + (GROWTH.perCallAndMs * (now() - state.since)) / state.perMs;

  const guess = () => {
    const measured = (REFUSED_SHARE * state.granted) / Math.max(PAUSE_MS, now() - state.since);
    const least = state.source === "guessed" ? state.perMs / 2 : LEAST_PER_MS;
    state.source = "guessed";
    state.perMs = 0;
    raise(Math.max(measured, least));
    restart();
  };

  const levelNow = (): BucketState => ({
    source: state.source,
    tokens: state.tokens,
    capacity: state.capacity,
    perMs: state.perMs,
    blockedMs: Math.max(0, state.blockedUntil - now()),
    cost: Math.min(instances(), Math.max(1, state.capacity)),
  });

  const grant = (lane: Priority, wanted: number): number => {
    if (wanted === 0 || state.blockedUntil > now()) return 0;
    if (state.source === "unlimited") return wanted;
    const level = levelNow();
    const { cost } = level;
    const spare = state.tokens - needOf(lane, level) + ROUNDING;
    const granted = spare < 0 ? 0 : Math.min(wanted, Math.floor(spare / cost) + 1);
    state.tokens -= granted * cost;
    if (state.source === "guessed") raise(granted * growth());
    return granted;
  };

  return {
    isLocal: true,
    take(wanted) {
      fill();
      const granted = {
        door: grant("door", wanted.door),
        interactive: grant("interactive", wanted.interactive),
        bulk: grant("bulk", wanted.bulk),
      };
      if (state.source === "nothing" && state.granted === 0) state.since = now();
      state.granted += granted.door + granted.interactive + granted.bulk;
      return { granted, level: levelNow() };
    },
    observe({ told, refusedMs }) {
      fill();
      if (told !== null) {
        // The gateway rounds down. When it tells for the first time, it may not know yet of any of the calls that were made.
        const isFirst = state.source !== "told";
        state.tokens = Math.min(
          isFirst ? told.limit : state.tokens,
          Math.max(0, told.remaining + 1 - (isFirst ? state.granted : 0)),
        );
        Object.assign(state, { source: "told", capacity: told.limit, perMs: told.perMs });
      } else if (refusedMs !== null && state.source !== "told" && state.blockedUntil <= now()) {
        guess();
      } else if (state.source === "nothing") {
        state.source = "unlimited";
      }
      if (refusedMs === null) return;
      state.tokens = Math.min(state.tokens, 0);
      state.blockedUntil = Math.max(state.blockedUntil, now() + refusedMs);
    },
    adopt({ source, tokens, capacity, perMs, blockedMs }) {
      Object.assign(state, { source, tokens, capacity, perMs, at: now(), blockedUntil: now() + blockedMs });
    },
  };
};
