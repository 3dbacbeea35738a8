import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { openAdmin } from "./admin.ts";
import { type Accounts, openAccounts } from "./accounts.ts";
import type { Config } from "../config/config.ts";
import type { HubOptions } from "../events/hub/hub.ts";
import { type GraphTuning, openGraph } from "./graph.ts";
import { openAuditFile } from "./audit-file.ts";
import { openSandbox } from "./embedded-gateway.ts";
import { type LogOptions, openLogging } from "./logging.ts";
import { openPublicServer } from "./public-server.ts";
import { createReadiness } from "./readiness.ts";
import { registerReadings } from "./readings.ts";
import { openRouterInvalidation } from "./router-invalidation.ts";
import { createLifecycle, type Lifecycle } from "../runtime/lifecycle.ts";
import { createLinkSigner } from "../runtime/signed-link.ts";
import type { Logger } from "../runtime/logger.ts";
import { createTracer } from "../runtime/tracing.ts";
import type { Telemetry } from "./telemetry.ts";
import { createSealer } from "../runtime/sealer.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/sandbox.ts";
import { createAuditTrail } from "../server/execution/audit-trail.ts";
import { traceCommand } from "../server/execution/operation-span.ts";
import { CALLBACKS_PATH } from "../server/http/paths.ts";
import { createClientAddressOf } from "../server/http/client-address.ts";
import { createLogSample } from "../server/http/log-lines.ts";
import type { Metrics } from "../server/routes/metrics.ts";
import { CLOSE } from "../server/transports/websocket/protocol.ts";

/** A running Portico. */
export interface App {
  /** The URL that it listens on, without a trailing slash. */
  readonly url: string;
  /** The embedded gateway; null in front of a real gateway. */
  readonly sandbox: Sandbox | null;
  readonly logger: Logger;
  readonly accounts: Accounts;
  /** Resolves when every account has registered its callbacks, or failed to; requests are served before. Never rejects. */
  readonly begun: Promise<void>;
  /** Replaces limits, origins and stored documents; rejects with ConfigError, and then everything stays as it was. */
  readonly reload: (config: Config) => Promise<void>;
  readonly live: { readonly subscribers: () => number; readonly sockets: () => number };
  /**
   * Reports that it is not ready, and serves on for the delay of the configuration. Then accepts no more requests, waits for those in
   * flight, and closes everything within ten seconds.
   */
  readonly stop: () => Promise<void>;
}

export interface AppOptions extends GraphTuning, LogOptions {
  /** How the embedded gateway starts. @default it generates events */
  readonly sandbox?: SandboxOptions;
  /** Starts what exports traces; the result ends it. @default the tracing that the process has, if any */
  readonly openTelemetry?: (logger: Logger) => Promise<Telemetry | null>;
  /** Number of events that the log retains. @default 100000 */
  readonly maxEvents?: number;
  readonly hub?: Pick<HubOptions, "progressMs" | "maxWaiting">;
}

const LINK_TTL_SECONDS = 600;
const STOP_MS = 10_000;

/** Starts Portico with the configured gateway, or with an embedded one. */
export const startApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const { logger, standardLog, loggerTo, addSecret } = openLogging(config, options);
  const lifecycle = createLifecycle({
    deadlineMs: STOP_MS,
    onFault: (name, error) => logger.error({ part: name, err: error }, "part failed to stop"),
  });
  if (standardLog !== null) lifecycle.add("log", standardLog.close);
  const telemetry = (await options.openTelemetry?.(logger)) ?? null;
  if (telemetry !== null) lifecycle.add("telemetry", telemetry.stop);
  const tracer = createTracer();
  try {
    const sandboxToken = randomBytes(16).toString("hex");
    addSecret(sandboxToken);
    const sandbox =
      config.gateway === null && config.accountsFile === null
        ? await openSandbox(config, options.sandbox, sandboxToken, lifecycle)
        : null;
    /** Without PUBLIC_URL it is known when the server listens. */
    let url = config.publicUrl ?? "";
    const baseUrl = () => url;
    const metrics = config.admin === null ? null : await openMetrics();
    const auditFile = openAuditFile(config, logger, lifecycle);
    const trail = createAuditTrail(auditFile === null ? logger : loggerTo(auditFile), (command, id, status) => {
      metrics?.countCommand(command.mutation, status);
      if (tracer !== null) traceCommand(tracer, command, id, status);
    });
    const accounts = await openAccounts(config, sandbox, {
      redis: config.redis,
      waitReplicas: config.waitReplicas,
      logger,
      lifecycle,
      trail,
      onSecret: addSecret,
      propagates: config.traceContext,
      observerOf: metrics?.gatewayObserver,
      cacheMb: config.cacheMb,
      callbackUrl: () => (sandbox === null && config.publicUrl === null ? null : `${url}${CALLBACKS_PATH}`),
      now: () => sandbox?.clock.now() ?? Date.now(),
      maxEvents: options.maxEvents,
      hub: options.hub,
      invalidateRouter: openRouterInvalidation(config.subgraph, logger, lifecycle),
    });
    const linkSecret = config.linkSecret ?? randomBytes(32).toString("base64url");
    const common = {
      accounts,
      links: createLinkSigner({ secret: linkSecret, baseUrl, ttlSeconds: LINK_TTL_SECONDS, now: Date.now }),
      baseUrl,
      sandbox: sandbox !== null,
      logger,
      lifecycle,
      clientAddressOf: createClientAddressOf(config.trustedProxies),
      sample: createLogSample(config.logSample),
      tracer,
    };
    const graph = await openGraph(config, {
      ...options,
      ...common,
      ticketSealer: createSealer(linkSecret, "ticket 1"),
      trail,
      observer: metrics?.graph,
    });
    let stopping: Promise<void> | undefined;
    const readiness = createReadiness({
      accounts,
      isStopping: () => stopping !== undefined,
      log: standardLog,
      audit: auditFile,
    });
    const listening = await openPublicServer(config, { ...common, graph, readiness, metrics });
    url ||= listening;

    const subscribers = () => [...accounts.values()].reduce((sum, { hub }) => sum + hub.size(), 0);
    if (config.admin !== null && metrics !== null) {
      const { sockets, waiting } = graph;
      registerReadings(metrics, { accounts, sockets, subscribers, waiting, log: standardLog, audit: auditFile });
      await openAdmin(config.admin, { metrics, readiness, accounts }, logger, lifecycle);
    }
    return {
      url: listening,
      begun: beginAll(accounts),
      sandbox,
      logger,
      accounts,
      reload: graph.reload,
      live: { subscribers, sockets: graph.sockets },
      stop: () => {
        stopping ??= stopAfter(config.shutdownDelaySeconds, lifecycle);
        return stopping;
      },
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
};

/** Loads the library of metrics only where they are collected. */
const openMetrics = async (): Promise<Metrics> => {
  const { createMetrics } = await import("../server/routes/metrics.ts");
  return createMetrics(Object.values(CLOSE));
};

/** Balancers that ask seldom learn from the readiness that the process stops, while it still serves what they send. */
const stopAfter = async (delaySeconds: number, lifecycle: Lifecycle): Promise<void> => {
  if (delaySeconds > 0) await delay(delaySeconds * 1_000);
  await lifecycle.stop();
};

/** Begins with all accounts side by side: one whose gateway hangs does not delay the others. */
const beginAll = async (accounts: Accounts): Promise<void> => {
  await Promise.all([...accounts.values()].map((account) => account.begin()));
};
