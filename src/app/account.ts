import { createHmac, randomBytes } from "node:crypto";
import { createCommandFeed, type CommandFeed } from "../commands/feed.ts";
import type { Idempotency } from "../commands/idempotency.ts";
import type { IdempotencyStore } from "../commands/idempotency-store.ts";
import { createCommandTracker, type CommandTracker } from "../commands/tracker.ts";
import { openEntityCache } from "./cache.ts";
import type { EntityCache } from "../cache/entity-cache.ts";
import type { Tag } from "../cache/tags.ts";
import type { AccountConfig } from "../config/accounts.ts";
import type { LoggedEvent, NewEvent } from "../events/event.ts";
import { createBackfill } from "../events/backfill/backfill.ts";
import { createHub, type Hub, type HubOptions } from "../events/hub/hub.ts";
import { createIngress, type Ingress } from "../events/ingress/ingress.ts";
import type { EventLog } from "../events/log/log.ts";
import { createGatewayClient, type GatewayClient, type GatewayHealth } from "../gateway/client.ts";
import type { GatewayObserver } from "../gateway/observer.ts";
import { createHealthCheck } from "../gateway/health-check.ts";
import { type AccountReads, createAccountReads } from "../loaders/account-reads.ts";
import { createDeviceCache, type DeviceCache } from "../loaders/device-cache.ts";
import { createScrubber } from "../runtime/redact.ts";
import type { EventAccess, CallbackEndpoint } from "../schema/kernel/context.ts";
import type { AuditTrail } from "../server/execution/audit-trail.ts";
import { registerCallbacks } from "./callback-registration.ts";
import { createEventEffects } from "./event-effects.ts";
import type { InvalidateRouter } from "./router-invalidation.ts";
import { createGatewayAlarm } from "./gateway-alarm.ts";
import { openTokens } from "./gateway-tokens.ts";
import { openIdempotencyStore, openLog, openSharedBuckets, redisNameOf, type StoreOptions } from "./stores.ts";

/** An open account of a gateway. No other account has access to any of its parts. */
export interface Account {
  readonly name: string;
  readonly gatewayUrl: string;
  readonly gateway: GatewayClient;
  readonly deviceCache: DeviceCache;
  readonly reads: AccountReads;
  readonly cache: EntityCache;
  readonly log: EventLog;
  readonly hub: Hub;
  readonly tracker: CommandTracker;
  readonly commandFeed: CommandFeed;
  readonly idempotency: Idempotency;
  /** Returns how many requests came with an idempotency key that was in use. */
  readonly idempotencyHits: () => number;
  readonly ingress: Ingress;
  readonly events: EventAccess;
  /** The part of the callback path that only the gateway knows. */
  readonly callbackSecret: string;
  /** Why the account cannot work now; empty if it can. */
  readonly problems: () => readonly string[];
  /** One sentence for each fact that an operator should know although the account works. Starts a health check if the last call failed. */
  readonly warnings: () => readonly string[];
  /** Registers the callbacks at the gateway and starts the backfill. */
  readonly begin: () => Promise<void>;
}

export interface AccountOptions extends StoreOptions {
  readonly config: AccountConfig;
  readonly trail: AuditTrail;
  /** Called with every value that must not be logged. */
  readonly onSecret: (secret: string) => void;
  /** Whether calls to the gateway carry the W3C trace context. */
  readonly propagates: boolean;
  /** Returns the observer of an account's gateway. */
  readonly observerOf?: ((account: string) => GatewayObserver) | undefined;
  /** Maximum size of the cache in megabytes; 0 for no cache. */
  readonly cacheMb: number;
  /** Returns the callback URL without the secret at its end; null if the gateway cannot reach this server. */
  readonly callbackUrl: () => string | null;
  /** Returns the time of the gateway in milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly hub?: Pick<HubOptions, "progressMs" | "maxWaiting"> | undefined;
  /** Null if no router is informed of changes. */
  readonly invalidateRouter: InvalidateRouter | null;
}

