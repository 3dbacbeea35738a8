import type { FaultKind } from "./kinds/kind.ts";
import { randomFor, shuffled } from "./random.ts";

/**
 * Writes the order in which each kind comes once; the same seed writes the same script. It begins with half of those that must cost
 * nothing: up to then no gap has a reason.
 */
export const writeScript = (kinds: readonly FaultKind[], seed: number): readonly FaultKind[] => {
  const random = randomFor(seed, "script");
  const harmless = shuffled(
    kinds.filter(({ cost }) => cost === "nothing"),
    random,
  );
  const others = kinds.filter(({ cost }) => cost !== "nothing");
  const half = Math.ceil(harmless.length / 2);
  return [...harmless.slice(0, half), ...shuffled([...harmless.slice(half), ...others], random)];
};
