import { type AccessConfig, accessWarnings, parseAccess } from "./access.ts";
import { createEnvironmentReader, type Environment } from "./environment.ts";
import { type GatewaySettings, parseGateways } from "./gateway.ts";
import { type ConfigLimits, LIMIT_SETTINGS } from "./limits.ts";
import { sharedPorts } from "./listeners.ts";
import { parseRedisUrl, type RedisTarget } from "./redis-url.ts";
import {
  parseChoice,
  parseCount,
  parseHost,
  parseKey,
  parseMegabytes,
  parseNetworks,
  parsePathSecret,
  parsePort,
  parseSecret,
  parseShare,
  parseUrl,
} from "./values.ts";
import { parseSubgraph, type SubgraphConfig } from "./subgraph.ts";
import { unknownVariables } from "./unknown-variables.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];
export const INTROSPECTIONS = ["on", "off", "authenticated"] as const;
export const PERSISTED_MODES = ["optional", "only"] as const;

const MAX_CACHE_MB = 4096;
/** The embedded sandbox is for this machine only. */
const SANDBOX_HOST = "127.0.0.1";

/** The complete configuration. */
export interface Config extends GatewaySettings {
  readonly host: string;
  readonly port: number;
  /** The address of metrics and quarantine for operators; null if there is none. */
  readonly admin: { readonly host: string; readonly port: number } | null;
  /** Path; null if the audit trail goes to the log. */
  readonly auditFile: string | null;
  /** Maximum size of the cache of each account in megabytes; 0 for no cache. */
  readonly cacheMb: number;
  readonly sandboxPort: number;
  /** Without a trailing slash. Null for the address that the server listens on. */
  readonly publicUrl: string | null;
  /** Null for a random one per process. */
  readonly linkSecret: string | null;
  /** Letters, digits, hyphens and underscores. Null for a random one per process. */
  readonly callbackSecret: string | null;
  readonly callbackSigningSecret: string | null;
  readonly callbackSecurityKey: string | null;
  /** Addresses and networks; null if callbacks may come from anywhere. */
  readonly callbackAllow: readonly string[] | null;
  /** Addresses and networks of proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  readonly access: AccessConfig;
  readonly subgraph: SubgraphConfig;
  /** Null if events and idempotency keys are kept in memory. */
  readonly redis: RedisTarget | null;
  /** How many replicas of Redis must have an event before it is acknowledged. */
  readonly waitReplicas: number;
  /** How long a process that stops still serves, while it reports that it is not ready. */
  readonly shutdownDelaySeconds: number;
  readonly limits: ConfigLimits;
  /** Which callers may introspect the schema: all, none, or those with a credential. */
  readonly introspection: (typeof INTROSPECTIONS)[number];
  readonly persisted: {
    /** Whether documents that are not persisted are rejected. */
    readonly only: boolean;
    /** Path; null if no documents are persisted. */
    readonly file: string | null;
  };
  /** Whether AI models may execute the persisted documents. */
  readonly mcp: boolean;
  /** Whether calls to the gateway carry the W3C trace context. */
  readonly traceContext: boolean;
  readonly logLevel: LogLevel;
  /** The share of what succeeds and is frequent that is logged, from 0 to 1. */
  readonly logSample: number;
  readonly development: boolean;
  /** Whether `/` is the wall. */
  readonly dashboard: boolean;
  /** The secret strings of all variables that the table marks as secret; the log scrubs them. */
  readonly secrets: readonly string[];
  /** Sentences that are logged at the start. */
  readonly warnings: readonly string[];
}

/** All faults of a configuration, one line each. No secret value is part of it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? "1 fault" : `${faults.length} faults`}:\n${faults.join("\n")}`,
    );
    this.faults = faults;
  }
}

/** A secret of random characters has more. */
const MIN_DIFFERENT = 8;

/**
 * Parses the environment. An empty variable counts as absent. `known` are faults that were found before.
 *
 * @throws ConfigError with all faults.
 */
