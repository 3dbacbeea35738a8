import { setImmediate } from "node:timers/promises";
import { test, vi } from "vitest";

/** Chances, tasks and time of one seed. Nothing in it depends on the machine: the same seed always does the same. */
export interface World {
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  /** A whole number from `from` to `to`, both included. */
  readonly int: (from: number, to: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
  /** Does work at a moment that the seed chooses, as a remote program would; resolves at another such moment. */
  readonly remote: <Value>(work: () => Value | Promise<Value>) => Promise<Value>;
  /** Passes virtual time; every timer that is due goes off. */
  readonly advance: (ms: number) => void;
  /** Lets some remote work go on, in an order that the seed chooses. */
  readonly proceed: (steps: number) => Promise<void>;
  /** Lets all remote work end. */
  readonly settle: () => Promise<void>;
  /** Milliseconds of virtual time since 1970 UTC. */
  readonly now: () => number;
}

/** A small generator with a period of 2^32 (mulberry32). */
const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Turns of the event loop within which all work ends that waits for nothing remote. */
const TURNS = 4;

const createWorld = (seed: number): World => {
  const random = createRandom(seed);
  const waiting: (() => void)[] = [];
  /** What a real server is doing now. */
  const working = new Set<Promise<unknown>>();
  const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const moment = () => new Promise<void>((resolve) => void waiting.push(resolve));
  const passTurns = async () => {
    for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
  };
  const step = async () => {
    waiting.splice(int(0, waiting.length - 1), 1)[0]?.();
    await setImmediate();
    while (working.size > 0) await Promise.allSettled(working);
  };
  return {
    random,
    int,
    chance: (probability) => random() < probability,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    async remote(work) {
      await moment();
      const answer = (async () => work())();
      working.add(answer);
      try {
        return await answer;
      } finally {
        working.delete(answer);
        await moment();
      }
    },
    advance: (ms) => void vi.advanceTimersByTime(ms),
    async proceed(steps) {
      await setImmediate();
      for (let done = 0; done < steps && waiting.length > 0; done += 1) await step();
    },
    async settle() {
      for (await passTurns(); waiting.length > 0; await passTurns()) while (waiting.length > 0) await step();
    },
    now: Date.now,
  };
};

const START = Date.parse("2026-06-21T04:00:00Z");
const FAKED = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;

const numberOf = (name: string): number | undefined =>
  process.env[name] === undefined ? undefined : Number(process.env[name]);

/** A test that plays a scene with many seeds. The error of a seed names it; `SIMULATION_SEED=<n>` plays that one alone. */
export const simulate = (title: string, play: (world: World) => Promise<void>): void => {
  const only = numberOf("SIMULATION_SEED");
  const count = numberOf("SIMULATION_SEEDS") ?? 100;
  const seeds = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [only];
  test(title, { timeout: 600_000 }, async () => {
    for (const seed of seeds) {
      vi.useFakeTimers({ now: START, toFake: [...FAKED] });
      try {
        await play(createWorld(seed));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`seed ${seed}: ${reason} (SIMULATION_SEED=${seed} plays it again)`, { cause: error });
      } finally {
        vi.clearAllTimers();
        vi.useRealTimers();
      }
    }
  });
};
