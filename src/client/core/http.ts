import { type ClientDocument, documentText, type PrintDocument } from "./document.ts";
import { type ClientResult, type EndReason, errorsOf, reasonOfResponse } from "./result.ts";
import type { HttpTransportOptions } from "./sse.ts";

/** A request that has no result. `reason` says whether it may be repeated. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    const messages = errorsOf(reason).map(({ message }) => message);
    super(messages.join(" "));
    this.reason = reason;
  }
}

/** A command may wait 25 seconds for its device. */
const TIMEOUT_MS = 40_000;

/** Executes one query or mutation. */
export type SendRequest = <Data, Variables>(
  document: ClientDocument<Data, Variables>,
  variables?: Variables,
) => Promise<ClientResult<Data>>;

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
  const attempt = async <Data>(body: string): Promise<ClientResult<Data> | EndReason> => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const headers = { ...(await credentials.read()), "content-type": "application/json", accept: "application/json" };
      const response = await fetch(url, { method: "POST", headers, body, signal: abort.signal });
      const result = (await response.json().catch(() => null)) as ClientResult<Data> | null;
      if (result?.data != null) return result;
      return reasonOfResponse(response, result?.errors);
    } catch (cause) {
      return { kind: "lost", cause };
    } finally {
      clearTimeout(timer);
    }
  };
  return async <Data, Variables>(document: ClientDocument<Data, Variables>, variables?: Variables) => {
    const body = JSON.stringify({ query: documentText(document, print), variables });
    let outcome = await attempt<Data>(body);
    if ("kind" in outcome && outcome.kind === "unauthorized") {
      credentials.refuse();
      outcome = await attempt<Data>(body);
    }
    if ("kind" in outcome) throw new RequestError(outcome);
    return outcome;
  };
};
