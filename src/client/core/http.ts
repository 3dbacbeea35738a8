import { type ClientDocument, documentText, type PrintDocument } from "./document.ts";
import { type ClientResult, type EndReason, reasonOfErrors, reasonOfResponse } from "./result.ts";
import type { HttpTransportOptions } from "./sse.ts";

/** A request that has no result. `reason` says whether it may be repeated. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(messageOf(reason));
    this.reason = reason;
  }
}

const messageOf = (reason: EndReason): string => {
  if (reason.kind === "refused") return reason.errors.map(({ message }) => message).join(" ");
  if (reason.kind === "unauthorized") return "The credentials are missing or not valid.";
  return reason.kind === "complete"
    ? "The request was ended."
    : `The server cannot be reached: ${String(reason.cause)}`;
};

/** Executes one query or mutation. */
export type SendRequest = <Data, Variables>(
  document: ClientDocument<Data, Variables>,
  variables?: Variables,
  options?: RequestOptions,
) => Promise<ClientResult<Data>>;

/** How one query or mutation is executed. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** @default 40000 */
  readonly timeoutMs?: number | undefined;
}

/** What queries and mutations need. */
export interface RequesterOptions extends HttpTransportOptions {
  readonly print?: PrintDocument | undefined;
}

/**
 * Creates the function that executes queries and mutations by POST. A result with data may have errors beside it. Credentials that the
 * server refuses are asked for once more.
 *
 * @throws RequestError if there is no result with data.
 */
export const createRequester = ({ url, credentials, fetch, print }: RequesterOptions): SendRequest => {
  const attempt = async <Data>(body: string, { signal, timeoutMs = 40_000 }: RequestOptions) => {
    const abort = new AbortController();
    const leave = () => abort.abort(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    const timer = setTimeout(() => abort.abort(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    try {
      const headers = { ...(await credentials.read()), "content-type": "application/json", accept: "application/json" };
      const response = await fetch(url, { method: "POST", headers, body, signal: abort.signal });
      const result = (await response.json().catch(() => null)) as ClientResult<Data> | null;
      if (result?.data != null) return result;
      if (!response.ok || result === null) return reasonOfResponse(response, result?.errors);
      return result.errors === undefined ? result : reasonOfErrors(result.errors);
    } catch (cause) {
      return signal?.aborted === true ? ({ kind: "complete" } as const) : ({ kind: "lost", cause } as const);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    }
  };
  return async <Data, Variables>(
    document: ClientDocument<Data, Variables>,
    variables?: Variables,
    options: RequestOptions = {},
  ) => {
    const body = JSON.stringify({ query: documentText(document, print), variables });
    let outcome = await attempt<Data>(body, options);
    if ("kind" in outcome && outcome.kind === "unauthorized") {
      credentials.refuse();
      outcome = await attempt<Data>(body, options);
    }
    if ("kind" in outcome) throw new RequestError(outcome);
    return outcome;
  };
};
