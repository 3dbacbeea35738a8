export type Row = readonly string[];

/** Formats a Markdown table. The first column is left-aligned, the others are right-aligned. */
export const table = (head: Row, rows: readonly Row[]): string => {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
};
