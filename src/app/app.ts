import { randomBytes } from "node:crypto";
import { type Accounts, openAccounts } from "./accounts.ts";
import { type Config, ConfigError } from "../config/config.ts";
import { isLoopbackHost } from "../config/values.ts";
import type { HubOptions } from "../events/hub/hub.ts";
import type { Ingress } from "../events/ingress/ingress.ts";
import { type GraphTuning, openGraph } from "./graph.ts";
import { createLifecycle, type Lifecycle } from "../runtime/lifecycle.ts";
import { openLineFile } from "../runtime/line-file.ts";
import { createLinkSigner } from "../runtime/signed-link.ts";
import { createLogger, type Logger } from "../runtime/logger.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { type AdminOptions, createAdminHandler } from "../server/routes/admin.ts";
import { createAuditTrail } from "../server/execution/audit-trail.ts";
import { CALLBACKS_PATH, createCallbackHandler } from "../server/routes/callbacks.ts";
import type { Readiness } from "../server/routes/health.ts";
import { startHttpServer } from "../server/http/server.ts";
import { createLinkHandlers } from "../server/routes/links.ts";
import { createMetrics, type Metrics } from "../server/routes/metrics.ts";
import { createOriginPolicy, withOrigins } from "../server/http/origin.ts";
import { createRouter } from "../server/routes/router.ts";

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

export interface AppOptions extends GraphTuning {
  /** How the embedded gateway starts; by default it lives. */
  readonly sandbox?: SandboxOptions;
  /** Where log lines go; standard output unless told otherwise. */
  readonly log?: { readonly write: (line: string) => void };
  /** How many events are retained. */
  readonly maxEvents?: number;
  readonly hub?: Pick<HubOptions, "progressMs" | "maxWaiting">;
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
    const links = createLinkSigner({
      secret: config.linkSecret ?? randomBytes(32).toString("base64url"),
      baseUrl: () => baseUrl,
      ttlSeconds: LINK_TTL_SECONDS,
      now: Date.now,
    });
    const graph = await openGraph(config, {
      ...options,
      accounts,
      links,
      trail,
      sandbox: sandbox !== null,
      logger,
      lifecycle,
    });

    let stopping = false;
    const readiness: Readiness = async () => {
      if (stopping) return ["The server is stopping."];
      const troubles = [...accounts.values()].map(async (account) => {
        const prefix = accounts.size === 1 ? "" : `Account ${account.name}: `;
        return (await account.problems()).map((trouble) => prefix + trouble);
      });
      return (await Promise.all(troubles)).flat();
    };
    const receivers = [...accounts.values()].map(({ ingress, callbackSecret }) => ({
      ingress: metrics === null ? ingress : counted(ingress, metrics),
      callbackSecret,
    }));
    const handle = createRouter({
      graphql: graph.handle,
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
      upgrade: graph.upgrade,
      drainMs: DRAIN_MS,
    });
    lifecycle.add("server", async () => {
      const begun = performance.now();
      // Until the last subscriber was sent away it still answers, for one, that it is not ready.
      await graph.drain();
      await server.stopWithin(DRAIN_MS - (performance.now() - begun));
    });
    baseUrl ||= server.url;

    const subscribers = () => [...accounts.values()].reduce((sum, { hub }) => sum + hub.size(), 0);
    if (config.admin !== null && metrics !== null) {
      metrics.gauge("portico_subscribers", "Subscriptions that are open.", subscribers);
      metrics.gauge("portico_sockets", "WebSockets that are open.", graph.sockets);
      await openAdmin(config.admin, { metrics, readiness, accounts }, logger, lifecycle);
    }
    for (const account of accounts.values()) await account.begin();

    return {
      url: server.url,
      sandbox,
      logger,
      accounts,
      live: { subscribers, sockets: graph.sockets },
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
