import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ConfigError, LOG_LEVELS, parseConfig } from "../../src/config/config.ts";
import { DEFAULT_LIMITS, LIMIT_SETTINGS } from "../../src/config/limits.ts";
import { SECRET_FILES } from "../../src/config/secret-files.ts";
import { VARIABLES } from "../../src/config/variables.ts";

const TOKEN = "ExampleAuthToken0123456789abcdef";
const OTHER = "0123456789abcdefExampleAuthToken";
const OTHER_SECRET = "another-secret-of-thirty-two-bytes";
const SECRET = "a-secret-of-thirty-two-bytes-or-more";
const CALLBACKS = "callbacks-0123456789-abcdefghijklmnop";
const real = { GATEWAY_URL: "https://api.camsunit.com/v3", GATEWAY_AUTH_TOKEN: TOKEN, ACCESS: "open" };

const faultsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

test("an empty environment runs on the embedded sandbox", () => {
  expect(parseConfig({})).toEqual({
    accountsFile: null,
    admin: null,
    auditFile: null,
    host: "127.0.0.1",
    port: 4000,
    gateway: null,
    cacheMb: 32,
    sandboxPort: 4010,
    publicUrl: null,
    linkSecret: null,
    callbackSecret: null,
    callbackSigningSecret: null,
    dashboard: true,
    callbackSecurityKey: null,
    callbackAllow: null,
    trustedProxies: [],
    access: { open: true, apiKeysFile: null, jwt: null, origins: [] },
    subgraph: {
      callbackUrls: [],
      callbackNetworks: [],
      routerKeys: [],
      hiveHmac: false,
      scopes: false,
      constantStatus: false,
      stopResult: false,
      cacheHints: false,
      invalidationUrl: null,
      invalidationKey: null,
      name: "portico",
      typePrefix: "",
    },
    limits: DEFAULT_LIMITS,
    introspection: "on",
    persisted: { only: false, file: null },
    redis: null,
    waitReplicas: 0,
    shutdownDelaySeconds: 0,
    logLevel: "info",
    logSample: 1,
    mcp: false,
    traceContext: false,
    development: true,
    secrets: [],
    warnings: [
      "GATEWAY_URL is not set: Portico runs on the embedded sandbox, with invented people and devices.",
      "No ACCESS variable is set: every client that reaches this port on this machine can read and control everything.",
      "LINK_SECRET is not set: links and tickets become invalid when this process ends.",
      "REDIS_URL is not set: events are kept in memory and are lost when this process ends.",
    ],
  });
});

test("a full environment is parsed", () => {
  const config = parseConfig({
    ...real,
    HOST: "::1",
    PORT: "0",
    GATEWAY_URL: "https://api.camsunit.com/v3/",
    GATEWAY_DEVICE_TOKENS: `SN7A2300583=${OTHER}, SN7A2300584=${TOKEN}`,
    SANDBOX_PORT: "65535",
    PUBLIC_URL: "https://hr.example.com/portico/",
    LINK_SECRET: SECRET,
    CALLBACK_SECRET: CALLBACKS,
    REDIS_URL: "redis://:red1s-pass@127.0.0.1:6379",
    LOG_LEVEL: "silent",
    NODE_ENV: "production",
    ACCESS: "",
    ACCESS_API_KEYS_FILE: "/run/secrets/api-keys.json",
    ACCESS_JWT_SECRET: OTHER_SECRET,
    ACCESS_JWT_ISSUER: "https://id.example.com/",
    ACCESS_JWT_AUDIENCE: "portico",
    ACCESS_ORIGINS: "https://hr.example.com, http://localhost:5173",
  });
  expect(config).toMatchObject({
    host: "::1",
    port: 0,
    gateway: { url: "https://api.camsunit.com/v3", authToken: TOKEN },
    sandboxPort: 65535,
    publicUrl: "https://hr.example.com/portico",
    linkSecret: SECRET,
    callbackSecret: CALLBACKS,
    redis: { kind: "server", nodes: [{ host: "127.0.0.1", port: 6379 }], password: "red1s-pass" },
    logLevel: "silent",
    development: false,
    access: {
      open: false,
      apiKeysFile: "/run/secrets/api-keys.json",
      jwt: {
        keys: { kind: "secret", secret: OTHER_SECRET },
        issuer: "https://id.example.com/",
        audience: "portico",
        algorithms: ["HS256"],
        scopesClaim: null,
        accountClaim: "account",
      },
      origins: ["https://hr.example.com", "http://localhost:5173"],
    },
    warnings: [],
  });
  expect([...(config.gateway?.deviceTokens ?? [])]).toEqual([
    ["SN7A2300583", OTHER],
    ["SN7A2300584", TOKEN],
  ]);
  expect(new Set(config.secrets)).toEqual(new Set([TOKEN, SECRET, CALLBACKS, OTHER_SECRET, "red1s-pass", OTHER]));
});

