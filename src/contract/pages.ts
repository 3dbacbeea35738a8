import type { Unreadable } from "./unreadable.ts";

/** What an answer says about the pages of its list. */
export interface Page {
  readonly OffSet: string | null;
  readonly ActualRowCount: number | null;
  /** Rows that could not be read. */
  readonly rejected: number;
}

/** The members by which the rows of a list differ. */
export interface KeyedRow {
  readonly DeviceSN?: string | null;
  readonly EmployeeCode?: string | null | Unreadable;
  readonly AttendanceLog?: string;
  readonly EventTime?: string;
  readonly EventID?: string | null;
  readonly Date?: string;
}

/** Pages of one list, and those among them without a row that can be read: a gateway may return them forever. */
export const MAX_PAGES = { all: 2_000, empty: 10 } as const;

/** Whether the gateway has no next page, returned an empty page, or repeats a page token. `visited` holds the page tokens so far. */
export const isLastPage = ({ OffSet, rejected }: Page, rowCount: number, visited: ReadonlySet<string>): boolean => {
  const next = OffSet ?? "";
  return next === "" || (rowCount === 0 && rejected === 0) || visited.has(next);
};

/** The number of all rows of a list as the gateway reports it; null if it does not, or reports fewer than it returns. */
export const totalOf = (reported: number | null, rowCount: number): number | null =>
  reported !== null && reported < rowCount ? null : reported;

/** Whether a page has all rows of its list: it says so, or has fewer than were asked for. */
export const isWholeList = ({ ActualRowCount }: Page, rowCount: number, limit: number): boolean =>
  ActualRowCount === null ? rowCount < limit : ActualRowCount <= rowCount;

/** What two rows of a list have in common only if they are the same object. */
export const rowKey = ({ DeviceSN, EmployeeCode, AttendanceLog, EventTime, EventID, Date }: KeyedRow): string =>
  EventID == null
    ? `${DeviceSN}\0${String(EmployeeCode)}\0${AttendanceLog ?? Date}`
    : `${EventID}\0${DeviceSN}\0${EventTime}`;

/** Whether the shorter of two pages begins and ends as the other one does there: without `OffSet`, a gateway returns the first again. */
export const isRepetition = (rows: readonly KeyedRow[], earlier: readonly KeyedRow[]): boolean => {
  const isSameAt = (index: number): boolean => {
    const [row, other] = [rows[index], earlier[index]];
    return row !== undefined && other !== undefined && rowKey(row) === rowKey(other);
  };
  return isSameAt(0) && isSameAt(Math.min(rows.length, earlier.length) - 1);
};
