import type { OperationName } from "../../contract/operations.ts";
import { type Call, Refusal } from "../handler.ts";
import { hash } from "../random.ts";

interface PagedInput {
  readonly Limit: number;
  readonly OffSet?: string | undefined;
}

/** A call with paging parameters. */
export type PagedCall<Name extends OperationName> = Call<Name> & { readonly input: PagedInput };

/** Identifies an operation and its parameters, except the two that may change from page to page. */
export const fingerprintOf = <Name extends OperationName>({ name, input, caller }: PagedCall<Name>): string => {
  const { Limit: _limit, OffSet: _offSet, ...others } = input;
  const text = JSON.stringify([name, caller.scope === "device" ? caller.DeviceSN : null, others]);
  return `${hash(text).toString(36)}${hash("again", text).toString(36)}`;
};

const refuse = (message: string): Refusal => new Refusal("invalidRequestData", message, { field: "OffSet" });

const parse = (offSet: string): { readonly fingerprint: string; readonly after: readonly string[] } => {
  try {
    const [fingerprint, ...after] = JSON.parse(Buffer.from(offSet, "base64url").toString()) as string[];
    if (fingerprint !== undefined && after.every((part) => typeof part === "string")) return { fingerprint, after };
  } catch {}
  throw refuse("OffSet must be a value that this gateway returned.");
};

/**
 * Returns the key after which the page begins; undefined for the first page.
 * @throws Refusal if the OffSet is invalid or belongs to other parameters.
 */
export const resumeKey = <Name extends OperationName>(
  call: PagedCall<Name>,
  length: number,
): readonly string[] | undefined => {
  const { OffSet } = call.input;
  if (OffSet === undefined || OffSet === "") return undefined;
  const { fingerprint, after } = parse(OffSet);
  if (fingerprint !== fingerprintOf(call)) throw refuse("OffSet belongs to a request with other parameters.");
  if (after.length !== length) throw refuse("OffSet must be a value that this gateway returned.");
  return after;
};

/** Takes one page of rows. `OffSet` marks where the next page begins; it is empty if there is none. */
export const cutPage = <Row, Name extends OperationName>(
  call: PagedCall<Name>,
  rows: Iterable<Row>,
  keyOf: (row: Row) => readonly string[],
): { readonly page: readonly Row[]; readonly OffSet: string } => {
  const page: Row[] = [];
  for (const row of rows) {
    if (page.length === call.input.Limit) {
      const key = keyOf(page[page.length - 1] as Row);
      return { page, OffSet: Buffer.from(JSON.stringify([fingerprintOf(call), ...key])).toString("base64url") };
    }
    page.push(row);
  }
  return { page, OffSet: "" };
};

/** Takes one page of rows, ordered by a text. */
export const pageByText = <Row, Name extends OperationName>(
  call: PagedCall<Name>,
  rows: readonly Row[],
  textOf: (row: Row) => string,
) => {
  const sorted = rows.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
  const [after] = resumeKey(call, 1) ?? [];
  const rest = after === undefined ? sorted : sorted.filter((row) => textOf(row) > after);
  const { page, OffSet } = cutPage(call, rest, (row) => [textOf(row)]);
  return { page, paging: { ReturnRowCount: page.length, ActualRowCount: rows.length, OffSet } };
};