test.each(LIMIT_SETTINGS)("$name is an integer from 1 to $max", ({ name, limit, max }) => {
  expect(parseConfig({ [name]: "1" }).limits[limit]).toBe(1);
  expect(parseConfig({ [name]: String(max) }).limits[limit]).toBe(max);
  for (const wrong of ["0", "-1", "1.5", "1e3", "many", String(max + 1)]) {
    expect(faultsOf({ [name]: wrong })).toEqual([`${name} must be an integer from 1 to ${max}; received "${wrong}".`]);
  }
});

test("INTROSPECTION has a default that depends on NODE_ENV", () => {
  expect(parseConfig({ NODE_ENV: "production" }).introspection).toBe("authenticated");
  expect(parseConfig({ NODE_ENV: "production", INTROSPECTION: "on" }).introspection).toBe("on");
  expect(faultsOf({ INTROSPECTION: "yes" })).toEqual([
    `INTROSPECTION must be one of on, off, authenticated; received "yes".`,
  ]);
});

test("PERSISTED_OPERATIONS=only requires a file of documents", () => {
  expect(faultsOf({ PERSISTED_OPERATIONS: "only" })).toEqual([
    "PERSISTED_OPERATIONS_FILE is required when PERSISTED_OPERATIONS=only.",
  ]);
  const env = { PERSISTED_OPERATIONS: "only", PERSISTED_OPERATIONS_FILE: "/documents.json" };
  expect(parseConfig(env).persisted).toEqual({ only: true, file: "/documents.json" });
});

test("an empty variable counts as absent", () => {
  expect(parseConfig(Object.fromEntries(VARIABLES.map(({ name }) => [name, ""])))).toEqual(parseConfig({}));
});

test("all faults are reported at once, one line each", () => {
  const env = {
    HOST: "http://x",
    PORT: "65536",
    GATEWAY_URL: "ftp://x",
    SANDBOX_PORT: "-1",
    LOG_LEVEL: "loud",
    ACCESS: "closed",
    ACCESS_ORIGINS: "*",
    GATEWAY_URI: "x",
  };
  const faults = faultsOf(env);
  expect(faults.map((fault) => /\b[A-Z]+(?:_[A-Z]+)*\b/.exec(fault)?.[0])).toEqual([
    "GATEWAY_URL",
    "GATEWAY_AUTH_TOKEN",
    "HOST",
    "PORT",
    "SANDBOX_PORT",
    "ACCESS",
    "ACCESS_ORIGINS",
    "LOG_LEVEL",
    "GATEWAY_URI",
  ]);
  expect(() => parseConfig(env)).toThrow(`The configuration has 9 faults:\n${faults.join("\n")}`);
  expect(faults.every((fault) => !fault.includes("\n"))).toBe(true);
});

test.each([
  [{ PORT: "8080", ADMIN_PORT: "8080" }, "ADMIN_PORT must differ from PORT; received 8080 for both."],
  [
    { PORT: "8080", ADMIN_PORT: "8080", HOST: "0.0.0.0", ACCESS_API_KEYS_FILE: "keys.json" },
    "ADMIN_PORT must differ from PORT; received 8080 for both.",
  ],
  [{ PORT: "8080", ADMIN_PORT: "8080", ADMIN_HOST: "::" }, "ADMIN_PORT must differ from PORT; received 8080 for both."],
  [{ PORT: "4010" }, "SANDBOX_PORT must differ from PORT; received 4010 for both."],
  [{ ADMIN_PORT: "4010" }, "SANDBOX_PORT must differ from ADMIN_PORT; received 4010 for both."],
])("two servers at one address are a fault: %o", (env, fault) => {
  expect(faultsOf(env)).toEqual([fault]);
});

test.each([
  { PORT: "0", ADMIN_PORT: "0", SANDBOX_PORT: "0" },
  { PORT: "8080", ADMIN_PORT: "8080", ADMIN_HOST: "127.0.0.2" },
  { PORT: "8080", ADMIN_PORT: "8080", HOST: "::1", ADMIN_HOST: "0.0.0.0" },
  { ...real, PORT: "4010" },
])("servers at different addresses, and on free ports, are no fault: %o", (env) => {
  expect(faultsOf(env)).toEqual([]);
});

