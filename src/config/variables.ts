import { LIMIT_VARIABLES } from "./limits.ts";

export interface Variable {
  readonly name: string;
  /** What is taken when the variable is absent or empty; null where there is no such value. */
  readonly default: string | null;
  /** Whether its value may never be printed. */
  readonly secret: boolean;
  readonly meaning: string;
}

/** Every variable that Portico reads: the source of docs/configuration.md, held by a test. */
export const VARIABLES = [
  { name: "HOST", default: "127.0.0.1", secret: false, meaning: "Address to listen on." },
  { name: "PORT", default: "4000", secret: false, meaning: "Port to listen on; 0 takes any free one." },
  {
    name: "GATEWAY_URL",
    default: null,
    secret: false,
    meaning: "Base URL of the gateway; without it the embedded sandbox.",
  },
  { name: "GATEWAY_AUTH_TOKEN", default: null, secret: true, meaning: "Token of the gateway account." },
  {
    name: "GATEWAY_AUTH_TOKEN_FILE",
    default: null,
    secret: false,
    meaning: "File that holds that token instead; it may change while Portico runs.",
  },
  { name: "GATEWAY_DEVICE_TOKENS", default: null, secret: true, meaning: "Tokens of single devices." },
  {
    name: "GATEWAY_ACCOUNTS_FILE",
    default: null,
    secret: false,
    meaning: "File of several accounts, in place of the other GATEWAY and CALLBACK settings of one.",
  },
  {
    name: "ADMIN_PORT",
    default: null,
    secret: false,
    meaning: "Port of metrics, health and quarantine, for operators; without it there is none.",
  },
  {
    name: "ADMIN_HOST",
    default: "127.0.0.1",
    secret: false,
    meaning: "Address of that port; nobody is asked there who they are.",
  },
  {
    name: "AUDIT_FILE",
    default: null,
    secret: false,
    meaning: "File that the audit trail is added to, whatever is logged; without it, it stands in the log.",
  },
  {
    name: "SANDBOX_PORT",
    default: "4010",
    secret: false,
    meaning: "Port of the embedded sandbox; 0 takes any free one.",
  },
  { name: "PUBLIC_URL", default: null, secret: false, meaning: "URL under which clients reach Portico." },
  { name: "LINK_SECRET", default: null, secret: true, meaning: "Key that signs links to photos and exports." },
  {
    name: "CALLBACK_SECRET",
    default: null,
    secret: true,
    meaning: "Secret of the path that callbacks come to, and of their token.",
  },
  {
    name: "CALLBACK_SIGNING_SECRET",
    default: null,
    secret: true,
    meaning: "Key that signs callbacks; with it, what is not signed is refused.",
  },
  {
    name: "CALLBACK_SECURITY_KEY",
    default: null,
    secret: true,
    meaning: "Key that encrypts callbacks; with it, what is not encrypted is refused.",
  },
  { name: "CALLBACK_ALLOW", default: null, secret: false, meaning: "Addresses that callbacks may come from." },
  { name: "TRUSTED_PROXIES", default: null, secret: false, meaning: "Proxies whose X-Forwarded-For is believed." },
  { name: "ACCESS", default: null, secret: false, meaning: "`open` lets everybody in; only on a loopback HOST." },
  { name: "ACCESS_API_KEYS_FILE", default: null, secret: false, meaning: "File of API keys, as their hashes." },
  { name: "ACCESS_JWT_JWKS_URL", default: null, secret: false, meaning: "URL of the keys that sign tokens." },
  { name: "ACCESS_JWT_KEY_FILE", default: null, secret: false, meaning: "File of the keys that sign tokens." },
  { name: "ACCESS_JWT_SECRET", default: null, secret: true, meaning: "Key that signs tokens, known to both sides." },
  { name: "ACCESS_JWT_ISSUER", default: null, secret: false, meaning: "Who has to have issued a token." },
  { name: "ACCESS_JWT_AUDIENCE", default: null, secret: false, meaning: "Whom a token has to be for." },
  {
    name: "ACCESS_JWT_ALGORITHMS",
    default: null,
    secret: false,
    meaning: "Algorithms that tokens may be signed with.",
  },
  { name: "ACCESS_JWT_SCOPES_CLAIM", default: null, secret: false, meaning: "Claim that holds the scopes." },
  { name: "ACCESS_JWT_ACCOUNT_CLAIM", default: "account", secret: false, meaning: "Claim that names the account." },
  { name: "ACCESS_ORIGINS", default: null, secret: false, meaning: "Origins whose pages may call." },
  {
    name: "SUBGRAPH_CALLBACK_URLS",
    default: null,
    secret: false,
    meaning: "Where routers may have the events of subscriptions posted to.",
  },
  {
    name: "SUBGRAPH_CALLBACK_NETWORKS",
    default: null,
    secret: false,
    meaning: "Networks besides the public internet that the names in those URLs may lead into.",
  },
  {
    name: "SUBGRAPH_ROUTER_KEYS",
    default: null,
    secret: true,
    meaning: "Keys that routers sign with; with them, what no router signed is refused.",
  },
  {
    name: "SUBGRAPH_HIVE_HMAC",
    default: "off",
    secret: false,
    meaning: "`on` takes the signature of Hive Gateway, too.",
  },
  {
    name: "SUBGRAPH_SCOPES",
    default: "off",
    secret: false,
    meaning: "`on` tells routers who may read what.",
  },
  {
    name: "SUBGRAPH_TYPE_PREFIX",
    default: null,
    secret: false,
    meaning: "Begins the name of every type.",
  },
  { name: "REDIS_URL", default: null, secret: true, meaning: "Redis that keeps the events; without it memory does." },
  ...LIMIT_VARIABLES,
  { name: "INTROSPECTION", default: null, secret: false, meaning: "Who may ask for the schema." },
  {
    name: "PERSISTED_OPERATIONS",
    default: "optional",
    secret: false,
    meaning: "Whether only stored documents are taken.",
  },
  { name: "PERSISTED_OPERATIONS_FILE", default: null, secret: false, meaning: "File of the stored documents." },
  { name: "LOG_LEVEL", default: "info", secret: false, meaning: "Least level that is logged." },
  { name: "NODE_ENV", default: "development", secret: false, meaning: "`production` turns development aids off." },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]["name"];

const PREFIXES = /^(ACCESS|ADMIN|AUDIT|GATEWAY|SANDBOX|LINK|CALLBACK|REDIS|SUBGRAPH|LIMIT|PERSISTED)_/;
/** Kubernetes sets these for a service called `gateway`; a pod that has one must start all the same. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\d+_(TCP|UDP)(_.+)?)$/;

/** Variables that carry a prefix of ours and are none of ours: most likely a slip of the pen. */
export const unknownVariables = (env: Readonly<Record<string, string | undefined>>): readonly string[] => {
  const known = new Set<string>(VARIABLES.map(({ name }) => name));
  return Object.keys(env).filter((name) => PREFIXES.test(name) && !known.has(name) && !SERVICE_LINK.test(name));
};
