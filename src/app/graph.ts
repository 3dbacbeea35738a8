import type { Plugin } from "graphql-yoga";
import type { Account } from "./account.ts";
import { type Accounts, ofAccounts } from "./accounts.ts";
import type { Config } from "../config/config.ts";
import { cacheHintsOf } from "../cache/router-hints.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { LinkSigner } from "../runtime/signed-link.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Tracer } from "../runtime/tracing.ts";
import type { Sealer } from "../runtime/sealer.ts";
import { createOutbound, type Outbound } from "../runtime/outbound.ts";
import { buildSchema } from "../schema/index.ts";
import type { AuditTrail } from "../server/execution/audit-trail.ts";
import { refusedMutations } from "../server/execution/refused-mutations.ts";
import { createExecutor } from "../server/execution/executor.ts";
import type { Handle } from "../server/http/context.ts";
import type { LogSample } from "../server/http/log-lines.ts";
import type { GraphObserver } from "../server/routes/metrics.ts";
import { createGraphQLHandler } from "../server/transports/graphql-over-http.ts";
import type { Upgrade } from "../server/http/upgrade.ts";
import { createExpiry } from "../server/identity/expiry.ts";
import { createAuthenticate } from "../server/identity/authenticate.ts";
import { type McpTuning, openMcp } from "./mcp.ts";
import { type Identify, openIdentify } from "../server/identity/identify.ts";
import { createEntrance } from "../server/admission/entrance.ts";
import { openCallerBuckets } from "../server/admission/shared-caller-buckets.ts";
import { createSubscriptions } from "../server/subscriptions/subscriptions.ts";
import { type OriginPolicy, withOrigins } from "../server/http/origin.ts";
import { checkManifest } from "../server/admission/persisted-file.ts";
import { createContexts } from "./contexts.ts";
import { createChangingOrigins, readAdmissionSettings } from "./changing-settings.ts";
import { openRouterSignatureGuard } from "../server/identity/router-signature/guard.ts";
import { GRAPHQL_PATH, STREAM_PATH } from "../server/http/paths.ts";
import { createTickets, type TicketTuning } from "../server/transports/tickets.ts";
import { createSocketServer, type SocketTuning } from "../server/transports/websocket/server.ts";
import type { ClientAddressOf } from "../server/http/client-address.ts";
import { sendGraphiQL } from "../server/routes/graphiql.ts";
import { createSse, type SseTuning } from "../server/transports/sse.ts";
import { createSubscriptionCallbacks, type SubscriptionCallbackTuning } from "../server/transports/callback/server.ts";

/** Settings of the transports that tests change. */
export interface GraphTuning {
  readonly sse?: Partial<SseTuning>;
  readonly sockets?: Partial<SocketTuning>;
  readonly subscriptionCallbacks?: Partial<SubscriptionCallbackTuning>;
  readonly tickets?: Partial<TicketTuning>;
  readonly mcp?: Partial<McpTuning>;
  /** Envelop plugins that queries and mutations pass. */
  readonly plugins?: readonly Plugin[];
}

/** What the GraphQL API is built from. */
export interface GraphParts extends GraphTuning {
  readonly accounts: Accounts;
  readonly links: LinkSigner;
  /** Seals tickets for streams. */
  readonly ticketSealer: Sealer;
  /** Returns the URL under which clients reach this server, without a trailing slash. */
  readonly baseUrl: () => string;
  readonly trail: AuditTrail;
  /** Whether the gateway is the embedded one. */
  readonly sandbox: boolean;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly clientAddressOf: ClientAddressOf;
  /** Selects the lines that are logged, among those of what succeeds. */
  readonly sample: LogSample;
  /** Null without tracing. */
  readonly tracer: Tracer | null;
  /** Undefined if nothing is counted. */
  readonly observer: GraphObserver | undefined;
}

/** The GraphQL API on every transport. */
export interface Graph {
  readonly handle: Handle;
  readonly ticket: Handle;
  readonly stream: Handle;
  /** The Model Context Protocol; null if it is off. */
  readonly mcp: Handle | null;
  /** Which pages may call. */
  readonly origins: OriginPolicy;
  readonly upgrade: Upgrade;
  /** Returns the number of open WebSockets. */
  readonly sockets: () => number;
  /** Returns the bytes that wait for subscribers, by transport. */
  readonly waiting: () => Readonly<Record<string, number>>;
  /** Replaces limits, origins and stored documents; rejects with ConfigError, and then everything stays as it was. */
  readonly reload: (config: Config) => Promise<void>;
  /** Disconnects all subscribers and sends each its last cursor. */
  readonly drain: () => Promise<void>;
}