test.each([
  ["PORT", "eighty"],
  ["PORT", "1e3"],
  ["PORT", "99999"],
  ["PORT", "4000.5"],
  ["HOST", "127.0.0.1:80"],
  ["HOST", "a b"],
  ["LOG_LEVEL", "INFO"],
  ["SUBGRAPH_SCOPES", "true"],
  ["SUBGRAPH_TYPE_PREFIX", "biometric"],
  ["SUBGRAPH_TYPE_PREFIX", "B__"],
  ["SUBGRAPH_TYPE_PREFIX", "B io"],
  ["LOG_LEVEL", "constructor"],
])("%s=%s is a fault that says what must hold and what was received", (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([
    expect.stringMatching(new RegExp(`^${name} must be .+; received "${value}"\\.$`)),
  ]);
});

test.each([
  ["api.camsunit.com/v3", "a value that is not a URL"],
  ["ftp://api.camsunit.com/v3", '"ftp:"'],
  ["http://api.camsunit.com/v3", "http to another machine"],
  ["http://127.0.0.1.example.com/", "http to another machine"],
  ["https://user:pass@api.camsunit.com", "a URL with a user name or a password"],
  [`https://api.camsunit.com/v3?AuthToken=${TOKEN}`, "a URL with a query"],
  ["https://api.camsunit.com/v3#x", "a URL with a fragment"],
])("the gateway URL %s is a fault and is not repeated", (url, received) => {
  const [fault = ""] = faultsOf({ ...real, GATEWAY_URL: url });
  expect(fault).toMatch(/^GATEWAY_URL must be an absolute https URL without user name, query and fragment; /);
  expect(fault).toContain(`; received ${received}.`);
  expect(fault).not.toContain("camsunit");
});

test.each([
  "http://127.0.0.1:4010",
  "http://localhost:4010",
  "http://[::1]:4010",
  "http://gateway.localhost",
  "https://10.0.0.1",
])("the gateway URL %s is valid", (url) => {
  expect(parseConfig({ ...real, GATEWAY_URL: url }).gateway?.url).toBe(url);
});

test("no fault contains the value of a secret", () => {
  const canary = "C4n4ry";
  const env = {
    GATEWAY_URL: `https://${canary}@x/?${canary}`,
    GATEWAY_AUTH_TOKEN: canary,
    GATEWAY_DEVICE_TOKENS: `SN7A2300583=${canary}`,
    LINK_SECRET: canary,
    PUBLIC_URL: `https://x/?${canary}`,
    ACCESS_JWT_SECRET: canary,
  };
  // The issuer and the audience are missing as well.
  expect(faultsOf(env)).toHaveLength(9);
  expect(() => parseConfig(env)).not.toThrow(canary);
});

test.each([
  `SN7A2300583`,
  `SN7A2300583=short`,
  `SN=${TOKEN}`,
  `SN7A2300583=${TOKEN},`,
  `SN7A2300583=${TOKEN}=x`,
  `SN7A2300583=${TOKEN},SN7A2300583=${OTHER}`,
])("the device tokens %s are a fault", (tokens) => {
  const [fault = ""] = faultsOf({ ...real, GATEWAY_DEVICE_TOKENS: tokens });
  expect(fault).toMatch(
    /^GATEWAY_DEVICE_TOKENS must be comma-separated SERIAL=TOKEN pairs .+; received an invalid pair at position [12]\.$/,
  );
  expect(fault).not.toContain(TOKEN);
});

test("a token without a gateway is a fault, so that nobody mistakes the sandbox for the gateway", () => {
  expect(faultsOf({ GATEWAY_AUTH_TOKEN: TOKEN })).toEqual([
    "GATEWAY_URL is required when GATEWAY_AUTH_TOKEN is set; unset both to use the embedded sandbox.",
  ]);
});

test("production with a gateway requires a link secret of 32 bytes", () => {
  const production = { ...real, NODE_ENV: "production" };
  expect(faultsOf(production)).toEqual(["LINK_SECRET is required when NODE_ENV=production and GATEWAY_URL is set."]);
  expect(faultsOf({ ...production, LINK_SECRET: "short" })).toEqual([
    "LINK_SECRET must be at least 32 bytes long; received 5 bytes.",
  ]);
  expect(parseConfig({ ...production, LINK_SECRET: "ü".repeat(16) }).development).toBe(false);
  expect(parseConfig({ NODE_ENV: "production" }).linkSecret).toBeNull();
});

