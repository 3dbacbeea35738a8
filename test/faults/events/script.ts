import type { FaultKind } from "./kinds/kind.ts";
import { randomFor, shuffled } from "./random.ts";

/**
 * Writes the order of the faults; the same seed writes the same script. It begins with half of those that must cost nothing: up to
 * then no gap has a reason.
 */
export const writeScript = (kinds: readonly FaultKind[], times: number, seed: number): readonly FaultKind[] => {
  const random = randomFor(seed, "script");
  const repeated = (some: readonly FaultKind[]) => shuffled(Array.from({ length: times }, () => some).flat(), random);
  const harmless = repeated(kinds.filter(({ cost }) => cost === "nothing"));
  const others = repeated(kinds.filter(({ cost }) => cost !== "nothing"));
  const half = Math.ceil(harmless.length / 2);
  return [...harmless.slice(0, half), ...shuffled([...harmless.slice(half), ...others], random)];
};
