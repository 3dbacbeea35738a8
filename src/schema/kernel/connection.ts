import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import { isLastPage, MAX_PAGES, type Page } from "../../contract/pages.ts";
import { MAX_PAGE_SIZE } from "../../loaders/call.ts";
import { badUserInput } from "./arguments.ts";
import { builder } from "./builder.ts";

/** A page of rows. Paging is forward only, because the gateway pages forward only. */
export interface Connection<Row> {
  readonly rows: readonly Row[];
  readonly cursorAt: (index: number) => string;
  readonly hasNextPage: boolean;
  readonly totalCount: number | null;
}

/** The paging arguments of a field. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

interface UpstreamPage<Row> extends Page {
  readonly rows: readonly Row[];
  readonly ActualRowCount: number | null;
}

/** The members by which the rows of a list differ. */
interface KeyedRow {
  readonly DeviceSN?: string | null;
  readonly EmployeeCode?: string | null;
  readonly AttendanceLog?: string;
  readonly EventID?: string | null;
  readonly Date?: string;
}

/**
 * The position after a row: in the gateway's page that begins at `offSet`, after `skip` rows. `row` is the key of the last one of them:
 * rows that are new since then may have moved it. Empty if there is none, and in cursors of earlier versions.
 */
interface RowPosition {
  readonly offSet: string;
  readonly skip: number;
  readonly row: string;
}

const DEFAULT_FIRST = 50;

/**
 * Returns the requested page size.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the size is not from 1 to 500.
 * @default 50
 */
export const pageSize = (first: number | null | undefined): number => {
  const size = first ?? DEFAULT_FIRST;
  if (size < 1 || size > MAX_PAGE_SIZE)
    throw badUserInput("first", `\`first\` must be from 1 to ${MAX_PAGE_SIZE}; received ${size}.`);
  return size;
};

const invalidCursor = (): GraphQLError =>
  badUserInput("after", "`after` must be a cursor of this field; received another value.");

const encodeCursor = ({ offSet, skip, row }: RowPosition): string =>
  Buffer.from(JSON.stringify(row === "" ? [offSet, skip] : [offSet, skip, row])).toString("base64url");

/** Whether there is no cursor; some clients write an empty one. */
const isFirstPage = (cursor: string | null | undefined): cursor is "" | null | undefined =>
  cursor == null || cursor === "";

const decodeCursor = (cursor: string | null | undefined): RowPosition => {
  if (isFirstPage(cursor)) return { offSet: "", skip: 0, row: "" };
  try {
    const [offSet, skip, row = "", ...rest] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof offSet === "string" && Number.isInteger(skip) && typeof row === "string" && rest.length === 0) {
      const position = { offSet, skip: Number(skip), row };
      if (position.skip >= 0 && encodeCursor(position) === cursor) return position;
    }
  } catch {
    // A value that is not JSON is not a Portico cursor.
  }
  throw invalidCursor();
};

const keyOf = ({ DeviceSN, EmployeeCode, AttendanceLog, EventID, Date }: KeyedRow): string =>
  createHash("sha256")
    .update(JSON.stringify([DeviceSN, EmployeeCode, AttendanceLog, EventID, Date]))
    .digest("base64url")
    .slice(0, 12);

/** Returns how many rows of the page precede a position: up to and including its row if the page has it, otherwise `skip`. */
const rowsBefore = (rows: readonly KeyedRow[], { skip, row }: RowPosition): number => {
  const last = rows[skip - 1];
  if (row === "" || (last !== undefined && keyOf(last) === row)) return skip;
  const index = rows.findIndex((each) => keyOf(each) === row);
  return index < 0 ? skip : index + 1;
};

const endlessPages = (): GraphQLError =>
  new GraphQLError("The gateway returned page after page without a row that can be read.", {
    extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
  });

/**
 * Reads pages of the gateway until the connection has `first` rows or there are no more.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the page size or the cursor is invalid, and with the code
 * UPSTREAM_INVALID_RESPONSE if the pages do not end.
 */
