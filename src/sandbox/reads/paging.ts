import type { OperationName } from "../../contract/operations.ts";
import { type Call, Refusal } from "../handler.ts";
import { hash } from "../random.ts";

interface PagedInput {
  readonly Limit: number;
  readonly OffSet?: string | undefined;
}

export type PagedCall<Name extends OperationName> = Call<Name> & { readonly input: PagedInput };

/** Stands for an operation and its parameters, but for the two that may change from page to page. */
export const fingerprintOf = <Name extends OperationName>({ name, input, caller }: PagedCall<Name>): string => {
  const { Limit: _limit, OffSet: _offSet, ...others } = input;
  const text = JSON.stringify([name, caller.scope === "device" ? caller.DeviceSN : null, others]);
  return `${hash(text).toString(36)}${hash("again", text).toString(36)}`;
};

const refuse = (message: string): Refusal => new Refusal("invalidRequestData", message, { field: "OffSet" });

const parse = (offSet: string): { readonly of: string; readonly after: readonly string[] } => {
  try {
    const [of, ...after] = JSON.parse(Buffer.from(offSet, "base64url").toString()) as string[];
    if (of !== undefined && after.every((part) => typeof part === "string")) return { of, after };
  } catch {}
  throw refuse("This OffSet is not one of ours.");
};

/** The key after which the page begins, if it is not the first; refuses an OffSet of other parameters. */
export const resumeKey = <Name extends OperationName>(
  call: PagedCall<Name>,
  length: number,
): readonly string[] | undefined => {
  const { OffSet } = call.input;
  if (OffSet === undefined || OffSet === "") return undefined;
  const { of, after } = parse(OffSet);
  if (of !== fingerprintOf(call)) throw refuse("This OffSet belongs to other parameters.");
  if (after.length !== length) throw refuse("This OffSet is not one of ours.");
  return after;
};

/** So many rows and where the next page begins; empty when there is none. */
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

/** A page of rows that stand in the order of one text. */
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
