import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { createCommandFeed, type CommandFeed } from "../commands/feed.ts";
import { createMemoryIdempotencyStore, type IdempotencyStore } from "../commands/idempotency-store.ts";
import type { Idempotency } from "../commands/idempotency.ts";
import { startRedisIdempotencyStore } from "../commands/redis-idempotency-store.ts";
import { createCommandTracker, type CommandTracker } from "../commands/tracker.ts";
import { type AccountConfig, DEFAULT_ACCOUNT } from "../config/accounts.ts";
import { ConfigError } from "../config/config.ts";
import type { LoggedEvent } from "../events/event.ts";
import { createBackfill } from "../events/backfill/backfill.ts";
import { createHub, type Hub, type HubOptions } from "../events/hub/hub.ts";
import { createIngress, type Ingress } from "../events/ingress/ingress.ts";
import { bucketKeysOf } from "../redis/keys.ts";
import type { EventLog } from "../events/log/log.ts";
import { createMemoryLog } from "../events/log/memory-log.ts";
import { startRedisLog } from "../events/log/redis-log.ts";
import { startScriptRunner } from "../redis/script-runner.ts";
import { createGatewayClient, type GatewayClient, type GatewayHealth, type RequestTrace } from "../gateway/client.ts";
import { createHealthCheck } from "../gateway/health-check.ts";
import { createSharedBuckets } from "../gateway/resilience/rate/shared-bucket.ts";
import { openTokenFile } from "../gateway/token-file.ts";
import type { TokenSource } from "../gateway/tokens.ts";
import { createDeviceCache, type DeviceCache } from "../loaders/device-cache.ts";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { Logger } from "../runtime/logger.ts";
import type { EventAccess, CallbackEndpoint } from "../schema/kernel/context.ts";
import type { AuditTrail } from "../server/execution/audit-trail.ts";

/** One account of a gateway: what it has of its own, and no other account ever sees. */
export interface Account {
  readonly name: string;
  /** Where its gateway is. */
  readonly gatewayUrl: string;
  readonly gateway: GatewayClient;
  readonly deviceCache: DeviceCache;
  readonly log: EventLog;
  readonly hub: Hub;
  readonly tracker: CommandTracker;
  readonly commandFeed: CommandFeed;
  readonly idempotency: Idempotency;
  readonly ingress: Ingress;
  readonly events: EventAccess;
  /** The secret at the end of the path of callbacks. */
  readonly callbackSecret: string;
  /** Why it can do no work now; nothing when it can. */
  readonly problems: () => Promise<readonly string[]>;
  /** Registers this server for the gateway's callbacks, and starts to fill gaps in the log. */
  readonly begin: () => Promise<void>;
}

export interface AccountOptions {
  readonly config: AccountConfig;
  readonly redisUrl: string | null;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly trail: AuditTrail;
  /** Told every value that must not be logged. */
  readonly onSecret: (secret: string) => void;
  readonly onRequest?: ((request: RequestTrace) => void) | undefined;
  /** Where the gateway posts callbacks to, up to the secret; null: it cannot reach this server. */
  readonly callbackUrl: () => string | null;
  /** The gateway's time. */
  readonly now: () => number;
  readonly maxEvents?: number | undefined;
  readonly hub?: Pick<HubOptions, "progressMs" | "maxWaiting"> | undefined;
}

const MAX_EVENTS = 100_000;
const DEDUPE_MS = 7 * 86_400_000;

/** Opens whatever an account needs; `lifecycle` closes it. */
export const openAccount = async (options: AccountOptions): Promise<Account> => {
  const { config, redisUrl, logger, lifecycle, trail, onSecret, onRequest, callbackUrl, now } = options;
  const { name, url } = config;
  const callbackSecret = config.callbackSecret ?? randomBytes(32).toString("base64url");
  const callbackToken = createHmac("sha256", callbackSecret).update("callback token").digest("base64url");
  let callbackTokens = [callbackToken];
  for (const secret of [callbackSecret, callbackToken]) onSecret(secret);
  const tokens = await openTokens(config, logger, (token) => {
    onSecret(token);
    callbackTokens = [callbackToken, token];
  });
  const bucketOf = await openBuckets(redisUrl, url, logger, lifecycle);
  const gateway = createGatewayClient({ url, tokens, onRequest, ...(bucketOf === null ? {} : { bucketOf }) });
  lifecycle.add("gateway client", gateway.stop);

  const stored = nameInRedis(config);
  const log = await openLog(options, stored);
  const once = { store: await openKeys(options, stored), fingerprintSecret: callbackSecret, now: Date.now };
  const book = createDeviceCache();
  const tracker = createCommandTracker({
    call: (operation, input) => gateway.call(operation, input),
    random: Math.random,
    now: Date.now,
    onFinal: (command, id) => trail.commandEnded(id, command),
  });
  lifecycle.add("tracker", async () => tracker.stop());
  const onFault = (error: unknown) => logger.error({ account: name, err: error }, "event delivery failed");
  const applyEvent = eventApplier(book, tracker, trail);
  const onEvent = (event: LoggedEvent) => {
    gateway.renew();
    applyEvent(event);
  };
  const hub = createHub({ log, now: Date.now, onEvent, ...options.hub, onFault });
  lifecycle.add("hub", async () => hub.stop());
  const backfill = createBackfill({
    call: (operation, input) => gateway.call(operation, input, { priority: "bulk" }),
    log,
    logger,
    now,
  });
  const probe = createHealthCheck(gateway);

  const callbackEndpoint = (): CallbackEndpoint | null => {
    const base = callbackUrl();
    if (base === null) return null;
    return {
      CallbackURL: `${base}${callbackSecret}`,
      CallbackToken: callbackToken,
      SigningSecret: config.callbackSigningSecret,
      SecurityKey: config.callbackSecurityKey,
    };
  };

  return {
    name,
    gatewayUrl: url,
    gateway,
    deviceCache: book,
    log,
    hub,
    tracker,
    commandFeed: createCommandFeed(tracker, onFault),
    idempotency: once,
    callbackSecret,
    events: { log, lastCallbackAt: hub.lastCallbackAt, endpoint: callbackEndpoint },
    ingress: createIngress({
      log,
      tokens: { account: () => callbackTokens, devices: config.deviceTokens },
      signingSecret: config.callbackSigningSecret,
      securityKey: config.callbackSecurityKey,
      pathAuthenticates: true,
    }),
    async problems() {
      const logProblem = log.problem();
      return [...gatewayTroubles(await probe()), ...(logProblem === null ? [] : [logProblem])];
    },
    async begin() {
      const endpoint = callbackEndpoint();
      if (endpoint !== null) await registerCallbacks(gateway, endpoint, logger.child({ account: name }));
      backfill.start();
      lifecycle.add("backfill", backfill.stop);
    },
  };
};

