import { createHash } from "node:crypto";
import { rowKey, type KeyedRow } from "../../contract/pages.ts";
import { badUserInput } from "./arguments.ts";

/**
 * The position after a row: in the gateway's page that begins at `offSet`, after `skip` rows. `row` is the key of the last row before it:
 * rows that are new since then may have moved it. Empty if there is none, and in cursors of earlier versions.
 */
export interface RowPosition {
  readonly offSet: string;
  readonly skip: number;
  readonly row: string;
}

/** The error for a value that is no cursor. */
export const invalidCursor = () =>
  badUserInput("after", "`after` must be a cursor of this field; received another value.");

/** Writes a position as a cursor. */
export const writePosition = ({ offSet, skip, row }: RowPosition): string =>
  Buffer.from(JSON.stringify(row === "" ? [offSet, skip] : [offSet, skip, row])).toString("base64url");

/** Whether there is no cursor; some clients write an empty one. */
export const isFirstPage = (cursor: string | null | undefined): cursor is "" | null | undefined =>
  cursor == null || cursor === "";

/**
 * Reads a cursor, or the position before the first row without one.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the cursor is invalid.
 */
export const readPosition = (cursor: string | null | undefined): RowPosition => {
  if (isFirstPage(cursor)) return { offSet: "", skip: 0, row: "" };
  try {
    const [offSet, skip, row = "", ...rest] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof offSet === "string" && Number.isInteger(skip) && typeof row === "string" && rest.length === 0) {
      const position = { offSet, skip: Number(skip), row };
      if (position.skip >= 0 && writePosition(position) === cursor) return position;
    }
  } catch {
    // A value that is not JSON is not a Portico cursor.
  }
  throw invalidCursor();
};

/** The key of a row in a cursor. */
export const cursorKey = (row: KeyedRow): string =>
  createHash("sha256").update(rowKey(row)).digest("base64url").slice(0, 12);

/**
 * Returns how many rows of the page precede a position: up to and including its row if the page has it, otherwise `skip`. A position at the
 * begin of a page has the last row of the page before: all rows precede it if the gateway returned that page again.
 */
export const rowsBefore = (rows: readonly KeyedRow[], { skip, row }: RowPosition): number => {
  if (row === "") return skip;
  const isRow = (each: KeyedRow | undefined): boolean => each !== undefined && cursorKey(each) === row;
  let before = skip;
  if (isRow(rows.at(skip - 1))) before = skip === 0 ? rows.length : skip;
  else if (skip > 0) before = rows.findIndex(isRow) + 1 || skip;
  while (isRow(rows[before])) before += 1;
  return before;
};
