import { createRandom } from "../../src/sandbox/random.ts";

export const FAULTS = [
  "kill Redis",
  "kill an instance",
  "reset a connection to an instance",
  "lose an answer of an instance",
  "reset a connection to Redis",
  "lose an answer of Redis",
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Step {
  readonly fault: Fault;
  /** When so much of all events is acknowledged: 0 <= n < 1. */
  readonly at: number;
  /** 0 <= n < 1: which of several instances, how long Redis stays away. */
  readonly choice: number;
}

export type FaultCounts = Readonly<Record<Fault, number>>;

/** What is done to them, and when; the same for the same seed. The first and the last of the events come in peace. */
export const writeScript = (seed: number, counts: FaultCounts): readonly Step[] => {
  const random = createRandom(seed, "faults");
  const steps = FAULTS.flatMap((fault) =>
    Array.from({ length: counts[fault] }, () => ({ fault, at: 0.01 + 0.97 * random(), choice: random() })),
  );
  return steps.toSorted((a, b) => a.at - b.at);
};
