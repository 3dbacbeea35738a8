import type { CallOperation, Input, OperationName, Output } from "../contract/operations.ts";
import { isLastPage, isRepetition, isWholeList, type KeyedRow, MAX_PAGES, type Page } from "../contract/pages.ts";
import { invalidResponse } from "../gateway/answer.ts";
import { GatewayError, type GatewayErrorCode } from "../gateway/errors.ts";

/** A gateway call on behalf of one request, bound to its abort signal and its trace. */
export type GatewayCall = CallOperation;

/** The calls that loaders make. */
export interface GatewayCalls {
  /** A call whose unreadable rows are reported to the client. */
  readonly call: GatewayCall;
  /** A speculative call that can replace several others. What it lacks is read separately, so its unreadable rows are not reported. */
  readonly probe: GatewayCall;
}

/** The maximum number of rows in one page of the gateway. */
export const MAX_PAGE_SIZE = 500;

/** Resolves to null if the gateway does not know the item; every other failure rejects. */
export const nullIfNotFound = <Value>(promise: Promise<Value>): Promise<Value | null> =>
  promise.catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "UPSTREAM_NOT_FOUND") return null;
    throw error;
  });

/**
 * A batch function that reads only the keys that the contract allows. The gateway has nothing under any other key, and a call
 * with it would be refused: callbacks and rows have codes of terminals and personnel systems, and a caller who reads them gave no
 * input.
 */
export const readAllowed =
  <Key, Value>(
    isAllowed: (key: Key) => boolean,
    absent: Value,
    read: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
  ) =>
  async (keys: readonly Key[]): Promise<readonly (Value | Error)[]> => {
    if (keys.every(isAllowed)) return read(keys);
    const allowed = keys.filter(isAllowed);
    const values = (allowed.length === 0 ? [] : await read(allowed)).values();
    return keys.map((key) => (isAllowed(key) ? (values.next().value as Value | Error) : absent));
  };

/** Failures of one operation that need not be those of another. A device may refuse to say more than its list does. */
const OF_ONE_OPERATION: ReadonlySet<GatewayErrorCode> = new Set([
  "UPSTREAM_INVALID_RESPONSE",
  "UPSTREAM_NOT_ALLOWED",
  "UPSTREAM_REFUSED",
  "UPSTREAM_UNAVAILABLE",
]);

/**
 * Reads the same fact with a second operation if the first one fails, so that one unreadable answer does not cost an object that
 * another answer proves. If the second operation does not have it, the failure of the first stands.
 */
export const orElse = async <Value, Other extends object>(
  first: Promise<Value>,
  second: () => Promise<Other | null | undefined>,
): Promise<Value | Other> => {
  try {
    return await first;
  } catch (error) {
    if (!(error instanceof GatewayError) || !OF_ONE_OPERATION.has(error.code)) throw error;
    const found = await second().catch(() => null);
    if (found == null) throw error;
    return found;
  }
};

/** One result per key; a failure stands in the place of its key, so that it does not fail the rest of the batch. */
export const settleAll = <Value>(promises: readonly Promise<Value>[]): Promise<(Value | Error)[]> =>
  Promise.all(
    promises.map((promise) =>
      promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
    ),
  );

/** Makes each call at most once for the same operation and input, so that aliases and batches share its result. */
export const deduplicateCalls = (call: GatewayCall): GatewayCall => {
  const results = new Map<string, Promise<unknown>>();
  return <Name extends OperationName>(name: Name, input: Input<Name>): Promise<Output<Name>> => {
    const key = `${name} ${JSON.stringify(input)}`;
    const known = results.get(key);
    if (known !== undefined) return known as Promise<Output<Name>>;
    const promise = call(name, input);
    results.set(key, promise);
    return promise;
  };
};

/**
 * Yields page after page to the last one.
 * @throws {GatewayError} if the pages do not end, or repeat and are not the whole list.
 */
export async function* everyPage<Answer extends Page>(
  operation: OperationName,
  read: (offSet: string | undefined) => Promise<Answer>,
  rowsOf: (page: Answer) => readonly KeyedRow[],
): AsyncGenerator<Answer> {
  const visited = new Set<string>();
  let emptyPages = 0;
  let earlier: readonly KeyedRow[] = [];
  for (let offSet: string | undefined; ; ) {
    const page = await read(offSet);
    const rows = rowsOf(page);
    const rowCount = rows.length;
    if (isRepetition(rows, earlier)) {
      if (isWholeList(page, rowCount, MAX_PAGE_SIZE)) return;
      throw invalidResponse(operation, "OffSet");
    }
    earlier = rows;
    yield page;
    if (isLastPage(page, rowCount, visited)) return;
    if (rowCount === 0) emptyPages += 1;
    if (emptyPages > MAX_PAGES.empty || visited.size > MAX_PAGES.all) throw invalidResponse(operation, "OffSet");
    offSet = page.OffSet ?? "";
    visited.add(offSet);
  }
}

/** The input member that selects a page; the first page has no page token. */
export const pageFrom = (OffSet: string | undefined): { readonly OffSet?: string } =>
  OffSet === undefined ? {} : { OffSet };

/** How many pages follow after `rowsRead` rows of a list; infinite if the gateway does not report the number of all rows. */
export const pagesLeft = ({ ActualRowCount }: { readonly ActualRowCount: number | null }, rowsRead: number): number =>
  Math.ceil(((ActualRowCount ?? Number.POSITIVE_INFINITY) - rowsRead) / MAX_PAGE_SIZE);
