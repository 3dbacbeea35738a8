import type { GraphQLSchema } from "graphql";
import { createYoga, isAsyncIterable } from "graphql-yoga";
import type { Logger } from "../runtime/logger.ts";
import { type Admission, CACHED_DOCUMENTS, createAdmission } from "./admission.ts";
import type { Caller, Tracked } from "./caller.ts";
import { createDocumentCache } from "./documents.ts";
import { publicError } from "./errors.ts";
import { LIMITS, type Limits } from "./limits.ts";
import type { Params } from "./params.ts";
import { type Carried, useAdmission, useContext } from "./plugins.ts";
import { type Finished, finishResult, type Gathered } from "./result.ts";

export interface EngineOptions {
  readonly schema: GraphQLSchema;
  /** Makes the resolvers' context, once for each operation or event that is executed. */
  readonly createContext: (caller: Caller) => object;
  readonly logger: Logger;
  /** Lets error messages suggest names of the schema. */
  readonly development: boolean;
  readonly limits?: Limits;
}

export interface RunOptions {
  readonly method: "GET" | "POST";
  /** Whether the client is one that wants errors of its document with status 200. */
  readonly lenientStatus: boolean;
}

/** Executes operations for every transport. */
export interface Engine {
  readonly schema: GraphQLSchema;
  readonly admission: Admission;
  /** Runs a query or mutation. */
  readonly run: (params: Params, caller: Caller, options: RunOptions) => Promise<Finished>;
  /** What goes out of a result that was not run here. */
  readonly finish: (result: Parameters<typeof finishResult>[0], caller: Tracked, gathered: Gathered) => Finished;
  readonly createContext: EngineOptions["createContext"];
}

/** Yoga parses, validates, caches and executes. */
export const createEngine = ({
  schema,
  createContext,
  logger,
  development,
  limits = LIMITS,
}: EngineOptions): Engine => {
  const admission = createAdmission({ schema, limits, suggestions: development });
  const yoga = createYoga<Carried>({
    schema,
    plugins: [useAdmission(admission), useContext(createContext)],
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
  const facts = { logger, suggestions: development };

  return {
    schema,
    admission,
    createContext,
    async run(params, caller, { method, lenientStatus }) {
      const request = new yoga.fetchAPI.Request("http://localhost/graphql", { method });
      const carried: Carried = { caller };
      const result = await yoga.getResultForParams({ params, request }, carried);
      if (result === undefined || isAsyncIterable(result)) throw new Error("An operation gave no single result.");
      return finishResult(result, caller, carried.resolved ?? {}, { ...facts, lenientStatus });
    },
    finish: (result, caller, gathered) => finishResult(result, caller, gathered, { ...facts, lenientStatus: false }),
  };
};
