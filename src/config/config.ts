import { type AccessConfig, accessNotices, parseAccess, type EnvironmentReader } from "./access.ts";
import { type GatewaySettings, parseGateways } from "./gateway.ts";
import { type ConfigLimits, LIMIT_SETTINGS } from "./limits.ts";
import {
  parseCount,
  parseHost,
  parseKey,
  parseNetworks,
  parsePathSecret,
  parsePort,
  parseSecret,
  parseUrl,
  parseWord,
} from "./values.ts";
import { parseSubgraph, type SubgraphConfig } from "./subgraph.ts";
import { unknownVariables, VARIABLES, type VariableName } from "./variables.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];
export const INTROSPECTIONS = ["on", "off", "authenticated"] as const;
export const PERSISTED_MODES = ["optional", "only"] as const;

export interface Config extends GatewaySettings {
  readonly host: string;
  readonly port: number;
  /** Where operators find metrics and the quarantine; null: nowhere. */
  readonly admin: { readonly host: string; readonly port: number } | null;
  /** Path; null: the audit trail stands in the log. */
  readonly auditFile: string | null;
  readonly sandboxPort: number;
  /** Without a slash at its end. Null: where the server listens. */
  readonly publicUrl: string | null;
  /** Null: to be made at random for the life of the process. */
  readonly linkSecret: string | null;
  /** Letters, digits, - and _. Null: to be made at random for the life of the process. */
  readonly callbackSecret: string | null;
  readonly callbackSigningSecret: string | null;
  readonly callbackSecurityKey: string | null;
  /** Null: callbacks may come from anywhere. */
  readonly callbackAllow: readonly string[] | null;
  readonly trustedProxies: readonly string[];
  readonly access: AccessConfig;
  readonly subgraph: SubgraphConfig;
  /** Null: events are kept in memory. */
  readonly redisUrl: string | null;
  readonly limits: ConfigLimits;
  /** Who may ask for the schema: everybody, nobody, or those who have shown who they are. */
  readonly introspection: (typeof INTROSPECTIONS)[number];
  readonly persisted: {
    /** Whether other documents than stored ones are refused. */
    readonly only: boolean;
    /** Path; null: none is stored. */
    readonly file: string | null;
  };
  readonly logLevel: LogLevel;
  readonly development: boolean;
  /** All secret values in it, for the log to blot out. */
  readonly secrets: readonly string[];
  /** What an operator should be told at the start, in sentences. */
  readonly notices: readonly string[];
}

/** Every fault of a configuration at once, one line each. No secret value stands in it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.join("\n")}`,
    );
    this.faults = faults;
  }
}

type Env = Readonly<Record<string, string | undefined>>;

const defaultOf = (name: VariableName): string => VARIABLES.find((each) => each.name === name)?.default ?? "";

/** Reads the environment; throws ConfigError with all faults. An empty variable counts as absent. */
export const parseConfig = (env: Env): Config => {
  const faults: string[] = [];
  const raw = (name: VariableName): string => env[name] || defaultOf(name);
  const read: EnvironmentReader["read"] = (name, parse, absent) => {
    const text = raw(name);
    if (text === "") return absent;
    const result = parse(text);
    if ("value" in result) return result.value;
    faults.push(
      `${name}: ${result.came === null ? "something else came" : `${result.came} came`}; wanted is ${result.wanted}.`,
    );
    return absent;
  };

  const production = raw("NODE_ENV") === "production";
  const linkSecret = read("LINK_SECRET", parseSecret, null);
  const callbackSecret = read("CALLBACK_SECRET", parsePathSecret, null);
  const callbackSigningSecret = read("CALLBACK_SIGNING_SECRET", parseKey(16, 256), null);
  const callbackSecurityKey = read("CALLBACK_SECURITY_KEY", parseKey(32, 32), null);
  const gateways = parseGateways({ raw, read, faults });
  const host = read("HOST", parseHost, null);
  const adminPort = read("ADMIN_PORT", parsePort, null);
  const adminHost = read("ADMIN_HOST", parseHost, "");
  const config = {
    ...gateways,
    host: host ?? "",
    port: read("PORT", parsePort, 0),
    auditFile: raw("AUDIT_FILE") || null,
    admin: adminPort === null ? null : { host: adminHost, port: adminPort },
    sandboxPort: read("SANDBOX_PORT", parsePort, 0),
    publicUrl: read("PUBLIC_URL", (text) => parseUrl(text, "anywhere"), null),
    linkSecret,
    callbackSecret,
    callbackSigningSecret,
    callbackSecurityKey,
    callbackAllow: read("CALLBACK_ALLOW", parseNetworks, null),
    trustedProxies: read("TRUSTED_PROXIES", parseNetworks, []),
    access: parseAccess({ raw, read, faults }, host),
    subgraph: parseSubgraph({ raw, read, faults }),
    redisUrl: read("REDIS_URL", (text) => ({ value: text }), null),
    limits: Object.fromEntries(
      LIMIT_SETTINGS.map(({ name, limit, most, default: initial }) => [limit, read(name, parseCount(most), initial)]),
    ) as ConfigLimits,
    introspection: read("INTROSPECTION", parseWord(INTROSPECTIONS), production ? "authenticated" : "on"),
    persisted: {
      only: read("PERSISTED_OPERATIONS", parseWord(PERSISTED_MODES), "optional") === "only",
      file: raw("PERSISTED_OPERATIONS_FILE") || null,
    },
    logLevel: read("LOG_LEVEL", parseWord(LOG_LEVELS), "info"),
    development: !production,
  } as const;

  const isReal = raw("GATEWAY_URL") !== "" || gateways.accountsFile !== null;
  if (isReal && production && raw("LINK_SECRET") === "") {
    faults.push(
      "LINK_SECRET: nothing came; production with a real gateway needs it: at least 32 bytes, equal on all instances.",
    );
  }
  if (config.persisted.only && config.persisted.file === null) {
    faults.push("PERSISTED_OPERATIONS_FILE: nothing came; PERSISTED_OPERATIONS=only needs it.");
  }
  for (const name of unknownVariables(env)) {
    faults.push(`${name}: no such variable; wanted is one of ${VARIABLES.map((each) => each.name).join(", ")}.`);
  }
  if (faults.length > 0) throw new ConfigError(faults);

  const notices: string[] = [];
  if (!isReal)
    notices.push("GATEWAY_URL is not set: this runs on the embedded sandbox, with invented people and devices.");
  notices.push(...accessNotices(config.access, raw("ACCESS") !== ""));
  if (linkSecret === null) notices.push("LINK_SECRET is not set: links to photos and exports end with this process.");
  if (config.redisUrl === null)
    notices.push("REDIS_URL is not set: events are kept in memory and end with this process.");
  if (isReal && config.publicUrl === null) {
    notices.push(
      "PUBLIC_URL is not set: callbacks are not registered, and no events arrive unless somebody else does it.",
    );
  }
  const redisPassword =
    config.redisUrl !== null && URL.canParse(config.redisUrl) ? new URL(config.redisUrl).password : "";
  const secrets = [
    gateways.gateway?.authToken ?? null,
    linkSecret,
    callbackSecret,
    callbackSigningSecret,
    callbackSecurityKey,
    config.access.jwt?.keys.kind === "secret" ? config.access.jwt.keys.secret : null,
    redisPassword || null,
    ...(gateways.gateway?.deviceTokens.values() ?? []),
    ...config.subgraph.routerKeys,
  ].filter((secret) => secret !== null);
  return {
    ...config,
    secrets,
    notices,
  };
};