/** Where the gateway's tokens are taken from; `onToken` is told the account's, and each that takes its place. */
const openTokens = async (
  { name, authToken: account, deviceTokens: devices }: AccountConfig,
  logger: Logger,
  onToken: (token: string) => void,
): Promise<TokenSource> => {
  if (typeof account === "string") {
    onToken(account);
    return () => ({ account, devices });
  }
  const onFault = (err: unknown) =>
    logger.error({ account: name, err }, "the file of the gateway's token cannot be read");
  return openTokenFile({ path: account.file, devices, onToken, onFault }).catch((error: unknown) => {
    throw new ConfigError([`${account.setting}: ${(error as Error).message}`]);
  });
};

/** What an account is called in Redis. A token in a file is replaced, and the account stays. */
const nameInRedis = ({ authToken, url, name }: AccountConfig): string => {
  const known = typeof authToken === "string" ? authToken : name === DEFAULT_ACCOUNT ? url : `${url} ${name}`;
  return createHash("sha256").update(known).digest("base64url").slice(0, 16);
};

/** The rate limit's buckets, in Redis where there is one; null: each process has its own. */
const openBuckets = async (redisUrl: string | null, gatewayUrl: string, logger: Logger, lifecycle: Lifecycle) => {
  if (redisUrl === null) return null;
  const keysOf = bucketKeysOf(gatewayUrl);
  const runner = await startScriptRunner(redisUrl, keysOf("")[0], "portico-rate", "rate limit");
  lifecycle.add("rate limit", runner.stop);
  return createSharedBuckets({
    run: runner.run,
    keysOf,
    instance: randomUUID(),
    now: () => performance.now(),
    onUnavailable: (away) =>
      away
        ? logger.warn({}, "the gateway's rate limit is not shared: each instance takes its share")
        : logger.info({}, "the gateway's rate limit is shared again"),
  });
};

/** Opens the log: in Redis if it is configured, so that instances share it; else in memory. */
const openLog = async (options: AccountOptions, account: string): Promise<EventLog> => {
  const { redisUrl, logger, lifecycle, maxEvents = MAX_EVENTS } = options;
  const log =
    redisUrl === null
      ? createMemoryLog({ maxEvents, dedupeMs: DEDUPE_MS, now: Date.now })
      : await startRedisLog({ url: redisUrl, account, maxEvents, dedupeMs: DEDUPE_MS, waitReplicas: 0, logger });
  lifecycle.add("event log", log.stop);
  return log;
};

const openKeys = async ({ redisUrl, lifecycle }: AccountOptions, account: string): Promise<IdempotencyStore> => {
  if (redisUrl === null) return createMemoryIdempotencyStore(Date.now);
  const keys = await startRedisIdempotencyStore(redisUrl, account);
  lifecycle.add("idempotency keys", keys.stop);
  return keys;
};

/** Updates devices, commands and the audit trail from events. */
const eventApplier =
  (book: DeviceCache, tracker: CommandTracker, trail: AuditTrail) =>
  ({ DeviceSN, body }: LoggedEvent): void => {
    if (body.kind === "enrollment.update" && body.update.CommandID !== null) {
      const { CommandID, EnrollmentStatus: status, FailureReason: failureReason } = body.update;
      tracker.refresh(CommandID);
      trail.commandEnded(CommandID, { DeviceSN, status, failureReason });
    }
    if (body.kind === "device.status") book.setStatus(DeviceSN, body.change.Status);
  };

/** Registers the endpoint at the gateway and logs the result. After a failure the operator registers it, or the next start does. */
const registerCallbacks = async (gateway: GatewayClient, endpoint: CallbackEndpoint, logger: Logger): Promise<void> => {
  try {
    const { Callback } = await gateway.call("RegisterCallback", endpoint);
    logger.info({ callback: Callback.CallbackID, events: Callback.Events }, "callbacks are registered");
  } catch (error) {
    logger.error({ err: error }, "callbacks could not be registered: no events arrive until they are");
  }
};

const TROUBLES = {
  UPSTREAM_UNAVAILABLE: "The gateway did not answer the last call.",
  UPSTREAM_UNAUTHENTICATED: "The gateway refused the token of this server.",
} as const;

const gatewayTroubles = (last: GatewayHealth["last"]): readonly string[] =>
  last === "UPSTREAM_UNAVAILABLE" || last === "UPSTREAM_UNAUTHENTICATED" ? [TROUBLES[last]] : [];
