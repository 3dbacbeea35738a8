import { randomBytes } from "node:crypto";
import type { Account } from "./account.ts";
import { type Accounts, ofAccounts, openAccounts } from "./accounts.ts";
import { type Config, ConfigError } from "./config/config.ts";
import { isLoopbackHost } from "./config/values.ts";
import type { HubOptions } from "./events/hub.ts";
import type { Ingress } from "./events/ingress.ts";
import { createLifecycle, type Lifecycle } from "./runtime/lifecycle.ts";
import { openLineFile } from "./runtime/lines.ts";
import { createLinkSigner } from "./runtime/link.ts";
import { createLogger, type Logger } from "./runtime/logger.ts";
import { createOutbound, type Outbound } from "./runtime/outbound.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox/sandbox.ts";
import { createContext } from "./schema/context.ts";
import { buildSchema } from "./schema/index.ts";
import { type AdminOptions, createAdminHandler } from "./server/admin.ts";
import { createAuditTrail } from "./server/audit.ts";
import { CALLBACKS_PATH, createCallbackHandler } from "./server/callbacks.ts";
import { createEngine } from "./server/engine.ts";
import { createGraphQLHandler } from "./server/graphql.ts";
import type { Readiness } from "./server/health.ts";
import { startHttpServer } from "./server/http.ts";
import { createExpiry } from "./server/identity/expiry.ts";
import { createGuard } from "./server/identity/guard.ts";
import { type Identify, openIdentify } from "./server/identity/identify.ts";
import { LIMITS } from "./server/limits.ts";
import { createLinkHandlers } from "./server/links.ts";
import { createLive } from "./server/live.ts";
import { createMetrics, type Metrics } from "./server/metrics.ts";
import { createOriginPolicy, withOrigins } from "./server/origin.ts";
import { checkManifest, readManifest } from "./server/persisted.file.ts";
import { createRouter, GRAPHQL_PATH } from "./server/router.ts";
import { openRouterGate } from "./server/router-only/open.ts";
import { createSocketServer, type SocketTuning } from "./server/socket/server.ts";
import { createSourceOf } from "./server/source.ts";
import { createSse, type SseTuning } from "./server/sse.ts";
import { createSubscriptionCallbacks, type SubscriptionCallbackTuning } from "./server/subscription-callback/server.ts";

export interface App {
  /** Where it listens, without a slash at its end. */
  readonly url: string;
  /** The embedded gateway; null when a real one stands behind. */
  readonly sandbox: Sandbox | null;
  readonly logger: Logger;
  readonly accounts: Accounts;
  readonly live: { readonly subscribers: () => number; readonly sockets: () => number };
  /** Takes no more requests, lets those in flight end, and closes everything; within ten seconds. */
  readonly stop: () => Promise<void>;
}

export interface AppOptions {
  /** How the embedded gateway starts; by default it lives. */
  readonly sandbox?: SandboxOptions;
  /** Where log lines go; standard output unless told otherwise. */
  readonly log?: { readonly write: (line: string) => void };
  /** How many events are retained. */
  readonly maxEvents?: number;
  readonly hub?: Pick<HubOptions, "progressMs" | "maxWaiting">;
  readonly sse?: Partial<SseTuning>;
  readonly sockets?: Partial<SocketTuning>;
  readonly subscriptionCallbacks?: Partial<SubscriptionCallbackTuning>;
}

const LINK_TTL_SECONDS = 600;
const STOP_MS = 10_000;
/** Leaves the rest of the stop its time. */
const DRAIN_MS = 8_000;

