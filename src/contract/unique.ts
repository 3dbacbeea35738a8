/** Returns the rows without those whose key an earlier row has: a join of a gateway returns a row as often as it finds it. */
export const uniqueBy = <Row>(rows: readonly Row[], keyOf: (row: Row) => unknown): readonly Row[] => {
  const keys = new Set<unknown>();
  const unique = rows.filter((row) => keys.size < keys.add(keyOf(row)).size);
  return unique.length === rows.length ? rows : unique;
};
