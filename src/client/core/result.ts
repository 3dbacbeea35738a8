import type { ErrorCode } from "../../error-codes.ts";

/** A GraphQL error, as a client receives it. */
export interface ResultError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: { readonly code?: string | undefined; readonly [name: string]: unknown } | undefined;
}

/** A GraphQL result, as a client receives it. */
export interface ClientResult<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly ResultError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Errors that pass, by themselves or because an operator acts: the same request may succeed later. */
const TEMPORARY: readonly string[] = [
  "EVENTS_UNAVAILABLE",
  "IDEMPOTENCY_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
  "RATE_LIMITED",
  "SERVER_STOPPING",
  "SIGNATURE_UNCHECKED",
  "SUBSCRIPTION_INTERRUPTED",
  "TOO_MANY_REQUESTS",
  "TOO_MANY_SUBSCRIPTIONS",
  "UPSTREAM_INVALID_RESPONSE",
  "UPSTREAM_RATE_LIMITED",
  "UPSTREAM_UNAUTHENTICATED",
  "UPSTREAM_UNAVAILABLE",
] satisfies readonly ErrorCode[];

const UNAUTHENTICATED: ErrorCode = "UNAUTHENTICATED";

/** Why an exchange with the server ended. */
export type EndReason =
  /** The connection or the server failed: the request may be repeated, at once or after some milliseconds. */
  | { readonly kind: "lost"; readonly cause: unknown; readonly atOnce?: boolean; readonly retryAfterMs?: number }
  /** The credentials are missing, expired or not valid. */
  | { readonly kind: "unauthorized"; readonly cause: unknown }
  /** The server rejects the request, and would reject it again. */
  | { readonly kind: "refused"; readonly errors: readonly ResultError[] }
  /** The server completed the operation. */
  | { readonly kind: "complete" };

/** Whether the same request may succeed later, or finds out what became of the first one: a command may have been carried out. */
const isTemporary = ({ extensions }: ResultError): boolean => TEMPORARY.includes(extensions?.code ?? "");

/** What the server said, or why it did not answer. */
export const errorsOf = (reason: EndReason): readonly ResultError[] => {
  if (reason.kind === "refused") return reason.errors;
  const cause = "cause" in reason && reason.cause;
  if (Array.isArray(cause)) return cause as readonly ResultError[];
  return [{ message: `The server cannot be reached: ${String(cause)}` }];
};

/** The reason that the errors of a result without data stand for. */
export const reasonOfErrors = (errors: readonly ResultError[]): EndReason => {
  if (errors.some(({ extensions }) => extensions?.code === UNAUTHENTICATED))
    return { kind: "unauthorized", cause: errors };
  return errors.some(isTemporary) ? lost(errors, errors[0]?.extensions?.["retryAfter"]) : { kind: "refused", errors };
};

/** `retryAfter` is what the server asks for, in seconds. */
export const lost = (cause: readonly ResultError[], retryAfter: unknown): EndReason => ({
  kind: "lost",
  cause,
  retryAfterMs: Number(retryAfter) * 1_000 || 0,
});

/** The reason that an HTTP response without data stands for. */
export const reasonOfResponse = ({ status, headers }: Response, errors?: readonly ResultError[]): EndReason => {
  const found = errors ?? [{ message: `The server answered with status ${status}.` }];
  if (status === 401) return { kind: "unauthorized", cause: found };
  const isLost = status === 408 || status === 429 || status >= 500 || (status < 400 && errors === undefined);
  return isLost ? lost(found, headers.get("retry-after")) : reasonOfErrors(found);
};