/** Starts the whole of Portico, on the gateway of the configuration or on an embedded one. */
export const startApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const sandboxToken = randomBytes(16).toString("hex");
  let secrets = [...config.secrets, sandboxToken];
  const logger = createLogger({
    level: config.logLevel,
    secrets: () => secrets,
    ...(options.log === undefined ? {} : { destination: options.log }),
  });
  const lifecycle = createLifecycle({
    deadlineMs: STOP_MS,
    onFault: (name, error) => logger.error({ part: name, err: error }, "stopped badly"),
  });
  const onSecret = (secret: string) => void (secrets = [...secrets, secret]);
  try {
    const sandbox =
      config.gateway === null && config.accountsFile === null
        ? await openSandbox(config, options, sandboxToken, lifecycle)
        : null;
    let baseUrl = config.publicUrl ?? "";
    const metrics = config.admin === null ? null : createMetrics();
    const trail = createAuditTrail(openAuditLog(config, logger, () => secrets, lifecycle));
    const accounts = await openAccounts(config, sandbox, {
      redisUrl: config.redisUrl,
      logger,
      lifecycle,
      trail,
      onSecret,
      onRequest: metrics?.upstream,
      callbackUrl: () => (sandbox === null && config.publicUrl === null ? null : `${baseUrl}${CALLBACKS_PATH}`),
      now: () => sandbox?.clock.now() ?? Date.now(),
      maxEvents: options.maxEvents,
      hub: options.hub,
    });
    const accountOf = (name: string): Account => {
      const account = accounts.get(name);
      if (account === undefined) throw new Error("A caller's account is not here.");
      return account;
    };

    const links = createLinkSigner({
      secret: config.linkSecret ?? randomBytes(32).toString("base64url"),
      baseUrl: () => baseUrl,
      ttlSeconds: LINK_TTL_SECONDS,
      now: Date.now,
    });
    const limits = { ...LIMITS, ...config.limits };
    const documents = await readManifest(config.persisted.file);
    const engine = createEngine({
      schema: buildSchema(config.subgraph),
      createContext: ({ signal, id, identity: { viewer } }) => {
        const { name, gateway, book, events, once, tracker } = accountOf(viewer.account);
        return createContext({
          gateway,
          book,
          sandbox: sandbox !== null,
          links: { sign: (path, claims) => links.sign(path, { ...claims, account: name }) },
          events,
          once,
          finished: tracker.finished,
          audit: (entry) => trail.tell(viewer, id, entry),
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
    const sourceOf = createSourceOf(config.trustedProxies);
    const identify = ofAccounts(await openIdentities(config, logger), accounts);
    const expiry = createExpiry(Date.now);
    lifecycle.add("expiry", async () => expiry.stop());
    const origins = createOriginPolicy({
      listed: config.access.origins,
      publicUrl: config.publicUrl,
      localOnly: config.access.open,
    });
    const live = createLive(engine, accountOf);
    const sse = createSse({ engine, live, expiry, ...options.sse });
    const gate = await openRouterGate(config, lifecycle);
    const socketParts = { engine, live, logger, identify, expiry, origins, sourceOf, gate: gate?.sockets ?? null };
    const socketTuning = { maxSocketsEach: limits.sockets, ...options.sockets };
    const sockets = createSocketServer({ ...socketParts, path: GRAPHQL_PATH, ...socketTuning });
    const callbackParts = { engine, live, logger, expiry, outbound: openOutbound(config, lifecycle) };
    const callbacks = createSubscriptionCallbacks({ ...callbackParts, ...options.subscriptionCallbacks });

    let stopping = false;
    const readiness: Readiness = async () => {
      if (stopping) return ["The server is stopping."];
      const troubles = [...accounts.values()].map(async (account) => {
        const prefix = accounts.size === 1 ? "" : `Account ${account.name}: `;
        return (await account.troubles()).map((trouble) => prefix + trouble);
      });
      return (await Promise.all(troubles)).flat();
    };
    const receivers = [...accounts.values()].map(({ ingress, callbackSecret }) => ({
      ingress: metrics === null ? ingress : counted(ingress, metrics),
      callbackSecret,
    }));
    const graphql = withOrigins(
      origins,
      createGraphQLHandler({
        engine,
        guard: createGuard(identify, sourceOf, logger),
        development: config.development,
        stream: sse.stream,
        callback: callbacks.answer,
      }),
    );
    const handle = createRouter({
      graphql: gate?.handle(graphql) ?? graphql,
      links: createLinkHandlers({ gatewayOf: (name) => accounts.get(name)?.gateway, signer: links, logger }),
      callbacks: createCallbackHandler({
        receivers,
        ...(config.callbackAllow === null
          ? {}
          : { sources: { allow: config.callbackAllow, proxies: config.trustedProxies } }),
        logger,
      }),
      readiness,
      development: config.development,
    });
    const { host, port } = config;
    const server = await startHttpServer({
      host,
      port,
      handle,
      logger,
      onAnswered: metrics?.answered,
      upgrade: gate?.upgrade(sockets.upgrade) ?? sockets.upgrade,
      drainMs: DRAIN_MS,
    });
    lifecycle.add("server", async () => {
      const begun = performance.now();
      // Until the last subscriber was sent away it still answers, for one, that it is not ready.
      await Promise.all([sse.stop(), sockets.stop(), callbacks.stop()]);
      await server.stopWithin(DRAIN_MS - (performance.now() - begun));
    });
    baseUrl ||= server.url;

    const subscribers = () => [...accounts.values()].reduce((sum, { hub }) => sum + hub.size(), 0);
    if (config.admin !== null && metrics !== null) {
      metrics.gauge("portico_subscribers", "Subscriptions that are open.", subscribers);
      metrics.gauge("portico_sockets", "WebSockets that are open.", sockets.size);
      await openAdmin(config.admin, { metrics, readiness, accounts }, logger, lifecycle);
    }
    for (const account of accounts.values()) await account.begin();

    return {
      url: server.url,
      sandbox,
      logger,
      accounts,
      live: { subscribers, sockets: sockets.size },
      stop: async () => {
        stopping = true;
        await lifecycle.stop();
      },
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
};

const openSandbox = async (config: Config, options: AppOptions, accountToken: string, lifecycle: Lifecycle) => {
  const sandbox = await startSandbox({ port: config.sandboxPort, live: true, accountToken, ...options.sandbox });
  lifecycle.add("sandbox", sandbox.stop);
  return sandbox;
};

/** Where the audit trail goes: into a file of its own, whatever is logged, or among the lines of the log. */
const openAuditLog = (
  { auditFile }: Config,
  logger: Logger,
  secrets: () => readonly string[],
  lifecycle: Lifecycle,
): Logger => {
  if (auditFile === null) return logger;
  try {
    const onFault = (err: unknown) => logger.error({ err }, "the audit trail cannot be written");
    const file = openLineFile(auditFile, onFault);
    lifecycle.add("audit trail", async () => file.close());
    return createLogger({ level: "info", secrets, destination: file });
  } catch (error) {
    throw new ConfigError([`AUDIT_FILE: ${(error as Error).message}.`]);
  }
};

/** How callers are told apart. */
const openIdentities = ({ access }: Config, logger: Logger): Promise<Identify> => {
  const onFault = (err: unknown) => logger.error({ err }, "what callers are known by cannot be read");
  return openIdentify({ access, onFault });
};

const counted = ({ receive }: Ingress, { callback }: Metrics): Pick<Ingress, "receive"> => ({
  async receive(delivery) {
    const outcome = await receive(delivery);
    callback(outcome);
    return outcome;
  },
});

/** A port of its own, for operators. */
const openAdmin = async (
  { host, port }: NonNullable<Config["admin"]>,
  { accounts, ...parts }: Pick<AdminOptions, "metrics" | "readiness"> & { readonly accounts: Accounts },
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<string> => {
  const origins = createOriginPolicy({ listed: [], publicUrl: null, localOnly: isLoopbackHost(host) });
  const handle = withOrigins(origins, createAdminHandler({ ...parts, quarantines: accounts }));
  const server = await startHttpServer({ host, port, handle, logger });
  lifecycle.add("admin server", server.stop);
  logger.info({ url: server.url }, "operators find metrics, health and quarantine here");
  return server.url;
};

/** The way to the routers of a supergraph; null where none may be called. */
const openOutbound = ({ subgraph }: Config, lifecycle: Lifecycle): Outbound | null => {
  if (subgraph.callbackUrls.length === 0) return null;
  const outbound = createOutbound({ allow: subgraph.callbackUrls, networks: subgraph.callbackNetworks });
  lifecycle.add("way to routers", outbound.stop);
  return outbound;
};
