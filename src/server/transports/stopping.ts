import type { ErrorCode } from "../../error-codes.ts";

/** An error that ends a subscription. */
export interface CompletionError {
  readonly message: string;
  /** `cursor` is the position to continue from, if it is known. */
  readonly extensions: { readonly code: ErrorCode; readonly cursor?: string };
}

/** Creates the error of a server that stops; `cursor` is the position to continue from, null if it is not known. */
export const stoppingError = (cursor: string | null): CompletionError => ({
  message: "The server is stopping; subscribe again.",
  extensions: { code: "SERVER_STOPPING", ...(cursor === null ? {} : { cursor }) },
});

/** Creates the last result of a subscription of a router, which forwards results, but neither checkpoints nor close codes. */
export const stoppingResult = (cursor: string | null) => ({ data: null, errors: [stoppingError(cursor)] });
