import type { Account } from "./account.ts";
import { type Accounts, ofAccounts } from "./accounts.ts";
import type { Config } from "../config/config.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { LinkSigner } from "../runtime/signed-link.ts";
import type { Logger } from "../runtime/logger.ts";
import { createOutbound, type Outbound } from "../runtime/outbound.ts";
import { createContext } from "../schema/kernel/context.ts";
import { buildSchema } from "../schema/index.ts";
import type { AuditTrail } from "../server/execution/audit-trail.ts";
import { createExecutor } from "../server/execution/executor.ts";
import type { Handle } from "../server/http/context.ts";
import { createGraphQLHandler } from "../server/transports/graphql-over-http.ts";
import type { HttpServerOptions } from "../server/http/server.ts";
import { createExpiry } from "../server/identity/expiry.ts";
import { createAuthenticate } from "../server/identity/authenticate.ts";
import { type Identify, openIdentify } from "../server/identity/identify.ts";
import { LIMITS } from "../server/admission/limits.ts";
import { createSubscriptions } from "../server/subscriptions/subscriptions.ts";
import { createOriginPolicy, withOrigins } from "../server/http/origin.ts";
import { checkManifest, readManifest } from "../server/admission/persisted-file.ts";
import { openRouterSignatureGuard } from "../server/identity/router-signature/open.ts";
import { GRAPHQL_PATH } from "../server/routes/router.ts";
import { createSocketServer, type SocketTuning } from "../server/transports/websocket/server.ts";
import { createClientAddressOf } from "../server/http/client-address.ts";
import { sendGraphiQL } from "../server/routes/graphiql.ts";
import { createSse, type SseTuning } from "../server/transports/sse.ts";
import { createSubscriptionCallbacks, type SubscriptionCallbackTuning } from "../server/transports/callback/server.ts";

export interface GraphTuning {
  readonly sse?: Partial<SseTuning>;
  readonly sockets?: Partial<SocketTuning>;
  readonly subscriptionCallbacks?: Partial<SubscriptionCallbackTuning>;
}

export interface GraphParts extends GraphTuning {
  readonly accounts: Accounts;
  readonly links: LinkSigner;
  readonly trail: AuditTrail;
  /** Whether the embedded gateway stands behind. */
  readonly sandbox: boolean;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}

/** The graph as callers reach it, over every transport. */
export interface Graph {
  readonly handle: Handle;
  readonly upgrade: NonNullable<HttpServerOptions["upgrade"]>;
  /** How many WebSockets are open. */
  readonly sockets: () => number;
  /** Sends subscribers away, each with its last cursor. */
  readonly drain: () => Promise<void>;
}

/** Puts together who may call, what is admitted and what executes it. */
export const openGraph = async (config: Config, parts: GraphParts): Promise<Graph> => {
  const { accounts, links, trail, sandbox, logger, lifecycle } = parts;
  const accountOf = (name: string): Account => {
    const account = accounts.get(name);
    if (account === undefined) throw new Error("A caller's account is not here.");
    return account;
  };

  const limits = { ...LIMITS, ...config.limits };
  const documents = await readManifest(config.persisted.file);
  const engine = createExecutor({
    schema: buildSchema(config.subgraph),
    createContext: ({ signal, id, identity: { viewer } }) => {
      const { name, gateway, deviceCache: book, events, idempotency: once, tracker } = accountOf(viewer.account);
      return createContext({
        gateway,
        deviceCache: book,
        sandbox,
        links: { sign: (path, claims) => links.sign(path, { ...claims, account: name }) },
        events,
        idempotency: once,
        finishedCommand: tracker.finished,
        audit: (entry) => trail.record(viewer, id, entry),
        viewer,
        signal,
      });
    },
    logger,
    development: config.development,
    limits,
    introspection: config.introspection,
    persisted: { documents, only: config.persisted.only },
  });
  checkManifest(documents, engine.admission);
  const sourceOf = createClientAddressOf(config.trustedProxies);
  const identify = ofAccounts(await openIdentities(config, logger), accounts);
  const expiry = createExpiry(Date.now);
  lifecycle.add("expiry", async () => expiry.stop());
  const origins = createOriginPolicy({
    listed: config.access.origins,
    publicUrl: config.publicUrl,
    localOnly: config.access.open,
  });
  const live = createSubscriptions(engine, accountOf);
  const sse = createSse({ engine, live, expiry, ...parts.sse });
  const gate = await openRouterSignatureGuard(config, lifecycle);
  const socketParts = { engine, live, logger, identify, expiry, origins, sourceOf, gate: gate?.sockets ?? null };
  const socketTuning = { maxSocketsEach: limits.sockets, ...parts.sockets };
  const sockets = createSocketServer({ ...socketParts, path: GRAPHQL_PATH, ...socketTuning });
  const callbackParts = { engine, live, logger, expiry, outbound: openOutbound(config, lifecycle) };
  const callbacks = createSubscriptionCallbacks({ ...callbackParts, ...parts.subscriptionCallbacks });

  const graphql = withOrigins(
    origins,
    createGraphQLHandler({
      engine,
      guard: createAuthenticate(identify, sourceOf, logger),
      page: config.development ? sendGraphiQL : null,
      stream: sse.stream,
      callback: callbacks.answer,
    }),
  );

  return {
    handle: gate?.handle(graphql) ?? graphql,
    upgrade: gate?.upgrade(sockets.upgrade) ?? sockets.upgrade,
    sockets: sockets.size,
    async drain() {
      await Promise.all([sse.stop(), sockets.stop(), callbacks.stop()]);
    },
  };
};

/** How callers are told apart. */
const openIdentities = ({ access }: Config, logger: Logger): Promise<Identify> => {
  const onFault = (err: unknown) => logger.error({ err }, "what callers are known by cannot be read");
  return openIdentify({ access, onFault });
};

/** The way to the routers of a supergraph; null where none may be called. */
const openOutbound = ({ subgraph }: Config, lifecycle: Lifecycle): Outbound | null => {
  if (subgraph.callbackUrls.length === 0) return null;
  const outbound = createOutbound({ allow: subgraph.callbackUrls, networks: subgraph.callbackNetworks });
  lifecycle.add("way to routers", outbound.stop);
  return outbound;
};
