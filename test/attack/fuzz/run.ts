/** The seed and the number of inputs, which `ATTACK_SEED` and `ATTACK_COUNT` override. */
export const fuzzOptions = (count: number): { readonly seed: number; readonly count: number } => ({
  seed: Number(process.env["ATTACK_SEED"] ?? 1),
  count: Number(process.env["ATTACK_COUNT"] ?? count),
});

/** Calls `run` for each index with limited concurrency. */
export const runConcurrently = async (
  count: number,
  concurrency: number,
  run: (index: number) => Promise<void>,
): Promise<void> => {
  let next = 0;
  const work = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
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
