import type { Input, OperationName, Output } from "../contract/operations.ts";
import type { GatewayCall } from "./call.ts";

/** A call made at most once per request for the same operation and input: aliases and batches share it. */
export const createPageLoader = (call: GatewayCall): GatewayCall => {
  const made = new Map<string, Promise<unknown>>();
  return <Name extends OperationName>(name: Name, input: Input<Name>): Promise<Output<Name>> => {
    const key = `${name} ${JSON.stringify(input)}`;
    const known = made.get(key);
    if (known !== undefined) return known as Promise<Output<Name>>;
    const promise = call(name, input);
    made.set(key, promise);
    return promise;
  };
};

interface Page {
  readonly OffSet: string | null;
  readonly ReturnRowCount: number | null;
}

/** Reads page after page until the gateway says it is the last, gives nothing, repeats itself, or `enough` holds. */
export async function* everyPage<Answer extends Page>(
  read: (offSet: string | undefined) => Promise<Answer>,
): AsyncGenerator<Answer> {
  const seen = new Set<string>();
  for (let offSet: string | undefined; ; ) {
    const page = await read(offSet);
    yield page;
    const next = page.OffSet ?? "";
    if (next === "" || page.ReturnRowCount === 0 || seen.has(next)) return;
    seen.add(next);
    offSet = next;
  }
}

/** Where a page begins: nowhere to say for the first one. */
export const pageFrom = (OffSet: string | undefined): { readonly OffSet?: string } =>
  OffSet === undefined ? {} : { OffSet };
