/**
 * Names that are expected but not present, each with the next step: `missing(["A", "B"], ["A"], (name) => …)`. Compare the
 * result with `[]`, so that a failure lists every name and what to do about it.
 */
export const missing = (
  expected: Iterable<string>,
  present: Iterable<string>,
  nextStep: (name: string) => string,
): readonly string[] => {
  const known = new Set(present);
  return [...expected].filter((name) => !known.has(name)).map(nextStep);
};