test.each([
  ["GATEWAY_URI", "GATEWAY_URL"],
  ["GATEWAY_AUTHTOKEN", "GATEWAY_AUTH_TOKEN"],
  ["SANDBOX_PROT", "SANDBOX_PORT"],
  ["LINK_SECRETS", "LINK_SECRET"],
  ["LIMIT_COSTS", "LIMIT_COST"],
  ["PERSISTED_OPERATION", "PERSISTED_OPERATIONS"],
])("%s is unknown, and %s is suggested", (name, suggestion) => {
  expect(faultsOf({ [name]: "x" })).toEqual([`Unknown variable ${name}; did you mean ${suggestion}?`]);
});

test.each(["GATEWAY_TOKEN", "REDIS_CONNECTION_STRING", "LIMIT_"])("%s is unknown, and no name is near", (name) => {
  expect(faultsOf({ [name]: "x" })).toEqual([`Unknown variable ${name}.`]);
});

test("an invalid REDIS_URL is one fault among all others, and its password is not repeated", () => {
  expect(faultsOf({ REDIS_URL: "foo", PORT: "abc" })).toEqual([
    'PORT must be an integer from 0 to 65535; received "abc".',
    expect.stringMatching(/^REDIS_URL must be redis:\/\/host:port\/db, .+; received a different form\.$/),
  ]);
  expect(faultsOf({ REDIS_URL: "redis://:C4n4ry@cache/zero" }).join()).not.toContain("C4n4ry");
});

test("a missing token of the gateway is a fault that names both variables", () => {
  expect(faultsOf({ GATEWAY_URL: real.GATEWAY_URL, ACCESS: "open" })).toEqual([
    "GATEWAY_AUTH_TOKEN or GATEWAY_AUTH_TOKEN_FILE is required when GATEWAY_URL is set.",
  ]);
});

test.each([
  ["x".repeat(31), "31 bytes at position 1"],
  [`${SECRET},`, "0 bytes at position 2"],
  [`${SECRET}, ${SECRET}`, "the same secret twice"],
])("the router keys %s are a fault and are not repeated", (keys, received) => {
  expect(faultsOf({ SUBGRAPH_ROUTER_KEYS: keys })).toEqual([
    `SUBGRAPH_ROUTER_KEYS must be a comma-separated list of distinct secrets of at least 32 bytes; received ${received}.`,
  ]);
});

test("the variables of a supergraph are parsed", () => {
  const { subgraph, secrets } = parseConfig({
    SUBGRAPH_CALLBACK_URLS: "http://router.internal:4000/callback/, https://router.example.com",
    SUBGRAPH_CALLBACK_NETWORKS: "10.0.0.0/8",
    SUBGRAPH_ROUTER_KEYS: `${SECRET}, ${SECRET}2`,
    SUBGRAPH_HIVE_HMAC: "on",
    SUBGRAPH_SCOPES: "on",
    SUBGRAPH_STATUS: "200",
    SUBGRAPH_STOP_RESULT: "off",
    SUBGRAPH_CACHE_HINTS: "on",
    SUBGRAPH_INVALIDATION_URL: "http://router.internal:4000/invalidation",
    SUBGRAPH_INVALIDATION_KEY: `${SECRET}3`,
    SUBGRAPH_NAME: "biometrics",
    SUBGRAPH_TYPE_PREFIX: "Biometric",
  });
  expect(subgraph).toEqual({
    callbackUrls: ["http://router.internal:4000/callback", "https://router.example.com"],
    callbackNetworks: ["10.0.0.0/8"],
    routerKeys: [SECRET, `${SECRET}2`],
    hiveHmac: true,
    scopes: true,
    constantStatus: true,
    stopResult: false,
    cacheHints: true,
    invalidationUrl: "http://router.internal:4000/invalidation",
    invalidationKey: `${SECRET}3`,
    name: "biometrics",
    typePrefix: "Biometric",
  });
  expect(secrets).toEqual([SECRET, `${SECRET}2`, `${SECRET}3`]);
});

