import { fileURLToPath } from "node:url";
import type { Accounts } from "./accounts.ts";
import type { Graph } from "./graph.ts";
import type { Config } from "../config/config.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { LinkSigner } from "../runtime/signed-link.ts";
import { createConnectionLimit } from "../server/admission/connections.ts";
import type { AccessLogOptions } from "../server/http/access-log.ts";
import type { Handle } from "../server/http/context.ts";
import { startHttpServer } from "../server/http/server.ts";
import { CALLBACKS_PATH } from "../server/http/paths.ts";
import { createCallbackHandler } from "../server/routes/callbacks.ts";
import type { Readiness } from "../server/routes/health.ts";
import { createLinkHandlers } from "../server/routes/links.ts";
import type { Metrics } from "../server/routes/metrics.ts";
import { createRouter } from "../server/routes/router.ts";

/** What the server for clients and for the gateway is built from. */
export interface PublicServerParts extends Pick<AccessLogOptions, "logger" | "clientAddressOf" | "sample" | "tracer"> {
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly links: LinkSigner;
  readonly readiness: Readiness;
  /** Returns the URL under which clients reach this server, without a trailing slash. */
  readonly baseUrl: () => string;
  /** Null if nothing is counted. */
  readonly metrics: Metrics | null;
  /** Whether the gateway is the embedded one. */
  readonly sandbox: boolean;
  readonly lifecycle: Lifecycle;
}

/** Where the wall is built, for the sources and for the built program. */
const WALL_DIRECTORY = fileURLToPath(new URL("../../dist/wall", import.meta.url));
/** Shorter than the time in which all parts have to stop. */
const DRAIN_MS = 8_000;
/** What requests in flight get at least, however long the subscribers took. */
const LAST_RESPONSES_MS = 1_000;

/** Starts the server for clients and for the gateway; returns its URL, without a trailing slash. */
export const openPublicServer = async (config: Config, parts: PublicServerParts): Promise<string> => {
  const { graph, logger, clientAddressOf, sample, tracer, metrics, sandbox, lifecycle } = parts;
  const server = await startHttpServer({
    host: config.host,
    port: config.port,
    handle: routesOf(config, parts),
    logger,
    clientAddressOf,
    sample,
    tracer,
    onResponse: metrics?.observeRequest,
    // The embedded gateway calls back every few seconds, which is not news.
    isRoutine: ({ path }) => sandbox && path.startsWith(CALLBACKS_PATH),
    upgrade: graph.upgrade,
    admitConnection: createConnectionLimit(config.limits.connections, config.trustedProxies),
    drainMs: DRAIN_MS,
  });
  lifecycle.add("server", async () => {
    const startedAt = performance.now();
    // Until the last subscriber is disconnected the server still answers, among others that it is not ready.
    await graph.drain();
    await server.stopWithin(Math.max(LAST_RESPONSES_MS, DRAIN_MS - (performance.now() - startedAt)));
  });
  return server.url;
};

const routesOf = (config: Config, parts: PublicServerParts): Handle => {
  const { accounts, graph, links, readiness, baseUrl, metrics, logger } = parts;
  const { callbackAllow: allow, trustedProxies: proxies } = config;
  return createRouter({
    graphql: graph.handle,
    ticket: graph.ticket,
    stream: graph.stream,
    mcp: graph.mcp,
    origins: graph.origins,
    links: createLinkHandlers({ gatewayOf: (name) => accounts.get(name)?.gateway, signer: links, logger }),
    callbacks: createCallbackHandler({
      receivers: [...accounts.values()],
      ...(metrics === null ? {} : { count: metrics.countCallback }),
      ...(allow === null ? {} : { sources: { allow, proxies } }),
      logger,
    }),
    readiness,
    development: config.development,
    wall: config.dashboard ? { directory: WALL_DIRECTORY, linkOrigin: () => new URL(baseUrl()).origin } : null,
  });
};
