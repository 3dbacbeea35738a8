import { connect } from "node:net";
import { buildSchema, GraphQLError, type GraphQLSchema } from "graphql";
import { onTestFinished } from "vitest";
import { GatewayError, InvalidInputError } from "../../../src/gateway/errors.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import type { Caller } from "../../../src/server/identity/caller.ts";
import { createExecutor, type ExecutorOptions } from "../../../src/server/execution/executor.ts";
import type { HttpContext } from "../../../src/server/http/context.ts";
import { sendGraphiQL } from "../../../src/server/routes/graphiql.ts";
import { createGraphQLHandler, type GraphQLHandlerOptions } from "../../../src/server/transports/graphql-over-http.ts";
import type { Readiness } from "../../../src/server/routes/health.ts";
import { type HttpServerOptions, startHttpServer } from "../../../src/server/http/server.ts";
import { createAuthenticate } from "../../../src/server/identity/authenticate.ts";
import { identifyAnonymous } from "../../../src/server/identity/identify.ts";
import type { LinkHandlers } from "../../../src/server/routes/links.ts";
import { createRouter } from "../../../src/server/routes/router.ts";

export const CANARY = "C4n4ryAuthToken0123456789abcdefgh";

/** Creates a schema with one field for each outcome of a resolver. */
const createSchema = (): GraphQLSchema => {
  const schema = buildSchema(`
    enum Colour { RED GREEN }
    input PinInput { pin: String! }
    type Thing { name: String! thing: Thing other: Thing }
    type Query {
      hello(name: String): String
      thing: Thing
      colour(is: Colour!): String
      rateLimited: String
      unauthenticated: String
      invalid: String
      coded: String
      wrapping: String
      codeless: String
      broken: String
      never: String
      traced: String
      reported: String
      requestId: String
    }
    type Mutation { open(input: PinInput): String slow: String }
  `);
  const fail = (error: Error) => () => {
    throw error;
  };
  const facts = { operation: "FindUser", status: "rateLimited", statusCode: 62, retryAfterSeconds: 2 } as const;
  const thing = () => ({ name: "thing", thing, other: thing });
  const resolvers: Record<string, Record<string, (args: never, context: TestContext) => unknown>> = {
    Query: {
      hello: ({ name = "world" }: { name?: string }) => `hello ${name}`,
      thing,
      colour: ({ is }: { is: string }) => is,
      rateLimited: fail(new GatewayError("UPSTREAM_RATE_LIMITED", "The gateway takes no more calls now.", facts)),
      unauthenticated: fail(
        new GatewayError("UPSTREAM_UNAUTHENTICATED", "The operator has to renew the token.", { operation: "FindUser" }),
      ),
      invalid: fail(
        new InvalidInputError("FindUser", [{ path: ["EmployeeCode"], status: "userNotFound", message: "malformed" }]),
      ),
      coded: fail(new GraphQLError("Not that one.", { extensions: { code: "NOT_FOUND" } })),
      wrapping: fail(
        new GraphQLError(`Not ${CANARY}.`, { extensions: { code: "NOT_FOUND" }, originalError: new Error(CANARY) }),
      ),
      codeless: fail(new GraphQLError(`no code ${CANARY}`)),
      broken: fail(
        Object.assign(new Error(`GET https://gateway/?AuthToken=${CANARY}`), { extensions: { code: "NOT_FOUND" } }),
      ),
      never: (_, { signal, began }) => {
        began();
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("gone"))));
      },
      traced: (_, { trace }) => {
        trace.push({ operation: "FindUser", startedAt: Date.now(), milliseconds: 1.23456, status: 200 });
        return "traced";
      },
      reported: (_, { reports }) => {
        reports.push(new GraphQLError("2 rows are left out.", { extensions: { code: "UPSTREAM_INVALID_RESPONSE" } }));
        return "the others";
      },
      requestId: (_, { id }) => id,
    },
    Mutation: {
      open: () => "opened",
      slow: async (_, { began, finished }) => {
        began();
        await new Promise((resolve) => setTimeout(resolve, 100));
        finished.push("slow");
        return "done";
      },
    },
    Thing: {},
  };
  for (const [name, fields] of Object.entries(resolvers)) {
    const type = schema.getType(name) as unknown as { getFields: () => Record<string, { resolve?: unknown }> };
    for (const [field, resolve] of Object.entries(fields)) {
      const definition = type.getFields()[field];
      if (definition !== undefined)
        definition.resolve = (_: unknown, args: never, context: TestContext) => resolve(args, context);
    }
  }
  return schema;
};

interface TestContext {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly trace: { operation: "FindUser"; startedAt: number; milliseconds: number; status: number }[];
  readonly reports: GraphQLError[];
  readonly began: () => void;
  readonly finished: string[];
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly logs: Record<string, unknown>[];
  readonly contexts: TestContext[];
  readonly stop: () => Promise<void>;
  /** Resolves when a slow resolver has started. */
  readonly began: Promise<void>;
  readonly post: (body: unknown, headers?: Record<string, string>) => Promise<Response>;
}

type TestOptions = Partial<Pick<GraphQLHandlerOptions, "maxBodyBytes">> & { readonly development?: boolean } & Partial<
    Pick<ExecutorOptions, "limits" | "generationOf">
  > &
  Partial<Pick<HttpServerOptions, "drainMs" | "stallMs">> & {
    readonly links?: LinkHandlers;
    readonly readiness?: Readiness;
    readonly createContext?: (caller: Caller) => object;
  };

const notFound = ({ response }: HttpContext) => void response.writeHead(404).end();
const noLinks: LinkHandlers = { photo: notFound, export: notFound };

export const startTestServer = async ({
  development = false,
  links = noLinks,
  readiness = () => ({ reasons: [], warnings: [] }),
  drainMs = 1_000,
  stallMs,
  ...options
}: TestOptions = {}): Promise<TestServer> => {
  const logs: Record<string, unknown>[] = [];
  const contexts: TestContext[] = [];
  const logger = createLogger({
    level: "info",
    secrets: [CANARY],
    destination: { write: (line) => void logs.push(JSON.parse(line) as Record<string, unknown>) },
  });
  let began = () => {};
  const hasBegun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const createContext = (caller: Caller, signalOf = () => caller.signal): object => {
    const context: TestContext = { id: caller.id, signal: signalOf(), trace: [], reports: [], began, finished: [] };
    contexts.push(context);
    return context;
  };
  const { maxBodyBytes, ...executorOptions } = options;
  const executor = createExecutor({ schema: createSchema(), createContext, logger, development, ...executorOptions });
  const limit = maxBodyBytes === undefined ? {} : { maxBodyBytes };
  const authenticate = createAuthenticate(identifyAnonymous, logger);
  const graphql = createGraphQLHandler({ executor, authenticate, page: development ? sendGraphiQL : null, ...limit });
  const handle = createRouter({
    graphql,
    ticket: notFound,
    stream: notFound,
    callbacks: notFound,
    links,
    readiness,
    development,
  });
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    handle,
    logger,
    drainMs,
    ...(stallMs === undefined ? {} : { stallMs }),
  });
  onTestFinished(() => server.stop());
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { ...server, logs, contexts, began: hasBegun, post };
};

/** Sends raw bytes and resolves to the complete response. */
export const rawRequest = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
