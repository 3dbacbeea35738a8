/** A value takes about this many bytes for each character of its JSON: the text, the objects, and what it was decoded from. */
const BYTES_PER_CHARACTER = 4;
const SAMPLES = 3;

const characters = (value: unknown): number => (value === undefined ? 0 : (JSON.stringify(value)?.length ?? 0));

/**
 * The rows of a list are alike: the largest of three stands for all. The JSON of a row is that of the whole row, also where its
 * members are decoded on demand.
 */
const charactersOfRows = (rows: readonly unknown[]): number => {
  if (rows.length <= SAMPLES) return characters(rows);
  const samples = [rows[0], rows[rows.length >> 1], rows.at(-1)].map(characters);
  return rows.length * Math.max(...samples);
};

/** Estimates how many bytes an answer takes in memory. */
export const estimateBytes = (answer: object): number => {
  let total = 0;
  for (const value of Object.values(answer))
    total += Array.isArray(value) ? charactersOfRows(value) : characters(value);
  return total * BYTES_PER_CHARACTER;
};
