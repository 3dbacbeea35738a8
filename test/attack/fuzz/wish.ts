/** How much is tried, and by which seed: `ATTACK_SEED` and `ATTACK_COUNT` say so for one run. */
export const wishOf = (count: number): { readonly seed: number; readonly count: number } => ({
  seed: Number(process.env["ATTACK_SEED"] ?? 1),
  count: Number(process.env["ATTACK_COUNT"] ?? count),
});

/** Runs so many at a time until all are done. */
export const inCrowd = async (count: number, crowd: number, run: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const work = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: crowd }, work));
};

/** Counts outcomes by name. */
export const createTally = () => {
  const counts = new Map<string, number>();
  return {
    add: (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    text: () =>
      [...counts]
        .toSorted(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name}: ${count}`)
        .join(", "),
  };
};
