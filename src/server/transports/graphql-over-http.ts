import { RESPONSE_TYPES, negotiate } from "../http/content-negotiation.ts";
import { bodyOf, MAX_BODY_BYTES } from "../http/body.ts";
import type { Executor } from "../execution/executor.ts";
import type { HttpContext, Handle } from "../http/context.ts";
import type { AuthenticatedContext } from "../identity/caller.ts";
import type { Authenticate } from "../identity/authenticate.ts";
import { BadRequestError, checkContentType, type GraphQLParams, parseBody, parseSearch } from "../http/request.ts";
import { sendEmpty, sendGraphQLError, sendJson } from "../http/respond.ts";

export interface GraphQLHandlerOptions {
  readonly engine: Executor;
  readonly guard: Authenticate;
  /** Answers a browser that asks for a page; null answers 404. */
  readonly page: Handle | null;
  /** Answers a request that asks for a stream. */
  readonly stream?: (exchange: AuthenticatedContext, params: GraphQLParams) => Promise<void>;
  /** Answers a request that asks for callbacks, and tells whether it was one. */
  readonly callback?: (exchange: AuthenticatedContext, params: GraphQLParams) => Promise<boolean>;
  readonly maxBodyBytes?: number;
}

/**
 * GraphQL over HTTP. Reading requests and writing answers is done here, because Yoga's own parsers take types that any page
 * can send, say bodies back, and answer a broken Host with a stack.
 */
export const createGraphQLHandler = ({
  engine,
  guard,
  page,
  stream,
  callback,
  maxBodyBytes = MAX_BODY_BYTES,
}: GraphQLHandlerOptions): Handle => {
  const answer = async (exchange: AuthenticatedContext, params: GraphQLParams): Promise<void> => {
    const { method, headers: asked } = exchange.request;
    if ((await callback?.(exchange, params)) === true) return;
    if (stream !== undefined && wantsStream(exchange)) return stream(exchange, params);
    const { contentType, lenientStatus } = negotiate(asked.accept);
    if (contentType === null) return sendEmpty(exchange, 406, { accept: RESPONSE_TYPES.join(", ") });
    const run = { method: method === "GET" ? method : "POST", lenientStatus } as const;
    const { body, status, headers } = await engine.run(params, exchange, run);
    if (!exchange.signal.aborted) sendJson(exchange, status, body, { ...headers, "content-type": contentType });
  };

  const readParams = async (exchange: HttpContext): Promise<GraphQLParams> => {
    if (exchange.request.method === "GET") return parseSearch(exchange.search);
    checkContentType(exchange.request);
    return parseBody(await bodyOf(exchange, maxBodyBytes));
  };

  return async (exchange) => {
    const { request } = exchange;
    if (request.method !== "GET" && request.method !== "POST") {
      return sendGraphQLError(exchange, 405, "BAD_REQUEST", "Send GraphQL by GET or POST.", { allow: "GET, POST" });
    }
    if (wantsPage(exchange)) {
      if (page !== null) return page(exchange);
      return sendJson(exchange, 404, { error: "There is no page here." });
    }
    const identified = await guard(exchange);
    if (identified === null) return;
    try {
      await answer(identified, await readParams(exchange));
    } catch (error) {
      if (!(error instanceof BadRequestError)) throw error;
      sendGraphQLError(exchange, error.status, "BAD_REQUEST", error.message);
    }
  };
};

/** Whether a browser asks for a page rather than for an answer. */
const wantsPage = ({ request, search }: HttpContext): boolean =>
  request.method === "GET" && !search.has("query") && (request.headers.accept ?? "").includes("text/html");

const wantsStream = ({ request }: HttpContext): boolean => (request.headers.accept ?? "").includes("text/event-stream");
