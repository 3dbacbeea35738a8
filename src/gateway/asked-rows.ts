import type { Rows } from "../contract/codec.ts";
import { OPERATION_NAMES, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";

type Members = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<Key, unknown>>;
type Key = "DeviceSN" | "EmployeeCode";

const KEYS: readonly Key[] = ["DeviceSN", "EmployeeCode"];

/** The devices and people that a read asks for, of which the rows of its page must be. */
export interface AskedRows {
  /** The member of the answer that has the rows. */
  readonly list: string;
  readonly wanted: readonly (readonly [key: Key, codes: ReadonlySet<unknown>])[];
}

/** Gateways find a code whatever its case, and some return it padded. Zeros before it matter. */
const comparable = (code: unknown): string => withoutPadding(String(code)).toLowerCase();

/** The list of each operation that returns a page, and the keys that its rows have. */
const LISTS: ReadonlyMap<OperationName, { readonly list: string; readonly keys: readonly Key[] }> = new Map(
  OPERATION_NAMES.flatMap((operation) => {
    const { members = {} } = OPERATIONS[operation].output;
    const [list, codec] = Object.entries(members).find(([, { item }]) => item !== undefined) ?? [];
    if (list === undefined || !("OffSet" in members)) return [];
    return [[operation, { list, keys: KEYS.filter((key) => codec?.item?.members?.[key] !== undefined) }] as const];
  }),
);

/** Returns what the rows of a page have to match; null if the operation returns no page, or was asked for everyone's rows. */
export const askedRowsOf = (operation: OperationName, input: Members): AskedRows | null => {
  const page = LISTS.get(operation);
  const keys = page?.keys.filter((key) => input[key] != null && input[key] !== "ALL") ?? [];
  if (page === undefined || keys.length === 0) return null;
  const codesOf = (key: Key) => (input[key] as string | readonly string[] | undefined) ?? [];
  // As they were sent, too: nearly all rows have them so.
  const wanted = keys.map(
    (key) => [key, new Set([codesOf(key)].flat().flatMap((code) => [code, comparable(code)]))] as const,
  );
  return { list: page.list, wanted };
};

interface Page {
  readonly rejected: number;
  readonly ActualRowCount: number | null;
}

/**
 * Leaves out the rows of other people and devices: a gateway that does not know a filter ignores it. They count as rows that cannot be
 * read, and the number of all rows, which is not that of the rows that were asked for, is not known.
 */
export const onlyAskedRows = (answer: unknown, { list, wanted }: AskedRows): unknown => {
  const page = answer as Page & { readonly [list: string]: Rows<Row> };
  const rows = page[list] as Rows<Row>;
  const isWanted = (row: Row) => wanted.every(([key, codes]) => codes.has(row[key]) || codes.has(comparable(row[key])));
  if (rows.every(isWanted)) return answer;
  const kept = rows.filter(isWanted);
  const others = rows.length - kept.length;
  return {
    ...page,
    [list]: Object.assign(kept, { rejected: rows.rejected + others }),
    rejected: page.rejected + others,
    ActualRowCount: null,
  };
};
