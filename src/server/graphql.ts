import type { GraphQLSchema } from "graphql";
import { createYoga, isAsyncIterable } from "graphql-yoga";
import type { Logger } from "../runtime/logger.ts";
import { ANSWER_TYPES, negotiate } from "./accept.ts";
import { readBody } from "./body.ts";
import { createDocumentCache } from "./documents.ts";
import { publicError } from "./errors.ts";
import type { Exchange, Handle } from "./exchange.ts";
import { sendGraphiQL, wantsPage } from "./graphiql.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { BadRequest, checkContentType, type Params, parseBody, parseSearch } from "./params.ts";
import { type Carried, useContext, useLimits } from "./plugins.ts";
import { sendEmpty, sendGraphQLError, sendJson } from "./respond.ts";
import { finishResult, type Gathered } from "./result.ts";

/** Photos and templates travel inside mutations: about 100 kB each in Base64. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const CACHED_DOCUMENTS = { maxLength: 256 * 1024, maxKeyLength: 32 * 1024 };

export interface GraphQLHandlerOptions {
  readonly schema: GraphQLSchema;
  /** Makes the resolvers' context, once for each operation that is executed. */
  readonly createContext: (exchange: Exchange) => object;
  readonly logger: Logger;
  /** Serves GraphiQL, and lets error messages suggest names of the schema. */
  readonly development: boolean;
  readonly limits?: Limits;
  readonly maxBodyBytes?: number;
}

/**
 * GraphQL over HTTP. Yoga parses, validates, caches and executes; reading requests and writing answers is done here,
 * because Yoga's own parsers take types that any page can send, say bodies back, and answer a broken Host with a stack.
 */
export const createGraphQLHandler = ({
  schema,
  createContext,
  logger,
  development,
  limits = LIMITS,
  maxBodyBytes = MAX_BODY_BYTES,
}: GraphQLHandlerOptions): Handle => {
  const yoga = createYoga<Carried>({
    schema,
    plugins: [useLimits(limits, development), useContext(createContext)],
    logging: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    maskedErrors: { maskError: publicError },
    parserAndValidationCache: {
      documentCache: createDocumentCache(CACHED_DOCUMENTS.maxLength, CACHED_DOCUMENTS.maxKeyLength),
      errorCache: createDocumentCache(0, 0),
    },
  });

  const answer = async (exchange: Exchange, params: Params): Promise<void> => {
    const { contentType, lenientStatus } = negotiate(exchange.request.headers.accept);
    if (contentType === null) return sendEmpty(exchange, 406, { accept: ANSWER_TYPES.join(", ") });
    const method = exchange.request.method ?? "POST";
    const request = new yoga.fetchAPI.Request("http://localhost/graphql", { method });
    const carried: Carried = { exchange };
    const result = await yoga.getResultForParams({ params, request }, carried);
    if (result === undefined || isAsyncIterable(result)) throw new Error("An operation gave no single result.");
    const gathered = (carried.resolved ?? {}) as Gathered;
    const { body, status, headers } = finishResult(result, exchange, gathered, {
      logger,
      suggestions: development,
      lenientStatus,
    });
    if (!exchange.signal.aborted) sendJson(exchange, status, body, { ...headers, "content-type": contentType });
  };

  const readParams = async ({ request, search }: Exchange): Promise<Params> => {
    if (request.method === "GET") return parseSearch(search);
    checkContentType(request);
    const body = await readBody(request, maxBodyBytes).catch(() => {
      throw new BadRequest("The body did not come to its end.");
    });
    if (body === null) throw new BadRequest(`The body may have at most ${maxBodyBytes} bytes; more came.`, 413);
    return parseBody(body);
  };

  return async (exchange) => {
    const { request } = exchange;
    if (request.method !== "GET" && request.method !== "POST") {
      return sendGraphQLError(exchange, 405, "BAD_REQUEST", "Send GraphQL by GET or POST.", { allow: "GET, POST" });
    }
    if (wantsPage(exchange)) {
      if (development) return sendGraphiQL(exchange);
      return sendJson(exchange, 404, { error: "There is no page here." });
    }
    try {
      await answer(exchange, await readParams(exchange));
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      sendGraphQLError(exchange, error.status, "BAD_REQUEST", error.message);
    }
  };
};
