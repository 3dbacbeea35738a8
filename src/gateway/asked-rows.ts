import type { Rows } from "../contract/codec.ts";
import { OPERATION_NAMES, OPERATIONS, type OperationName } from "../contract/operations.ts";
import { withoutPadding } from "../contract/padding.ts";

type Members = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<Key, unknown>>;
type Key = (typeof KEYS)[number];

const CODES = ["DeviceSN", "EmployeeCode"] as const;
/** Members with a word of the contract or a number. */
const WORDS = ["DoorNo", "Direction", "Type", "EventType", "Status"] as const;
const KEYS = [...CODES, ...WORDS] as const;

/** A row that says none of the contract's words may well be of the kind that was asked for. */
const VAGUE = [null, "None", "Other", "other", "Unknown"];

/** The devices, people and kinds that a read asks for, of which the rows of its page must be. */
export interface AskedRows {
  /** The member of the answer that has the rows. */
  readonly list: string;
  readonly wanted: readonly (readonly [key: Key, values: ReadonlySet<unknown>])[];
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

/** The values that a row may have; codes as they were sent, too, since nearly all rows have them so. */
const acceptedFor = (key: Key, asked: unknown): readonly unknown[] => {
  const values = [asked].flat();
  return isWord(key) ? [...values, ...VAGUE] : values.flatMap((code) => [code, comparable(code)]);
};

const isWord = (key: Key): boolean => !CODES.some((code) => code === key);

/** Returns what the rows of a page have to match; null if the operation returns no page, or was asked for all rows. */
export const askedRowsOf = (operation: OperationName, input: Members): AskedRows | null => {
  const page = LISTS.get(operation);
  const keys = page?.keys.filter((key) => input[key] != null && input[key] !== "ALL") ?? [];
  if (page === undefined || keys.length === 0) return null;
  return { list: page.list, wanted: keys.map((key) => [key, new Set(acceptedFor(key, input[key]))] as const) };
};

interface Page {
  readonly rejected: number;
  readonly ActualRowCount: number | null;
}

/**
 * Drops rows of people, devices and kinds that were not requested: a gateway that does not know a filter ignores it. Dropped rows
 * count as rejected, and `ActualRowCount` becomes null because it includes them.
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
