import type { Rows } from "../contract/codec.ts";
import { OPERATIONS, type OperationName } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";

type Members = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<Key, unknown>>;
type Key = "DeviceSN" | "EmployeeCode";

const KEYS: readonly Key[] = ["DeviceSN", "EmployeeCode"];

/** The devices and people that a read asks for, of which the rows of its page must be. */
export interface AskedRows {
  /** The member of the answer that has the rows. */
  readonly list: string;
  readonly wanted: readonly (readonly [key: Key, values: ReadonlySet<string>])[];
}

/** Gateways find a code whatever its case, and some return it padded. Zeros before it matter. */
const comparable = (code: unknown): string => withoutPadding(String(code)).toLowerCase();

/** Returns what the rows of a page have to match; null if the operation returns no page, or was asked for everyone's rows. */
export const askedRowsOf = (operation: OperationName, input: Members): AskedRows | null => {
  const { members = {} } = OPERATIONS[operation].output;
  if (!("OffSet" in members)) return null;
  const [list, codec] = Object.entries(members).find(([, { item }]) => item !== undefined) ?? [];
  const wanted = KEYS.filter((key) => input[key] != null && codec?.item?.members?.[key] !== undefined).map(
    (key) => [key, new Set([input[key]].flat().map(comparable))] as const,
  );
  return list === undefined || wanted.length === 0 ? null : { list, wanted };
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
  const kept = rows.filter((row) => wanted.every(([key, values]) => values.has(comparable(row[key]))));
  const others = rows.length - kept.length;
  if (others === 0) return answer;
  return {
    ...page,
    [list]: Object.assign(kept, { rejected: rows.rejected + others }),
    rejected: page.rejected + others,
    ActualRowCount: null,
  };
};
