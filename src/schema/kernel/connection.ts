import { GraphQLError } from "graphql";
import type { Rows } from "../../contract/codec.ts";
import { MAX_PAGE_SIZE } from "../../loaders/call.ts";
import { badUserInput } from "./arguments.ts";
import { builder } from "./builder.ts";
import type { Context } from "./context.ts";

/** A page of rows, forward only, as the gateway pages. */
export interface Connection<Row> {
  readonly rows: readonly Row[];
  readonly cursorAt: (index: number) => string;
  readonly hasNextPage: boolean;
  readonly totalCount: number | null;
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

interface UpstreamPage<Row> {
  readonly rows: Rows<Row>;
  readonly OffSet: string | null;
  readonly ActualRowCount: number | null;
  readonly ReturnRowCount: number | null;
}

/** Where a row stands: in the page that begins at `offSet`, behind `skip` rows. */
interface RowPosition {
  readonly offSet: string;
  readonly skip: number;
}

const DEFAULT_FIRST = 50;

/** The page size asked for, 1 to 500. */
export const pageSize = (first: number | null | undefined): number => {
  const size = first ?? DEFAULT_FIRST;
  if (size < 1 || size > MAX_PAGE_SIZE) throw badUserInput("first", `1 to ${MAX_PAGE_SIZE}, ${size} came.`);
  return size;
};

const encodeCursor = ({ offSet, skip }: RowPosition): string =>
  Buffer.from(JSON.stringify([offSet, skip])).toString("base64url");

const decodeCursor = (cursor: string | null | undefined): RowPosition => {
  if (cursor == null) return { offSet: "", skip: 0 };
  try {
    const [offSet, skip, ...rest] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof offSet === "string" && Number.isInteger(skip) && rest.length === 0) {
      const position = { offSet, skip: Number(skip) };
      if (position.skip >= 0 && position.skip <= MAX_PAGE_SIZE && encodeCursor(position) === cursor) return position;
    }
  } catch {
    // No JSON: no cursor of ours.
  }
  throw badUserInput("after", "This is no cursor of this field.");
};

/** Reads pages of the gateway until `first` rows are there, or there are no more. */
export const readConnection = async <Row>(
  { first, after }: PageArguments,
  context: Context,
  readPage: (paging: { readonly Limit: number; readonly OffSet?: string }) => Promise<UpstreamPage<Row>>,
): Promise<Connection<Row>> => {
  const size = pageSize(first);
  const start = decodeCursor(after);
  const rows: Row[] = [];
  const positions: RowPosition[] = [];
  const seen = new Set<string>();
  let { offSet, skip } = start;
  let totalCount: number | null = null;
  let hasNextPage = false;
  for (;;) {
    const Limit = Math.min(MAX_PAGE_SIZE, skip + size - rows.length);
    const page = await readPage(offSet === "" ? { Limit } : { Limit, OffSet: offSet });
    reportRejected(page.rows.rejected, context);
    totalCount ??= page.ActualRowCount;
    const wanted = page.rows.slice(skip, skip + size - rows.length);
    rows.push(...wanted);
    const next = page.OffSet ?? "";
    const isLast = next === "" || page.ReturnRowCount === 0 || seen.has(next);
    const used = skip + wanted.length;
    const pageIsUsedUp = used >= page.rows.length;
    for (let index = skip + 1; index <= used; index += 1) {
      positions.push(index === page.rows.length && !isLast ? { offSet: next, skip: 0 } : { offSet, skip: index });
    }
    hasNextPage = !isLast || !pageIsUsedUp;
    if (rows.length >= size || isLast) break;
    seen.add(next);
    skip = Math.max(0, skip - page.rows.length);
    offSet = next;
  }
  return { rows, cursorAt: (index) => encodeCursor(positions[index] ?? start), hasNextPage, totalCount };
};

/** A cursor that is a fact of the row itself, for rows that the gateway does not page. */
const keyCursor = (key: string): string => Buffer.from(JSON.stringify([key])).toString("base64url");

export const parseKeyCursor = (cursor: string | null | undefined): string | undefined => {
  if (cursor == null) return undefined;
  try {
    const [key] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof key === "string" && keyCursor(key) === cursor) return key;
  } catch {
    // No JSON: no cursor of ours.
  }
  throw badUserInput("after", "This is no cursor of this field.");
};

/** Rows already at hand. */
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

/** A page of a list that came whole, in the order of its keys. */
export const paginate = <Row>(
  all: readonly Row[],
  { first, after }: PageArguments,
  keyOf: (row: Row) => string,
): Connection<Row> => {
  const size = pageSize(first);
  const behind = parseKeyCursor(after);
  const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rest = behind === undefined ? sorted : sorted.filter((row) => keyOf(row) > behind);
  return connectionOf(rest.slice(0, size), keyOf, { hasNextPage: rest.length > size, totalCount: all.length });
};

const reportRejected = (rejected: number, { report }: Context) => {
  if (rejected === 0) return;
  report(
    new GraphQLError(`${rejected} rows of the gateway's answer could not be read and are left out.`, {
      extensions: { code: "UPSTREAM_INVALID_RESPONSE" },
    }),
  );
};

export const PageInfo = builder
  .objectRef<Pick<Connection<unknown>, "hasNextPage" | "cursorAt"> & { readonly rows: readonly unknown[] }>("PageInfo")
  .implement({
    description: "Place of a page.",
    shareable: true,
    fields: (t) => ({
      hasNextPage: t.boolean({ description: "More behind.", resolve: ({ hasNextPage }) => hasNextPage }),
      hasPreviousPage: t.boolean({ description: "More before; always false here.", resolve: () => false }),
      startCursor: t.string({
        nullable: true,
        description: "First cursor.",
        resolve: ({ rows, cursorAt }) => (rows.length === 0 ? null : cursorAt(0)),
      }),
      endCursor: t.string({
        nullable: true,
        description: "Last cursor.",
        resolve: ({ rows, cursorAt }) => (rows.length === 0 ? null : cursorAt(rows.length - 1)),
      }),
    }),
  });

export interface Edge<Row> {
  readonly row: Row;
  readonly connection: Connection<Row>;
  readonly index: number;
}

export const edgesOf = <Row>(connection: Connection<Row>): Edge<Row>[] =>
  connection.rows.map((row, index) => ({ row, connection, index }));
