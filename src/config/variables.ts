import { LIMIT_VARIABLES } from "./limits.ts";
import { SUBGRAPH_VARIABLES } from "./subgraph-variables.ts";
import type { Variable } from "./variable.ts";

/** Every variable that Portico reads. A test compares docs/configuration.md with it. */
export const VARIABLES = [
  { name: "SETTINGS_FILE", default: null, secret: false, meaning: "Path of a file with more of these variables." },
  { name: "HOST", default: "127.0.0.1", secret: false, meaning: "Address to listen on." },
  { name: "PORT", default: "4000", secret: false, meaning: "Port to listen on; `0` selects a free port." },
  { name: "GATEWAY_URL", default: null, secret: false, meaning: "Base URL of the gateway." },
  { name: "GATEWAY_AUTH_TOKEN", default: null, secret: true, meaning: "Token of the gateway account." },
  {
    name: "GATEWAY_AUTH_TOKEN_FILE",
    default: null,
    secret: false,
    meaning: "Path of a file that holds the token instead; it may change while Portico runs.",
  },
  { name: "GATEWAY_DEVICE_TOKENS", default: null, secret: true, meaning: "Tokens of individual devices." },
  {
    name: "GATEWAY_ACCOUNTS_FILE",
    default: null,
    secret: false,
    meaning: "Path of a JSON file with several gateway accounts.",
  },
  {
    name: "GATEWAY_CACHE_MB",
    default: "32",
    secret: false,
    meaning: "Maximum size of the cache of gateway answers of each account, in megabytes; `0` turns it off.",
  },
  {
    name: "GATEWAY_TRACE_CONTEXT",
    default: "off",
    secret: false,
    meaning: "`on` sends the W3C trace context with calls to the gateway.",
  },
  {
    name: "ADMIN_PORT",
    default: null,
    secret: false,
    meaning: "Port of metrics, health and quarantine for operators; without it there is no such port.",
  },
  {
    name: "ADMIN_HOST",
    default: "127.0.0.1",
    secret: false,
    meaning: "Address of the operators' port, which requires no credential.",
  },
  {
    name: "AUDIT_FILE",
    default: null,
    secret: false,
    meaning: "Path of a file that the audit trail is appended to; without it the trail goes to the log.",
  },
  {
    name: "SANDBOX_PORT",
    default: "4010",
    secret: false,
    meaning: "Port of the embedded sandbox; `0` selects a free port.",
  },
  { name: "PUBLIC_URL", default: null, secret: false, meaning: "URL under which clients reach Portico." },
  {
    name: "LINK_SECRET",
    default: null,
    secret: true,
    meaning: "Key that signs links to photos and exports and seals tickets.",
  },
  {
    name: "CALLBACK_SECRET",
    default: null,
    secret: true,
    meaning: "Secret part of the callback URL, from which the callback token is derived.",
  },
  {
    name: "CALLBACK_SIGNING_SECRET",
    default: null,
    secret: true,
    meaning: "Key that signs callbacks; if set, unsigned callbacks are rejected.",
  },
  {
    name: "CALLBACK_SECURITY_KEY",
    default: null,
    secret: true,
    meaning: "Key that encrypts callbacks; if set, unencrypted callbacks are rejected.",
  },
  {
    name: "CALLBACK_ALLOW",
    default: null,
    secret: false,
    meaning: "Comma-separated addresses and networks that callbacks may come from.",
  },
  {
    name: "TRUSTED_PROXIES",
    default: null,
    secret: false,
    meaning: "Comma-separated addresses and networks of proxies whose `X-Forwarded-For` is trusted.",
  },
  {
    name: "ACCESS",
    default: null,
    secret: false,
    meaning: "`open` gives every caller all rights; it requires a loopback `HOST`.",
  },
  {
    name: "ACCESS_API_KEYS_FILE",
    default: null,
    secret: false,
    meaning: "Path of a file with the hashes of API keys.",
  },
  {
    name: "ACCESS_JWT_JWKS_URL",
    default: null,
    secret: false,
    meaning: "URL of the JSON Web Key Set that verifies tokens.",
  },
  {
    name: "ACCESS_JWT_KEY_FILE",
    default: null,
    secret: false,
    meaning: "Path of a file with the public keys that verify tokens.",
  },
  { name: "ACCESS_JWT_SECRET", default: null, secret: true, meaning: "Shared secret that verifies tokens with HS256." },
  { name: "ACCESS_JWT_ISSUER", default: null, secret: false, meaning: "Required value of a token's `iss` claim." },
  {
    name: "ACCESS_JWT_AUDIENCE",
    default: null,
    secret: false,
    meaning: "Required value or member of a token's `aud` claim.",
  },
  {
    name: "ACCESS_JWT_ALGORITHMS",
    default: null,
    secret: false,
    meaning: "Comma-separated signature algorithms that are accepted.",
  },
  {
    name: "ACCESS_JWT_SCOPES_CLAIM",
    default: null,
    secret: false,
    meaning: "Claim that holds the scopes: text separated by spaces, or a list.",
  },
  { name: "ACCESS_JWT_ACCOUNT_CLAIM", default: "account", secret: false, meaning: "Claim that names the account." },
  {
    name: "ACCESS_ORIGINS",
    default: null,
    secret: false,
    meaning: "Comma-separated exact origins whose pages may call, besides the origin of this server.",
  },
  ...SUBGRAPH_VARIABLES,
  {
    name: "REDIS_URL",
    default: null,
    secret: true,
    meaning: "URL of the Redis that stores events and idempotency keys; without it they are kept in memory.",
  },
  {
    name: "REDIS_WAIT_REPLICAS",
    default: "0",
    secret: false,
    meaning: "Number of replicas of Redis that must have an event before it is acknowledged.",
  },
  {
    name: "SHUTDOWN_DELAY_SECONDS",
    default: "0",
    secret: false,
    meaning: "How long a process that stops still serves, while it reports that it is not ready.",
  },
  ...LIMIT_VARIABLES,
  { name: "INTROSPECTION", default: null, secret: false, meaning: "Which callers may introspect the schema." },
  {
    name: "PERSISTED_OPERATIONS",
    default: "optional",
    secret: false,
    meaning: "`only` executes persisted documents and rejects all others; `optional` accepts both.",
  },
  {
    name: "PERSISTED_OPERATIONS_FILE",
    default: null,
    secret: false,
    meaning: "Path of a file with persisted documents: the manifest of graphql-codegen, Relay or Apollo.",
  },
  { name: "MCP", default: "off", secret: false, meaning: "`on` serves persisted documents to AI models at `/mcp`." },
  { name: "DASHBOARD", default: null, secret: false, meaning: "`on` serves the wall at `/`, `off` does not." },
  { name: "LOG_LEVEL", default: "info", secret: false, meaning: "Minimum level that is logged." },
  {
    name: "LOG_SAMPLE",
    default: "1",
    secret: false,
    meaning: "Share of what succeeds and is frequent that is logged, from `0` to `1`.",
  },
  {
    name: "NODE_ENV",
    default: "development",
    secret: false,
    meaning: "`production` disables GraphiQL and suggestions in error messages.",
  },
] as const satisfies readonly Variable[];

type VariableRow = (typeof VARIABLES)[number];

export type VariableName = VariableRow["name"];

/** The name of a variable whose value must never be printed. */
export type SecretVariableName = Extract<VariableRow, { readonly secret: true }>["name"];

/** The name of a variable whose value may be printed. */
export type PublicVariableName = Exclude<VariableName, SecretVariableName>;
