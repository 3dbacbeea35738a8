import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { type Config, ConfigError } from "./config/config.ts";
import { createFollow } from "./commands/follower.ts";
import { createTracker, type Tracker } from "./commands/tracker.ts";
import { createMemoryKeys, type KeyStore } from "./commands/keys.ts";
import { startRedisKeys } from "./commands/redis.keys.ts";
import type { LoggedEvent } from "./events/event.ts";
import { bucketKeysOf } from "./events/keys.ts";
import { createHealer } from "./events/healer.ts";
import { createHub, type HubOptions } from "./events/hub.ts";
import { createIngress } from "./events/ingress.ts";
import type { EventLog } from "./events/log.ts";
import { createMemoryLog } from "./events/memory.log.ts";
import { startScriptRunner } from "./events/redis.runner.ts";
import { startRedisLog } from "./events/redis.log.ts";
import { createGatewayClient, type GatewayClient, type GatewayCondition } from "./gateway/client.ts";
import { createSharedBuckets } from "./gateway/resilience/rate.shared.ts";
import { openTokenFile } from "./gateway/token.file.ts";
import type { TokenSource } from "./gateway/tokens.ts";
import { createProbe } from "./gateway/probe.ts";
import { createDeviceBook, type DeviceBook } from "./loaders/book.ts";
import { createLifecycle, type Lifecycle } from "./runtime/lifecycle.ts";
import { createLinkSigner } from "./runtime/link.ts";
import { createLogger, type Logger } from "./runtime/logger.ts";
import { createOutbound, type Outbound } from "./runtime/outbound.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox/sandbox.ts";
import { createContext, type Receiver } from "./schema/context.ts";
import { buildSchema } from "./schema/index.ts";
import { type AuditTrail, createAuditTrail } from "./server/audit.ts";
import { CALLBACKS_PATH, createCallbackHandler } from "./server/callbacks.ts";
import { createEngine } from "./server/engine.ts";
import { createGraphQLHandler } from "./server/graphql.ts";
import type { Readiness } from "./server/health.ts";
import { startHttpServer } from "./server/http.ts";
import { createExpiry } from "./server/identity/expiry.ts";
import { createGuard } from "./server/identity/guard.ts";
import { type Identify, openIdentify } from "./server/identity/identify.ts";
import { createLinkHandlers } from "./server/links.ts";
import { createLive } from "./server/live.ts";
import { createOriginPolicy, withOrigins } from "./server/origin.ts";
import { createRouter, GRAPHQL_PATH } from "./server/router.ts";
import { createRouterGate, type RouterGate } from "./server/router-only/gate.ts";
import { createHiveCheck } from "./server/router-only/hive.ts";
import { createMemoryNonces } from "./server/router-only/nonces.ts";
import { startRedisNonces } from "./server/router-only/redis.nonces.ts";
import { createSignatureCheck } from "./server/router-only/signature.ts";
import { createSocketServer, type SocketTuning } from "./server/socket/server.ts";
import { createSse, type SseTuning } from "./server/sse.ts";
import { createSubscriptionCallbacks, type SubscriptionCallbackTuning } from "./server/subscription-callback/server.ts";