/** Opens all parts of an account; `lifecycle` closes them. */
export const openAccount = async (options: AccountOptions): Promise<Account> => {
  const { config, logger, lifecycle, trail, onSecret, observerOf, callbackUrl, now, invalidateRouter } = options;
  const { name, url } = config;
  const callbackSecret = config.callbackSecret ?? randomBytes(32).toString("base64url");
  const callbackToken = createHmac("sha256", callbackSecret).update("callback token").digest("base64url");
  let callbackTokens = [callbackToken];
  for (const secret of [callbackSecret, callbackToken]) onSecret(secret);
  const keys = [config.callbackSigningSecret, config.callbackSecurityKey].filter((key) => key !== null);
  let secrets = [callbackSecret, callbackToken, ...config.deviceTokens.values(), ...keys];
  const scrub = createScrubber(() => secrets);
  const tokens = await openTokens(config, logger, (token) => {
    onSecret(token);
    callbackTokens = [callbackToken, token];
    secrets = [...secrets, token];
  });
  const bucketOf = await openSharedBuckets(options, url);
  const gateway = createGatewayClient({
    url,
    tokens,
    observer: { ...observerOf?.(name), onUnreachable: createGatewayAlarm(logger, name) },
    propagates: options.propagates,
    scrub,
    ...(bucketOf === null ? {} : { bucketOf }),
  });
  lifecycle.add("gateway client", gateway.stop);

  const redisName = redisNameOf(config);
  const log = await openLog({ ...options, scrub }, redisName);
  const idempotencyKeys = countHits(await openIdempotencyStore(options, redisName));
  const idempotency: Idempotency = {
    store: idempotencyKeys.store,
    fingerprintSecret: callbackSecret,
    now: Date.now,
  };
  const deviceCache = createDeviceCache();
  const reads = createAccountReads(() => performance.now());
  const onDrop = (tags: readonly Tag[] | null) => invalidateRouter?.(name, tags);
  // Without events the cache would not learn what has changed, so that it keeps nothing.
  const cacheMb = callbackUrl() === null ? 0 : options.cacheMb;
  const cache = await openEntityCache({ ...options, cacheMb, redisName, log, gateway, reads, onDrop });
  const tracker = createCommandTracker({
    call: (operation, input) => gateway.call(operation, input),
    random: Math.random,
    onFinal(command, id) {
      const { operation: Operation, DeviceSN, employeeCode: EmployeeCode } = command;
      void cache.commandEnded({ CommandID: id, Operation, DeviceSN, EmployeeCode });
      trail.commandEnded(id, command);
    },
  });
  lifecycle.add("tracker", async () => tracker.stop());
  const onFault = (error: unknown) => logger.error({ account: name, err: error }, "event delivery failed");
  const applyEffects = createEventEffects({ deviceCache, reads, tracker, trail });
  const observe = (event: NewEvent) => {
    cache.observe(event);
    deviceCache.see(event.DeviceSN);
  };
  const onEvent = (event: LoggedEvent) => {
    observe(event);
    applyEffects(event);
  };
  const hub = createHub({ log, now: () => performance.now(), onEvent, onGap: cache.clear, ...options.hub, onFault });
  lifecycle.add("hub", async () => hub.stop());
  const backfill = createBackfill({
    call: (operation, input) => gateway.call(operation, input, { priority: "bulk" }),
    log,
    logger,
    now,
  });
  const checkHealth = createHealthCheck({
    gateway,
    onFault: (err) => logger.error({ account: name, err }, "health check failed"),
  });

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
    deviceCache,
    reads,
    cache,
    log,
    hub,
    tracker,
    commandFeed: createCommandFeed(tracker, onFault),
    idempotency,
    idempotencyHits: idempotencyKeys.hits,
    callbackSecret,
    events: { log, lastCallbackAt: hub.lastCallbackAt, endpoint: callbackEndpoint },
    ingress: createIngress({
      log,
      onAppended: observe,
      onUnreadable: cache.observeUnreadable,
      tokens: { account: () => callbackTokens, devices: config.deviceTokens },
      signingSecret: config.callbackSigningSecret,
      securityKey: config.callbackSecurityKey,
      scrub,
      pathAuthenticates: true,
      offsetAt: deviceCache.offsetAt,
    }),
    problems() {
      const problem = log.problem();
      return problem === null ? [] : [problem];
    },
    warnings() {
      const count = log.unreadable();
      const unreadable =
        count === 0 ? [] : [`Entries of the event log that cannot be read: ${count}; see the quarantine.`];
      return [...gatewayProblems(checkHealth()), ...unreadable];
    },
    async begin() {
      let isStopped = false;
      lifecycle.add("backfill", async () => {
        isStopped = true;
        await backfill.stop();
      });
      const endpoint = callbackEndpoint();
      const isStopping = () => isStopped;
      if (endpoint !== null) await registerCallbacks(gateway, endpoint, logger.child({ account: name }), isStopping);
      if (!isStopped) backfill.start();
    },
  };
};

/** Counts the claims of keys that were in use. */
const countHits = (store: IdempotencyStore): { readonly store: IdempotencyStore; readonly hits: () => number } => {
  let hits = 0;
  const claim: IdempotencyStore["claim"] = async (key, record, span) => {
    const existing = await store.claim(key, record, span);
    if (existing !== null) hits += 1;
    return existing;
  };
  return { store: { ...store, claim }, hits: () => hits };
};

const GATEWAY_PROBLEMS = {
  UPSTREAM_UNAVAILABLE: "The gateway did not answer the last call.",
  UPSTREAM_UNAUTHENTICATED: "The gateway rejected the token of this server.",
} as const;

const gatewayProblems = (last: GatewayHealth["last"]): readonly string[] =>
  last === "UPSTREAM_UNAVAILABLE" || last === "UPSTREAM_UNAUTHENTICATED" ? [GATEWAY_PROBLEMS[last]] : [];