test("faults of the variables of a supergraph are reported", () => {
  expect(faultsOf({ SUBGRAPH_INVALIDATION_URL: "http://router.internal:4000/invalidation" })).toEqual([
    "SUBGRAPH_CACHE_HINTS must be on when SUBGRAPH_INVALIDATION_URL is set; received off, so that a router has no tags.",
  ]);
  expect(faultsOf({ SUBGRAPH_NAME: "a name" })).toEqual([
    'SUBGRAPH_NAME must be a letter followed by at most 63 letters, digits, _ and -; received "a name".',
  ]);
  expect(faultsOf({ SUBGRAPH_HIVE_HMAC: "on" })).toEqual([
    "SUBGRAPH_ROUTER_KEYS is required when SUBGRAPH_HIVE_HMAC=on; set it to the secret of Hive Gateway.",
  ]);
  expect(faultsOf({ SUBGRAPH_CALLBACK_URLS: "https://a.example, ftp://b.example" })).toEqual([
    expect.stringMatching(
      /^SUBGRAPH_CALLBACK_URLS must be an absolute http or https URL .+; received "ftp:" at position 2\.$/,
    ),
  ]);
  expect(faultsOf({ SUBGRAPH_ROUTER_KEY: SECRET })).toEqual([
    "Unknown variable SUBGRAPH_ROUTER_KEY; did you mean SUBGRAPH_ROUTER_KEYS?",
  ]);
});

test("the variables of a Kubernetes service called gateway are not a fault", () => {
  const env = {
    GATEWAY_SERVICE_HOST: "10.0.0.1",
    GATEWAY_PORT: "tcp://10.0.0.1:80",
    GATEWAY_PORT_80_TCP_ADDR: "10.0.0.1",
  };
  expect(faultsOf(env)).toEqual([]);
});

test("docs/configuration.md and the table of variables agree", () => {
  const doc = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  const rows = [...doc.matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (yes|no) \| (.+?) \|$/gm)];
  const documented = rows.map(([, name, initial, secret, meaning = ""]) => ({
    name,
    default: initial === "none" ? null : initial?.replaceAll("`", ""),
    secret: secret === "yes",
    meaning: VARIABLES.find((each) => each.name === name && meaning.startsWith(each.meaning))?.meaning ?? meaning,
  }));
  expect(documented).toEqual(VARIABLES);
  for (const level of LOG_LEVELS) expect(doc).toContain(`\`${level}\``);
  const mentioned = new Set(doc.match(/\b[A-Z]+_[A-Z_]+\b/g));
  const known = new Set<string>([...VARIABLES.map(({ name }) => name), ...SECRET_FILES.keys()]);
  expect([...mentioned].filter((name) => !known.has(name))).toEqual([]);
});

test("secrets that can be guessed, or that the gateway knows as well, are warnings, and blanks are none", () => {
  const warningsOf = (more: object) =>
    parseConfig({ ...real, LINK_SECRET: SECRET, ...more }).warnings.filter((line) => line.includes("_SECRET"));
  expect(warningsOf({})).toEqual([]);
  expect(warningsOf({ CALLBACK_SECRET: SECRET })).toEqual([
    "LINK_SECRET is CALLBACK_SECRET: the gateway, which knows the latter, can make links and tickets of any caller.",
  ]);
  expect(warningsOf({ LINK_SECRET: "a".repeat(48), CALLBACK_SECRET: "b".repeat(48) })).toEqual([
    "LINK_SECRET has few different characters and can be guessed; use random ones.",
    "CALLBACK_SECRET has few different characters and can be guessed; use random ones.",
  ]);
  expect(faultsOf({ ...real, LINK_SECRET: " ".repeat(48) })).toEqual([
    "LINK_SECRET must be at least 32 bytes long; received 0 bytes.",
  ]);
});

test("accounts in a file exclude the variables of one account, and open access", () => {
  const env = { GATEWAY_ACCOUNTS_FILE: "accounts.json", ACCESS_API_KEYS_FILE: "keys.json" };
  expect(parseConfig(env)).toMatchObject({ gateway: null, accountsFile: "accounts.json" });
  expect(faultsOf({ GATEWAY_ACCOUNTS_FILE: "accounts.json" })).toEqual([
    expect.stringMatching(/^ACCESS_API_KEYS_FILE, .+ is required when GATEWAY_ACCOUNTS_FILE is set\.$/),
  ]);
  expect(faultsOf({ ...env, GATEWAY_URL: "https://gateway.example.com", CALLBACK_SECRET: "x".repeat(32) })).toEqual([
    expect.stringMatching(/^GATEWAY_URL cannot be combined with GATEWAY_ACCOUNTS_FILE/),
    expect.stringMatching(/^CALLBACK_SECRET cannot be combined with GATEWAY_ACCOUNTS_FILE/),
  ]);
});