export const readConnection = async <Row extends KeyedRow>(
  { first, after }: PageArguments,
  readUpstreamPage: (paging: { readonly Limit: number; readonly OffSet?: string }) => Promise<UpstreamPage<Row>>,
): Promise<Connection<Row>> => {
  const size = pageSize(first);
  const start = decodeCursor(after);
  const rows: Row[] = [];
  const positions: Omit<RowPosition, "row">[] = [];
  const readOffsets = new Set([start.offSet]);
  let { offSet, skip } = start;
  let totalCount: number | null = null;
  let hasNextPage = false;
  let emptyPages = 0;
  for (;;) {
    // Where rows cannot be read, the rest is asked for at once, and not row by row.
    const Limit = emptyPages > 0 ? MAX_PAGE_SIZE : Math.min(MAX_PAGE_SIZE, skip + size - rows.length);
    const page = await readUpstreamPage(offSet === "" ? { Limit } : { Limit, OffSet: offSet });
    totalCount ??= page.ActualRowCount;
    if (offSet === start.offSet) skip = rowsBefore(page.rows, start);
    const taken = page.rows.slice(skip, skip + size - rows.length);
    rows.push(...taken);
    const next = page.OffSet ?? "";
    const isLast = isLastPage(page, page.rows.length, readOffsets);
    const end = skip + taken.length;
    const isUsedUp = end >= page.rows.length;
    for (let index = skip + 1; index <= end; index += 1) {
      const isContinued = index === page.rows.length && !isLast;
      positions.push(isContinued ? { offSet: next, skip: 0 } : { offSet, skip: index });
    }
    hasNextPage = !isLast || !isUsedUp;
    if (rows.length >= size || isLast) break;
    if (page.rows.length === 0) emptyPages += 1;
    if (emptyPages > MAX_PAGES.empty) {
      if (rows.length === 0) throw endlessPages();
      break;
    }
    readOffsets.add(next);
    skip = Math.min(Math.max(0, skip - page.rows.length), MAX_PAGE_SIZE);
    offSet = next;
  }
  const cursorAt = (index: number): string => {
    const [position, row] = [positions[index], rows[index]];
    if (position === undefined || row === undefined) return encodeCursor(start);
    return encodeCursor({ ...position, row: position.skip === 0 ? "" : keyOf(row) });
  };
  return { rows, cursorAt, hasNextPage, totalCount };
};

/** Encodes a cursor from a member of the row itself, for lists that the gateway does not page. */
const keyCursor = (key: string): string => Buffer.from(JSON.stringify([key])).toString("base64url");

/**
 * Returns the key in a cursor of `connectionOf`, or undefined without a cursor.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the cursor is invalid.
 */
export const parseKeyCursor = (cursor: string | null | undefined): string | undefined => {
  if (isFirstPage(cursor)) return undefined;
  try {
    const [key] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof key === "string" && keyCursor(key) === cursor) return key;
  } catch {
    // A value that is not JSON is not a Portico cursor.
  }
  throw invalidCursor();
};

/** Makes a connection of rows that are in memory. */
export const connectionOf = <Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  { hasNextPage, totalCount }: Pick<Connection<Row>, "hasNextPage" | "totalCount">,
): Connection<Row> => ({
  rows,
  cursorAt: (index) => {
    const row = rows[index];
    return row === undefined ? "" : keyCursor(keyOf(row));
  },
  hasNextPage,
  totalCount,
});

/** Returns a page of a complete list, in the order of its keys. */
export const paginate = <Row>(
  all: readonly Row[],
  { first, after }: PageArguments,
  keyOf: (row: Row) => string,
): Connection<Row> => {
  const size = pageSize(first);
  const afterKey = parseKeyCursor(after);
  const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rest = afterKey === undefined ? sorted : sorted.filter((row) => keyOf(row) > afterKey);
  return connectionOf(rest.slice(0, size), keyOf, { hasNextPage: rest.length > size, totalCount: all.length });
};

export const PageInfo = builder
  .objectRef<Pick<Connection<unknown>, "hasNextPage" | "cursorAt"> & { readonly rows: readonly unknown[] }>("PageInfo")
  .implement({
    description: "Shows whether there are more pages and where they begin.",
    shareable: true,
    fields: (t) => ({
      hasNextPage: t.boolean({
        description: "Whether there are more items after this page. Read them with `after: endCursor`.",
        resolve: ({ hasNextPage }) => hasNextPage,
      }),
      hasPreviousPage: t.boolean({
        description: "Always false, because paging goes forward only.",
        resolve: () => false,
      }),
      startCursor: t.string({
        nullable: true,
        description: "Cursor of the first item of this page; null if the page is empty.",
        resolve: ({ rows, cursorAt }) => (rows.length === 0 ? null : cursorAt(0)),
      }),
      endCursor: t.string({
        nullable: true,
        description: "Cursor of the last item of this page, for `after` of the next one; null if the page is empty.",
        resolve: ({ rows, cursorAt }) => (rows.length === 0 ? null : cursorAt(rows.length - 1)),
      }),
    }),
  });

/** A row of a connection with the data for its cursor. */
export interface Edge<Row> {
  readonly row: Row;
  readonly connection: Connection<Row>;
  readonly index: number;
}

/** Returns the rows of a connection as edges. */
export const edgesOf = <Row>(connection: Connection<Row>): Edge<Row>[] =>
  connection.rows.map((row, index) => ({ row, connection, index }));