/** Connects authentication, admission, execution and the transports. */
export const openGraph = async (config: Config, parts: GraphParts): Promise<Graph> => {
  const { accounts, ticketSealer: sealer, baseUrl, logger, lifecycle, clientAddressOf, sample } = parts;
  const { observer, tracer } = parts;
  const accountOf = (name: string): Account => {
    const account = accounts.get(name);
    if (account === undefined) throw new Error("The account of an authenticated caller must be configured.");
    return account;
  };

  const stopping = new AbortController();
  const settings = await readAdmissionSettings(config);
  const { limits } = settings;
  const executor = createExecutor({
    schema: buildSchema(config.subgraph),
    createContext: createContexts({ ...parts, stopping: stopping.signal }, accountOf),
    logger,
    development: config.development,
    ...settings,
    introspection: config.introspection,
    buckets: await openCallerBuckets(config.redis, logger, lifecycle),
    tracer,
    onOperation:
      observer &&
      (({ definition, isStored }, milliseconds) => {
        const { operation = "other", name } = definition ?? {};
        observer.onOperation(operation, isStored ? (name?.value ?? null) : null, milliseconds);
      }),
    onRefused(caller, operation, errors) {
      for (const entry of refusedMutations(operation, errors)) parts.trail.record(caller, entry);
    },
    generationOf: ({ identity: { viewer } }) => accountOf(viewer.account).gateway.generation(),
    plugins: parts.plugins,
    constantStatus: config.subgraph.constantStatus,
    cacheHintsOf: config.subgraph.cacheHints
      ? ({ identity: { viewer } }, tags, data) => cacheHintsOf(viewer.account, tags, data)
      : undefined,
  });
  checkManifest(settings.persisted.documents, executor.admission);
  const identify = ofAccounts(await openIdentities(config, logger), accounts);
  const expiry = createExpiry(Date.now);
  lifecycle.add("expiry", async () => expiry.stop());
  const origins = createChangingOrigins(config);
  const subscriptions = createSubscriptions(executor, accountOf);
  const endsWithResult = config.subgraph.stopResult;
  const routerPath = endsWithResult ? GRAPHQL_PATH : null;
  const sse = createSse({ executor, subscriptions, expiry, routerPath, ...parts.sse });
  const signatureGuard = await openRouterSignatureGuard(config, lifecycle);
  const entrance = createEntrance(executor.admission.quotas, limits.connections);
  const sockets = createSocketServer({
    executor,
    subscriptions,
    endsWithResult,
    logger,
    identify,
    entrance,
    expiry,
    origins: origins.policy,
    clientAddressOf,
    sample,
    observer: observer?.sockets,
    signatureGuard: signatureGuard?.sockets ?? null,
    path: GRAPHQL_PATH,
    maxSocketsPerCaller: limits.sockets,
    ...parts.sockets,
  });
  const callbacks = createSubscriptionCallbacks({
    executor,
    subscriptions,
    logger,
    expiry,
    outbound: openOutbound(config, lifecycle),
    ...parts.subscriptionCallbacks,
  });

  const authenticate = createAuthenticate(identify, logger);
  const tickets = createTickets({
    executor,
    subscriptions,
    authenticate,
    entrance,
    sse: sse.handle,
    sealer,
    streamUrl: () => `${baseUrl()}${STREAM_PATH}`,
    now: Date.now,
    ...parts.tickets,
  });
  const guarded = (handle: Handle): Handle => {
    const checked = withOrigins(origins.policy, handle);
    return signatureGuard?.handle(checked, entrance.arrive) ?? checked;
  };
  const graphql = guarded(
    createGraphQLHandler({
      executor,
      authenticate,
      page: config.development ? sendGraphiQL : null,
      sse,
      callback: callbacks.handle,
      entrance,
    }),
  );

  const { documents } = settings.persisted;
  const mcpParts = { executor, authenticate, entrance, documents, limits, logger, ...parts.mcp };
  const idempotencyOf = (account: string) => accountOf(account).idempotency;
  const mcp = config.mcp ? await openMcp({ ...mcpParts, idempotencyOf }) : null;

  return {
    origins: origins.policy,
    async reload(next) {
      const replaced = await readAdmissionSettings(next);
      checkManifest(replaced.persisted.documents, executor.admission, replaced);
      // From here on nothing can fail: either all of it is replaced, or nothing.
      executor.admission.adopt(replaced);
      origins.adopt(next);
    },
    handle: graphql,
    ticket: guarded(tickets.issue),
    stream: guarded(tickets.stream),
    mcp: mcp && guarded(mcp),
    upgrade: signatureGuard?.upgrade(sockets.upgrade) ?? sockets.upgrade,
    sockets: sockets.size,
    waiting: () => ({ websocket: sockets.waiting(), sse: sse.waiting(), callback: callbacks.waiting() }),
    async drain() {
      stopping.abort();
      await Promise.all([sse.stop(), sockets.stop(), callbacks.stop()]);
    },
  };
};

/** Opens the sources of credentials. */
const openIdentities = ({ access }: Config, logger: Logger): Promise<Identify> => {
  const onFault = (err: unknown) => logger.error({ err }, "credential source cannot be read");
  return openIdentify({ access, onFault });
};

/** Opens the requests to the routers of a supergraph; null if no callback URL is allowed. */
const openOutbound = ({ subgraph }: Config, lifecycle: Lifecycle): Outbound | null => {
  if (subgraph.callbackUrls.length === 0) return null;
  const outbound = createOutbound({ allow: subgraph.callbackUrls, networks: subgraph.callbackNetworks });
  lifecycle.add("router callbacks", outbound.stop);
  return outbound;
};
