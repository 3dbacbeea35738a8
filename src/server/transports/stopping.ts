import type { ErrorCode } from "../../error-codes.ts";

/** The error that ends a subscription because its server stops. */
export interface StoppingError {
  readonly message: string;
  /** `cursor` is the position to continue from, if it is known. */
  readonly extensions: { readonly code: ErrorCode; readonly cursor?: string };
}

/** Creates the error; `cursor` is the position to continue from, null if it is not known. */
export const stoppingError = (cursor: string | null): StoppingError => ({
  message: "The server is stopping; subscribe again.",
  extensions: { code: "SERVER_STOPPING", ...(cursor === null ? {} : { cursor }) },
});

/** Creates the last result of a subscription of a router, which forwards results, but neither checkpoints nor close codes. */
export const stoppingResult = (cursor: string | null) => ({ data: null, errors: [stoppingError(cursor)] });
