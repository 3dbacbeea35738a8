import { createRandom } from "../../src/sandbox/random.ts";
import { REDIS_FAULTS } from "./redis-faults.ts";

export const FAULTS = [
  "kill Redis",
  "kill an instance",
  "reset a connection to an instance",
  "lose an answer of an instance",
  "reset a connection to Redis",
  "lose an answer of Redis",
  "hang an instance",
  "delay what an instance and Redis say",
  "swallow what an instance and Redis say",
  ...REDIS_FAULTS,
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Step {
  readonly fault: Fault;
  /** The share of acknowledged events at which the fault is applied: 0 <= n < 1. */
  readonly at: number;
  /** 0 <= n < 1: selects one of several instances, or how long the fault lasts. */
  readonly choice: number;
}

export type FaultCounts = Readonly<Record<Fault, number>>;

/** Creates the script of faults; the same seed creates the same script. The first and last events are not disturbed. */
export const writeScript = (seed: number, counts: FaultCounts): readonly Step[] => {
  const random = createRandom(seed, "faults");
  const steps = FAULTS.flatMap((fault) =>
    Array.from({ length: counts[fault] }, () => ({ fault, at: 0.01 + 0.97 * random(), choice: random() })),
  );
  return steps.toSorted((a, b) => a.at - b.at);
};