export interface App {
  /** Where it listens, without a slash at its end. */
  readonly url: string;
  /** The embedded gateway; null when a real one stands behind. */
  readonly sandbox: Sandbox | null;
  readonly logger: Logger;
  readonly log: EventLog;
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
const MAX_EVENTS = 100_000;
const DEDUPE_MS = 7 * 86_400_000;

/** Starts the whole of Portico, on the gateway of the configuration or on an embedded one. */
export const startApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  const sandboxToken = randomBytes(16).toString("hex");
  const callbackSecret = config.callbackSecret ?? randomBytes(32).toString("base64url");
  const callbackToken = createHmac("sha256", callbackSecret).update("callback token").digest("base64url");
  let callbackTokens = [callbackToken];
  let secrets = [...config.secrets, sandboxToken, callbackSecret, callbackToken];
  const logger = createLogger({
    level: config.logLevel,
    secrets: () => secrets,
    ...(options.log === undefined ? {} : { destination: options.log }),
  });
  const lifecycle = createLifecycle({
    deadlineMs: STOP_MS,
    onFault: (name, error) => logger.error({ part: name, err: error }, "stopped badly"),
  });
  try {
    const sandbox = config.gateway === null ? await openSandbox(config, options, sandboxToken, lifecycle) : null;
    const tokens = await openTokens(config, sandboxToken, logger, (token) => {
      secrets = [...secrets, token];
      callbackTokens = [callbackToken, token];
    });
    const url = config.gateway?.url ?? sandbox?.url ?? "";
    const bucketOf = await openBuckets(config, url, logger, lifecycle);
    const gateway = createGatewayClient({ url, tokens, ...(bucketOf === null ? {} : { bucketOf }) });
    lifecycle.add("gateway client", gateway.stop);
    // Not the token of a file: it is replaced, and the account stays.
    const account = nameOf(config.gateway === null ? sandboxToken : (config.gateway.authToken ?? url));
    const log = await openLog(config, options, account, logger, lifecycle);
    const keys = await openKeys(config, account, lifecycle);
    const once = { store: keys, fingerprintSecret: callbackSecret, now: Date.now };
    const book = createDeviceBook();
    const healer = createHealer({
      call: (name, input) => gateway.call(name, input, { lane: "bulk" }),
      log,
      logger,
      now: () => sandbox?.clock.now() ?? Date.now(),
    });
    const trail = createAuditTrail(logger);
    const tracker = createTracker({
      call: (name, input) => gateway.call(name, input),
      random: Math.random,
      now: Date.now,
      onOver: (command, id) => trail.ended(id, command),
    });
    lifecycle.add("tracker", async () => tracker.stop());
    const onFault = (error: unknown) => logger.error({ err: error }, "event delivery failed");
    const learn = learnFrom(book, tracker, trail);
    const onEvent = (event: LoggedEvent) => {
      gateway.renew();
      learn(event);
    };
    const hub = createHub({ log, now: Date.now, onEvent, ...options.hub, onFault });
    lifecycle.add("hub", async () => hub.stop());

    let baseUrl = config.publicUrl ?? "";
    const links = createLinkSigner({
      secret: config.linkSecret ?? randomBytes(32).toString("base64url"),
      baseUrl: () => baseUrl,
      ttlSeconds: LINK_TTL_SECONDS,
      now: Date.now,
    });
    const receiver = () =>
      sandbox === null && config.publicUrl === null
        ? null
        : {
            CallbackURL: `${baseUrl}${CALLBACKS_PATH}${callbackSecret}`,
            CallbackToken: callbackToken,
            SigningSecret: config.callbackSigningSecret,
            SecurityKey: config.callbackSecurityKey,
          };
    const events = { log, lastCallbackAt: hub.lastCallbackAt, receiver };
    const engine = createEngine({
      schema: buildSchema(),
      createContext: ({ signal, id, identity: { viewer } }) =>
        createContext({
          gateway,
          book,
          sandbox: sandbox !== null,
          links,
          events,
          once,
          finished: tracker.finished,
          audit: (entry) => trail.tell(viewer, id, entry),
          viewer,
          signal,
        }),
      logger,
      development: config.development,
    });
    const identify = await openIdentities(config, logger);
    const expiry = createExpiry(Date.now);
    lifecycle.add("expiry", async () => expiry.stop());
    const origins = createOriginPolicy({
      listed: config.access.origins,
      publicUrl: config.publicUrl,
      localOnly: config.access.open,
    });
    const live = createLive(engine, hub, createFollow(tracker, onFault));
    const sse = createSse({ engine, live, expiry, ...options.sse });
    const gate = await openRouterGate(config, account, lifecycle);
    const socketParts = { engine, live, logger, identify, expiry, origins, gate: gate?.sockets ?? null };
    const sockets = createSocketServer({ ...socketParts, path: GRAPHQL_PATH, ...options.sockets });
    const callbackParts = { engine, live, logger, expiry, outbound: openOutbound(config, lifecycle) };
    const callbacks = createSubscriptionCallbacks({ ...callbackParts, ...options.subscriptionCallbacks });

    const probe = createProbe(gateway);
    let stopping = false;
    const readiness: Readiness = async () => {
      if (stopping) return ["The server is stopping."];
      const trouble = log.trouble();
      return [...gatewayTroubles(await probe()), ...(trouble === null ? [] : [trouble])];
    };
    const graphql = withOrigins(
      origins,
      createGraphQLHandler({
        engine,
        guard: createGuard(identify, logger),
        development: config.development,
        stream: sse.stream,
        callback: callbacks.answer,
      }),
    );
    const handle = createRouter({
      graphql: gate?.handle(graphql) ?? graphql,
      links: createLinkHandlers({ gateway, signer: links, logger }),
      callbacks: createCallbackHandler({
        ingress: createIngress({
          log,
          tokens: { account: () => callbackTokens, devices: config.gateway?.deviceTokens ?? new Map() },
          signingSecret: config.callbackSigningSecret,
          securityKey: config.callbackSecurityKey,
          pathAuthenticates: true,
        }),
        secret: callbackSecret,
        ...(config.callbackAllow === null
          ? {}
          : { sources: { allow: config.callbackAllow, proxies: config.trustedProxies } }),
        logger,
      }),
      readiness,
      development: config.development,
    });
    const { host, port } = config;
    const upgrade = gate?.upgrade(sockets.upgrade) ?? sockets.upgrade;
    const server = await startHttpServer({ host, port, handle, logger, upgrade, drainMs: DRAIN_MS });
    lifecycle.add("server", async () => {
      const begun = performance.now();
      // Until the last subscriber was sent away it still answers, for one, that it is not ready.
      await Promise.all([sse.stop(), sockets.stop(), callbacks.stop()]);
      await server.stopWithin(DRAIN_MS - (performance.now() - begun));
    });
    baseUrl ||= server.url;

    const target = receiver();
    if (target !== null) await register(gateway, target, logger);
    healer.start();
    lifecycle.add("healer", healer.stop);

    return {
      url: server.url,
      sandbox,
      logger,
      log,
      live: { subscribers: hub.size, sockets: sockets.size },
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

/** Where the gateway's tokens are taken from; `onToken` is told the account's, and each that takes its place. */
const openTokens = async (
  { gateway }: Config,
  sandboxToken: string,
  logger: Logger,
  onToken: (token: string) => void,
): Promise<TokenSource> => {
  const { authToken, authTokenFile: path, deviceTokens: devices } = gateway ?? ON_SANDBOX;
  if (path === null) {
    const account = authToken ?? sandboxToken;
    onToken(account);
    return () => ({ account, devices });
  }
  const onFault = (err: unknown) => logger.error({ err }, "the file of the gateway's token cannot be read");
  return openTokenFile({ path, devices, onToken, onFault }).catch((error: unknown) => {
    throw new ConfigError([`GATEWAY_AUTH_TOKEN_FILE: ${(error as Error).message}`]);
  });
};

/** How callers are told apart. */
const openIdentities = ({ access }: Config, logger: Logger): Promise<Identify> => {
  const onFault = (err: unknown) => logger.error({ err }, "what callers are known by cannot be read");
  return openIdentify({ access, onFault });
};

/** What an account is called in Redis. */
const nameOf = (secret: string): string => createHash("sha256").update(secret).digest("base64url").slice(0, 16);

const ON_SANDBOX = { authToken: null, authTokenFile: null, deviceTokens: new Map<string, string>() };

/** The rate limit's buckets, in Redis where there is one; null: each process has its own. */
const openBuckets = async ({ redisUrl }: Config, gatewayUrl: string, logger: Logger, lifecycle: Lifecycle) => {
  if (redisUrl === null) return null;
  const keysOf = bucketKeysOf(gatewayUrl);
  const runner = await startScriptRunner(redisUrl, keysOf("")[0], "portico-rate");
  lifecycle.add("rate limit", runner.stop);
  return createSharedBuckets({
    run: runner.run,
    keysOf,
    instance: randomUUID(),
    now: () => performance.now(),
    onAway: (away) =>
      away
        ? logger.warn({}, "the gateway's rate limit is not shared: each instance takes its share")
        : logger.info({}, "the gateway's rate limit is shared again"),
  });
};

/** In Redis where there is one, so that instances share it; else in memory. */
const openLog = async (
  { redisUrl }: Config,
  { maxEvents = MAX_EVENTS }: AppOptions,
  account: string,
  logger: Logger,
  lifecycle: Lifecycle,
): Promise<EventLog> => {
  const log =
    redisUrl === null
      ? createMemoryLog({ maxEvents, dedupeMs: DEDUPE_MS, now: Date.now })
      : await startRedisLog({ url: redisUrl, account, maxEvents, dedupeMs: DEDUPE_MS, waitReplicas: 0, logger });
  lifecycle.add("event log", log.stop);
  return log;
};

const openKeys = async ({ redisUrl }: Config, account: string, lifecycle: Lifecycle): Promise<KeyStore> => {
  if (redisUrl === null) return createMemoryKeys(Date.now);
  const keys = await startRedisKeys(redisUrl, account);
  lifecycle.add("idempotency keys", keys.stop);
  return keys;
};

/** What lets through what routers have signed; null where anybody may ask. */
const openRouterGate = async (
  { subgraph, redisUrl }: Config,
  account: string,
  lifecycle: Lifecycle,
): Promise<RouterGate | null> => {
  const { routerKeys: keys, hiveHmac } = subgraph;
  if (keys.length === 0) return null;
  const shared = redisUrl === null ? null : await startRedisNonces(redisUrl, account);
  if (shared !== null) lifecycle.add("signatures", shared.stop);
  const check = createSignatureCheck({ keys, nonces: shared ?? createMemoryNonces(Date.now), now: Date.now });
  return createRouterGate({ check, hive: hiveHmac ? createHiveCheck(keys) : null });
};

/** The way to the routers of a supergraph; null where none may be called. */
const openOutbound = ({ subgraph }: Config, lifecycle: Lifecycle): Outbound | null => {
  if (subgraph.callbackUrls.length === 0) return null;
  const outbound = createOutbound({ allow: subgraph.callbackUrls, networks: subgraph.callbackNetworks });
  lifecycle.add("way to routers", outbound.stop);
  return outbound;
};

/** Keeps what events tell of devices and commands. */
const learnFrom =
  (book: DeviceBook, tracker: Tracker, trail: AuditTrail) =>
  ({ DeviceSN, body }: LoggedEvent): void => {
    if (body.kind === "enrollment.update" && body.update.CommandID !== null) {
      const { CommandID, EnrollmentStatus: status, FailureReason: failureReason } = body.update;
      tracker.hint(CommandID);
      trail.ended(CommandID, { DeviceSN, status, failureReason });
    }
    if (body.kind === "device.status") book.tellStatus(DeviceSN, body.change.Status);
  };

/** Points the gateway's callbacks here, and says so; a gateway that cannot be told now is told by the operator or at the next start. */
const register = async (gateway: GatewayClient, receiver: Receiver, logger: Logger): Promise<void> => {
  try {
    const { Callback } = await gateway.call("RegisterCallback", receiver);
    logger.info({ callback: Callback.CallbackID, events: Callback.Events }, "callbacks are registered");
  } catch (error) {
    logger.error({ err: error }, "callbacks could not be registered: events do not arrive until they are");
  }
};

const TROUBLES = {
  UPSTREAM_UNAVAILABLE: "The gateway did not answer the last call.",
  UPSTREAM_UNAUTHENTICATED: "The gateway refused the token of this server.",
} as const;

const gatewayTroubles = (last: GatewayCondition["last"]): readonly string[] =>
  last === "UPSTREAM_UNAVAILABLE" || last === "UPSTREAM_UNAUTHENTICATED" ? [TROUBLES[last]] : [];
