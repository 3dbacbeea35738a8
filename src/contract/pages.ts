/** What an answer says about the pages of its list. */
export interface Page {
  readonly OffSet: string | null;
  readonly ReturnRowCount: number | null;
  /** Rows that could not be read. */
  readonly rejected: number;
}

/** Pages of one list, and those among them without a row that can be read: a gateway may return them forever. */
export const MAX_PAGES = { all: 2_000, empty: 10 } as const;

/** Whether the gateway has no next page, returned an empty page, or repeats a page token. `visited` holds the page tokens so far. */
export const isLastPage = (
  { OffSet, ReturnRowCount, rejected }: Page,
  rowCount: number,
  visited: ReadonlySet<string>,
): boolean => {
  const next = OffSet ?? "";
  return next === "" || ReturnRowCount === 0 || (rowCount === 0 && rejected === 0) || visited.has(next);
};
