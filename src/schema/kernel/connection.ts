import { GraphQLError } from "graphql";
import {
  isLastPage,
  isRepetition,
  isWholeList,
  type KeyedRow,
  MAX_PAGES,
  type Page,
  totalOf,
} from "../../contract/pages.ts";
import { MAX_PAGE_SIZE } from "../../loaders/call.ts";
import { badUserInput } from "./arguments.ts";
import { builder } from "./builder.ts";
import {
  cursorKey,
  invalidCursor,
  isFirstPage,
  readPosition,
  type RowPosition,
  rowsBefore,
  writePosition,
} from "./row-position.ts";

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

const endlessPages = (): GraphQLError =>
  new GraphQLError("The gateway returned page after page without another row that can be read.", {
    extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
  });

/**
 * Reads pages of the gateway until the connection has `first` rows or there are no more, in the gateway's order.
 * @throws a GraphQLError with the code BAD_USER_INPUT if the page size or the cursor is invalid, and with the code
 * UPSTREAM_INVALID_RESPONSE if the pages do not end, or repeat and are not the whole list.
 */
export const readConnection = async <Row extends KeyedRow>(
  { first, after }: PageArguments,
  readUpstreamPage: (paging: { readonly Limit: number; readonly OffSet?: string }) => Promise<UpstreamPage<Row>>,
): Promise<Connection<Row>> => {
  const size = pageSize(first);
  const start = readPosition(after);
  const rows: Row[] = [];
  const positions: Omit<RowPosition, "row">[] = [];
  const readOffsets = new Set([start.offSet]);
  let { offSet, skip } = start;
  let earlier: readonly Row[] = [];
  let total: number | null = null;
  let longest = 0;
  let hasNextPage = false;
  let emptyPages = 0;
  for (;;) {
    // Where rows cannot be read, the rest is asked for at once, and not row by row.
    const Limit = emptyPages > 0 ? MAX_PAGE_SIZE : Math.min(MAX_PAGE_SIZE, skip + size - rows.length);
    const page = await readUpstreamPage(offSet === "" ? { Limit } : { Limit, OffSet: offSet });
    const next = page.OffSet ?? "";
    const { length } = page.rows;
    total ??= page.ActualRowCount;
    longest = Math.max(longest, length);
    const isContinued = offSet !== "" && skip === 0 && length > 0;
    if (offSet === start.offSet) skip = rowsBefore(page.rows, start);
    // The first page again: of a longer one the rest is new.
    if (isContinued && isRepetition(page.rows, earlier)) skip = Math.min(length, earlier.length);
    const isRepeated = isContinued && skip === length;
    const isLast = isLastPage(page, length, readOffsets);
    const taken = page.rows.slice(skip, skip + size - rows.length);
    rows.push(...taken);
    const end = skip + taken.length;
    for (let index = skip + 1; index <= end; index += 1)
      positions.push(index === length && !isLast ? { offSet: next, skip: 0 } : { offSet, skip: index });
    hasNextPage = !isLast || end < length;
    if (isRepeated && isWholeList(page, length, Limit)) hasNextPage = false;
    else if (isRepeated && isLast && next !== "") throw endlessPages();
    if (rows.length >= size || isLast || !hasNextPage) break;
    if (length === 0 || isRepeated) emptyPages += 1;
    if (emptyPages > MAX_PAGES.empty) {
      if (rows.length === 0) throw endlessPages();
      break;
    }
    readOffsets.add(next);
    earlier = page.rows;
    skip = Math.min(Math.max(0, skip - length), MAX_PAGE_SIZE);
    offSet = next;
  }
  const cursorAt = (index: number): string => {
    const [position, row] = [positions[index], rows[index]];
    if (position === undefined || row === undefined) return writePosition(start);
    return writePosition({ ...position, row: cursorKey(row) });
  };
  const totalCount = totalOf(total, Math.max(longest, rows.length));
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
