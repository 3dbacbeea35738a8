import type { Input, OperationName, Output } from "../contract/operations.ts";
import { GatewayError } from "../gateway/errors.ts";

/** A call on behalf of one request: its signal and its trace are bound already. */
export type GatewayCall = <Name extends OperationName>(name: Name, input: Input<Name>) => Promise<Output<Name>>;

/** The most rows the gateway gives in one page. */
export const MAX_PAGE_SIZE = 500;

/** Null for what the gateway does not know; every other failure stays one. */
export const nullIfNotFound = <Value>(promise: Promise<Value>): Promise<Value | null> =>
  promise.catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "UPSTREAM_NOT_FOUND") return null;
    throw error;
  });

/** An answer per key, its failure in its place: one bad item never costs its neighbours. */
export const settleAll = <Value>(promises: readonly Promise<Value>[]): Promise<(Value | Error)[]> =>
  Promise.all(
    promises.map((promise) =>
      promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
    ),
  );
