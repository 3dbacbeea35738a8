export type Row = readonly string[];

/** A markdown table, its first column to the left and the others to the right. */
export const table = (head: Row, rows: readonly Row[]): string => {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
};