export const parseConfig = (env: Environment, known: readonly string[] = []): Config => {
  const reader = createEnvironmentReader(env);
  const { isSet, text, read, faults } = reader;
  faults.push(...known);

  const production = text("NODE_ENV") === "production";
  const linkSecret = read("LINK_SECRET", parseSecret, null);
  const callbackSecret = read("CALLBACK_SECRET", parsePathSecret, null);
  const callbackSigningSecret = read("CALLBACK_SIGNING_SECRET", parseKey(16, 256), null);
  const callbackSecurityKey = read("CALLBACK_SECURITY_KEY", parseKey(32, 32), null);
  const gateways = parseGateways(reader);
  const host = read("HOST", parseHost, null);
  const adminPort = read("ADMIN_PORT", parsePort, null);
  const adminHost = read("ADMIN_HOST", parseHost, "");
  const config = {
    ...gateways,
    host: host ?? "",
    port: read("PORT", parsePort, 0),
    auditFile: text("AUDIT_FILE") || null,
    admin: adminPort === null ? null : { host: adminHost, port: adminPort },
    cacheMb: read("GATEWAY_CACHE_MB", parseMegabytes(MAX_CACHE_MB), 0),
    sandboxPort: read("SANDBOX_PORT", parsePort, 0),
    publicUrl: read("PUBLIC_URL", (raw) => parseUrl(raw, "anywhere"), null),
    linkSecret,
    callbackSecret,
    callbackSigningSecret,
    callbackSecurityKey,
    callbackAllow: read("CALLBACK_ALLOW", parseNetworks, null),
    trustedProxies: read("TRUSTED_PROXIES", parseNetworks, []),
    access: parseAccess(reader, host),
    subgraph: parseSubgraph(reader),
    redis: read("REDIS_URL", parseRedisUrl, null),
    waitReplicas: read("REDIS_WAIT_REPLICAS", parseCount(10, 0), 0),
    shutdownDelaySeconds: read("SHUTDOWN_DELAY_SECONDS", parseCount(300, 0), 0),
    limits: Object.fromEntries(
      LIMIT_SETTINGS.map(({ name, limit, max, default: initial }) => [limit, read(name, parseCount(max), initial)]),
    ) as ConfigLimits,
    introspection: read("INTROSPECTION", parseChoice(INTROSPECTIONS), production ? "authenticated" : "on"),
    persisted: {
      only: read("PERSISTED_OPERATIONS", parseChoice(PERSISTED_MODES), "optional") === "only",
      file: text("PERSISTED_OPERATIONS_FILE") || null,
    },
    mcp: read("MCP", parseChoice(["on", "off"]), "off") === "on",
    traceContext: read("GATEWAY_TRACE_CONTEXT", parseChoice(["on", "off"]), "off") === "on",
    logLevel: read("LOG_LEVEL", parseChoice(LOG_LEVELS), "info"),
    logSample: read("LOG_SAMPLE", parseShare, 1),
    development: !production,
    dashboard: read("DASHBOARD", parseChoice(["on", "off"]), production ? "off" : "on") === "on",
  } as const;

  const gatewayVariable = (["GATEWAY_URL", "GATEWAY_ACCOUNTS_FILE"] as const).find(isSet);
  if (gatewayVariable !== undefined && production && !isSet("LINK_SECRET")) {
    faults.push(`LINK_SECRET is required when NODE_ENV=production and ${gatewayVariable} is set.`);
  }
  if (config.persisted.only && config.persisted.file === null) {
    faults.push("PERSISTED_OPERATIONS_FILE is required when PERSISTED_OPERATIONS=only.");
  }
  if (config.mcp && config.persisted.file === null)
    faults.push("PERSISTED_OPERATIONS_FILE is required when MCP=on: its documents are the tools.");
  const { admin, port, sandboxPort } = config;
  faults.push(
    ...sharedPorts([
      { variable: "PORT", host: config.host, port },
      ...(admin === null ? [] : [{ variable: "ADMIN_PORT", ...admin }]),
      ...(gatewayVariable === undefined ? [{ variable: "SANDBOX_PORT", host: SANDBOX_HOST, port: sandboxPort }] : []),
    ]),
  );
  for (const { name, suggestion } of unknownVariables(env)) {
    faults.push(`Unknown variable ${name}${suggestion === null ? "." : `; did you mean ${suggestion}?`}`);
  }
  if (faults.length > 0) throw new ConfigError(faults);

  const warnings: string[] = [];
  if (gatewayVariable === undefined)
    warnings.push("GATEWAY_URL is not set: Portico runs on the embedded sandbox, with invented people and devices.");
  warnings.push(...accessWarnings(config.access, isSet("ACCESS")));
  if (linkSecret !== null && linkSecret === callbackSecret)
    warnings.push(
      "LINK_SECRET is CALLBACK_SECRET: the gateway, which knows the latter, can make links and tickets of any caller.",
    );
  for (const [name, secret] of Object.entries({ LINK_SECRET: linkSecret, CALLBACK_SECRET: callbackSecret }))
    if (secret !== null && new Set(secret).size < MIN_DIFFERENT)
      warnings.push(`${name} has few different characters and can be guessed; use random ones.`);
  if (linkSecret === null)
    warnings.push("LINK_SECRET is not set: links and tickets become invalid when this process ends.");
  if (config.redis === null)
    warnings.push("REDIS_URL is not set: events are kept in memory and are lost when this process ends.");
  if (gatewayVariable !== undefined && config.publicUrl === null) {
    warnings.push(
      "PUBLIC_URL is not set: Portico registers no callbacks, and receives events only if an operator registers them.",
    );
  }
  return { ...config, secrets: reader.secrets(), warnings };
};
